"""Coded columns, where a check runs once a distinct text, and what is wrong with each row: all of it, at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from schemas.documents import Unreadable
from schemas.positions import position_text

if TYPE_CHECKING:
    import pandas as pd

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Rows that are listed one by one; of the others is said how many there are, and where.
LISTED: Final = 1000


@dataclass
class Column:
    """A coded column: distinct texts, code of each row."""

    texts: list[str]
    codes: npt.NDArray[Any]

    def where(self, test: Callable[[str], bool]) -> Flags:
        """Which rows have a text that passes the test."""
        good: Flags = np.array([test(text) for text in self.texts], dtype=bool)[self.codes]
        return good

    def categorical(self, rows: Ints) -> pd.Categorical:
        """The column at these rows, as readings carry it."""
        import pandas as pd

        codes = self.codes[rows]
        used = np.bincount(codes, minlength=len(self.texts)) > 0  # of a million codes: sorts nothing
        if not used.all():
            codes = (np.cumsum(used) - 1)[codes]
        texts = [text for text, there in zip(self.texts, used, strict=True) if there]
        return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype=object))

    def map(self, function: Callable[[str], str]) -> Column:
        """The column with every distinct text replaced; texts that become equal share a code."""
        new = [function(text) for text in self.texts]
        if new == self.texts:
            return self
        texts = list(dict.fromkeys(new))
        place = {text: code for code, text in enumerate(texts)}
        return Column(texts, np.array([place[text] for text in new], dtype=np.int32)[self.codes])

    def take(self, rows: Ints) -> Column:
        """The column at these rows, in their order."""
        return Column(self.texts, self.codes[rows])

    def __getitem__(self, row: int) -> str:
        return self.texts[int(self.codes[row])]


class Coder:
    """A column that comes block by block: its texts get their codes as they come."""

    def __init__(self) -> None:
        self._place: dict[str, int] = {}
        self._codes: list[npt.NDArray[Any]] = []

    def add(self, texts: npt.NDArray[Any]) -> None:
        """A block: one text a row."""
        import pandas as pd

        codes, distinct = pd.factorize(texts)
        place = np.array([self._place.setdefault(text, len(self._place)) for text in distinct], dtype=np.int64)
        self._codes.append(place.astype(np.min_scalar_type(-len(self._place)))[codes])

    def column(self) -> Column:
        """All of it; the blocks are let go."""
        codes = np.concatenate(self._codes) if self._codes else np.zeros(0, dtype=np.int8)
        texts = list(self._place)
        self._codes, self._place = [], {}
        return Column(texts, codes)


#: What is seen at a row, and what was expected there.
_Seen = Callable[[int], str]


@dataclass
class Faults:
    """What is wrong with each row. A row is one figure, so that it is one Unreadable, which names all its faults."""

    rows: Ints  # number of each row in the document, from 1
    where: Callable[[str], str]  # column → how a position calls it
    dataset: Callable[[int], str]
    document: str
    #: Rows that have not the shape of the header: the first of them, each with its number, and how many there are.
    misshapen: Sequence[tuple[int, Unreadable]] = ()
    others: int = 0
    last: int = 0  # number of the last of those
    #: Where each row's figure stands in a table that has several of them in a row, packed.
    places: Ints | None = None
    bad: Flags = field(init=False)
    _flawed: dict[str, Flags] = field(init=False, default_factory=dict)
    _said: list[tuple[Ints, str, _Seen, _Seen]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.bad = np.zeros(len(self.rows), dtype=bool)

    def add(self, flags: Flags, column: str, seen: _Seen, expected: str | _Seen, beside: Sequence[str] = ()) -> None:
        """Reject the flagged rows; said of those whose ``column``, and the columns ``beside`` it, have no fault yet."""
        self.bad |= flags
        for name in (column, *beside):
            if name in self._flawed:
                flags = flags & ~self._flawed[name]
        if not flags.any():
            return
        self._flawed[column] = flags | self._flawed[column] if column in self._flawed else flags
        why: _Seen = (lambda _, text=expected: text) if isinstance(expected, str) else expected  # type: ignore[misc]
        self._said.append((np.flatnonzero(flags)[:LISTED], column, seen, why))

    def sorted(self) -> list[Unreadable]:
        """One Unreadable a row, in their order; one for all rows beyond the first ``LISTED``."""
        said: dict[int, list[tuple[str, str, str]]] = {}
        for rows, column, seen, expected in self._said:
            for at in map(int, rows):
                said.setdefault(at, []).append((column, seen(at)[:200], expected(at)))
        found = [*self.misshapen, *((int(self.rows[at]), self._row(at, what)) for at, what in said.items())]
        found.sort(key=lambda pair: pair[0])
        every = [fault for _, fault in found[:LISTED]]
        more = self.others + int(self.bad.sum()) - len(every)
        if more:
            bad = np.flatnonzero(self.bad)
            last = max(self.last, int(self.rows[bad[-1]]) if len(bad) else 0)
            where = f"rows {found[LISTED - 1][0] + 1} to {last}"
            every.append(
                Unreadable(where, "", "like those above, which are to be mended first", self.document, figures=more)
            )
        return every

    def _row(self, at: int, said: Sequence[tuple[str, str, str]]) -> Unreadable:
        said = sorted(said, key=lambda one: _place(self.where(one[0])))
        position = ", ".join((f"row {self.rows[at]}", *(self.where(column) for column, _, _ in said)))
        if self.places is not None:
            position = position_text(int(self.places[at]))
        if len(said) == 1:
            seen, expected = said[0][1:]
        else:
            seen = ", ".join(text for _, text, _ in said if text)[:200]
            expected = "; ".join(f"{column} {_short(text)!r}: {why}" for column, text, why in said)
        return Unreadable(position, seen, expected, self.document, self.dataset(at)[:200])


def _place(where: str) -> tuple[int, str]:
    number = where.removeprefix("column ").partition(" ")[0]
    return (int(number) if number.isdigit() else 0, where)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
