"""Vocabularies too long to stand in code: CSV files in ``words``, their first row says what their columns are."""

from __future__ import annotations

import csv
from importlib.resources import files


def read_words(name: str) -> list[list[str]]:
    """The rows of ``words/NAME.csv`` below its header."""
    text = files("sources.shared").joinpath("words", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))[1:]
