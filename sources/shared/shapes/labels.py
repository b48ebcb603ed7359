"""Columns of labels as codes, and labels as the names that series have."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np

from sources.shared.shapes.roles import Role, bare
from sources.shared.shapes.shape import Block
from sources.shared.tables.columns import Column, Ints
from sources.shared.word_lists import read_words

_OTHER = re.compile(r"[^a-z0-9]+")
_CODED = re.compile(r"[\w.]{1,12}: .*")


@cache
def _totals() -> frozenset[str]:
    """Words for all products."""
    words = read_words("table_phrases")
    return frozenset(text for text, facet, value in words if facet == "total" or (facet, value) == ("product", "total"))


def texts_of(block: Block, rows: Ints, role: Role) -> Column:
    """A column of labels as codes; a blank one below another stands for that, as outlines have it."""
    import pandas as pd

    codes, texts = pd.factorize(block.grid.texts[rows, role.at])
    column = Column([str(text) for text in texts], codes.astype(np.int64))
    blank = column.where("".__eq__)
    if role.role in ("status", "cite", "released") or not blank.any() or blank.all():
        return column
    if role.at and not (block.grid.texts[rows[blank], : role.at] == "").all():
        return column  # its row says something else left of it
    if blank[0] or not (block.grid.texts[rows[blank], role.at + 1 :] != "").any(axis=1).all():
        return column
    above = np.maximum.accumulate(np.where(blank, 0, np.arange(len(codes))))
    return Column(column.texts, column.codes[above])


def word(text: str) -> str:
    """``"Food & beverages"`` → ``food-beverages``: a name as series have it."""
    if text.strip().casefold() in _totals():
        return "total"
    body = bare(text) if ": " in text and _CODED.fullmatch(text) else text
    if not body.isascii():
        body = "".join(char for char in unicodedata.normalize("NFKD", body) if not unicodedata.combining(char))
    body = body.lower()
    ascii_only = _OTHER.sub("-", body).strip("-")
    if ascii_only and (body.isascii() or not re.search(r"[^\W\d_a-z]", body)):
        return ascii_only
    return "-".join(
        filter(None, (ascii_only, *(f"u{ord(char):x}" for char in body if char.isalpha() and char > "\x7f")))
    )
