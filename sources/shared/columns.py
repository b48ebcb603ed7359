"""Coded columns, where a check runs once a distinct text, and the first fault of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.documents import Unreadable

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


@dataclass
class Column:
    """A coded column: distinct texts, code of each row."""

    texts: list[str]
    codes: npt.NDArray[Any]

    @classmethod
    def of(cls, texts: npt.NDArray[Any]) -> Column:
        """From one text a row."""
        import pandas as pd

        codes, distinct = pd.factorize(texts)
        return cls(list(distinct), codes.astype(np.int32))

    def where(self, test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
        """Which rows have a text that passes the test."""
        good: npt.NDArray[np.bool_] = np.array([test(text) for text in self.texts], dtype=bool)[self.codes]
        return good

    def categorical(self, rows: npt.NDArray[np.int64]) -> pd.Categorical:
        """The column at these rows, as readings carry it."""
        import pandas as pd

        coded = pd.Categorical.from_codes(self.codes[rows], categories=pd.Index(self.texts, dtype=object))
        return coded.remove_unused_categories()

    def map(self, function: Callable[[str], str]) -> Column:
        """The column with every distinct text replaced; texts that become equal share a code."""
        new = [function(text) for text in self.texts]
        texts = list(dict.fromkeys(new))
        place = {text: code for code, text in enumerate(texts)}
        return Column(texts, np.array([place[text] for text in new], dtype=np.int32)[self.codes])

    def __getitem__(self, row: int) -> str:
        return self.texts[int(self.codes[row])]


@dataclass
class Faults:
    """The first fault of each row."""

    rows: npt.NDArray[np.int64]  # number of each row in the document, from 1
    where: Callable[[str], str]  # column → how a position calls it
    dataset: Callable[[int], str]
    document: str
    bad: npt.NDArray[np.bool_] = field(init=False)
    found: list[tuple[int, Unreadable]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bad = np.zeros(len(self.rows), dtype=bool)

    def add(
        self,
        flags: npt.NDArray[np.bool_],
        column: str,
        seen: Callable[[int], str],
        expected: str | Callable[[int], str],
    ) -> None:
        """Reject the flagged rows that have no fault yet."""
        where = self.where(column)
        for at in map(int, np.flatnonzero(flags & ~self.bad)):
            row = int(self.rows[at])
            why = expected if isinstance(expected, str) else expected(at)
            unreadable = Unreadable(f"row {row}, {where}", seen(at)[:200], why, self.document, self.dataset(at)[:200])
            self.found.append((row, unreadable))
        self.bad |= flags

    def sorted(self) -> list[Unreadable]:
        """What was found, in the order of rows."""
        return [fault for _, fault in sorted(self.found, key=lambda pair: pair[0])]
