"""The words of the grammar: what is written → what kind of word it is, and what it says.

Three lists in ``sources/shared/words``: ``prose`` (verbs, measures, units, fillers), ``prose_subjects`` (what trade is
in → products), ``prose_areas`` (areas, their adjectives, agencies). A list of one's own in the same columns comes last
and overrules. A word that stands in no list is an unknown word, and no figure is placed over one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from schemas.errors import SettingsError
from sources.shared.area_names import countries
from sources.shared.prose.words.numerals import SAME
from sources.shared.word_lists import read_words

#: Kind and value of a word.
Word = tuple[str, str]
#: What a list of one's own may say.
KINDS: Final = frozenset(
    (
        *("flow", "topic", "detail", "breakdown", "regime", "traded", "sales", "counted", "area", "agency", "paired"),
        *("level", "up", "down", "more", "double", "share", "whole", "gdp", "avg", "peryear", "yoy", "prev", "basis"),
        *("qual", "behind", "money", "mult", "percent", "pp", "fold", "quantity", "dur", "rank"),
        *("of", "to", "from", "with", "toward", "than", "compare", "ago", "and", "resp", "each", "ofwhich", "pron"),
        *("say", "or", "adjusted", "partnered", "cause", "total", "revised", "poison", "fill"),
    )
)


def key(text: str) -> str:
    """A text as the lists have it: lower case, its hyphens and line breaks spaces."""
    return " ".join(text.lower().replace("-", " ").replace("’", "'").replace(",", " ").split())


class Lexicon:
    """Words by their text, and how many words the longest of those that begin with one has."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self.words: dict[str, Word] = {}
        self.longest: dict[str, int] = {}
        for written, kind, value in rows:
            text = key(written) if written.isascii() else written.translate(SAME)
            self.words[text] = (kind, value)
            first, size = (text.split(" ")[0], text.count(" ") + 1) if text.isascii() else (text[0], len(text))
            self.longest[first] = max(size, self.longest.get(first, 0))


def _own(path: str) -> Iterable[tuple[str, str, str]]:
    try:
        rows = list(csv.reader(Path(path).read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"TRADELEDGER_PROSE_WORDS: {path} cannot be read: {exc}") from exc
    for number, row in enumerate(rows[1:], 2):
        if len(row) != 3 or row[1] not in KINDS or not row[0].strip():
            raise SettingsError(
                f"TRADELEDGER_PROSE_WORDS: {path}, row {number} is {','.join(row)!r}: expected written,kind,value "
                "with a kind such as topic, detail, breakdown, area, fill; see docs/sources/prose.md"
            )
        yield row[0], row[1], row[2]


@cache
def lexicon(own: str = "") -> Lexicon:
    """All words; ``own`` is the path of a list that is added."""
    rows: list[tuple[str, str, str]] = [(name, "area", code) for name, code in _countries().items()]
    for name in ("prose", "prose_subjects", "prose_areas"):
        rows += [(written, kind, value) for written, kind, value in read_words(name)]
    return Lexicon([*rows, *(_own(own) if own else ())])


def _countries() -> Mapping[str, str]:
    return {key(name): code for name, code in countries().items() if len(name) > 3 and name.isascii()}
