"""SQL that reads packed integers as words, for the views: what Python says of them, said once more from its numbers.

Each function takes SQL of an integer and gives SQL of a text, day or instant, in the words of one database. Made from
the constants of ``codes`` and ``schemas.positions``; ``decimals`` and ``changes`` (between two
figures) are beside it. All stands in parentheses: the databases disagree about what binds how.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from typing import Final

from schemas.positions import LAST_COLUMN, pack
from schemas.vocabulary import QUALIFIERS, ROUNDINGS
from storage.encoding import codes

_SECONDS_A_DAY: Final = 86_400
_MICROS: Final = 1_000_000
#: The last days of the months of a year that is no leap year.
_DAYS: Final = "".join(f"-{monthrange(2001, month)[1]}" for month in range(1, 13))


def exponent(packed: str) -> str:
    """The power of ten of the step."""
    return f"((({packed} >> {codes.EXPONENT_SHIFT}) & 63) - {codes.EXPONENT_OFFSET})"


def qualifier_place(packed: str) -> str:
    """The place in QUALIFIERS."""
    return f"(({packed} >> {codes.QUALIFIER_SHIFT}) & 7)"


def rounding_place(packed: str) -> str:
    """The place in ROUNDINGS."""
    return f"(({packed} >> {codes.ROUNDING_SHIFT}) & 1)"


def qualifier(packed: str) -> str:
    """A word of QUALIFIERS."""
    return _word(qualifier_place(packed), QUALIFIERS)


def rounding(packed: str) -> str:
    """``nearest`` or ``truncated``."""
    return _word(rounding_place(packed), ROUNDINGS)


def status(packed: str) -> str:
    """The marks of a status joined by ``;``, NULL for none."""
    code = f"(({packed} >> {codes.STATUS_SHIFT}) & {codes.STATUS_MASK})"
    mask = (1 << codes.MARK_BITS) - 1
    marks = [_mark(f"(({code} >> {codes.MARK_BITS * at}) & {mask})") for at in range(3)]
    joined = (
        f"{marks[0]} || {' || '.join(f'''(CASE {one} WHEN '' THEN '' ELSE ';' || {one} END)''' for one in marks[1:])}"
    )
    return f"(CASE {code} WHEN 0 THEN NULL ELSE nullif(ltrim({joined}, ';'), '') END)"


def _mark(place: str) -> str:
    """One mark: cut from a line of all of them, which is shorter than a CASE of thirty branches."""
    width = max(map(len, codes.STATUSES))
    line = "".join(one.ljust(width) for one in codes.STATUSES)
    return f"rtrim(substr('{line}', 1 + {width} * {place}, {width}))"


def _word(place: str, words: Sequence[str]) -> str:
    return f"(CASE {place} {' '.join(f'WHEN {at} THEN {word!r}' for at, word in enumerate(words))} END)"


def stands(row: str) -> str:
    """Whether a row of ``version`` says something, not that its release no longer does."""
    return f"({codes.STANDS.format(row)})"


def accepted(packed: str) -> str:
    """Whether a person accepted the figure although it contradicts others."""
    return f"(({packed} & {codes.ACCEPTED}) <> 0)"


def bare(packed: str) -> str:
    """What belongs to the figure, without the flags of its row."""
    return f"({packed} & {codes.FIGURE_MASK})"


class Sql:
    """What the two databases say differently; ``sqlite`` is which of them."""

    def __init__(self, *, sqlite: bool) -> None:
        self.sqlite = sqlite
        #: Joins in the order in which they are written: SQLite, which knows no sizes, would begin anywhere.
        self.then = "CROSS JOIN" if sqlite else "JOIN"

    def day(self, days: str) -> str:
        """The date so many days after 1970-01-01: a text on SQLite."""
        if self.sqlite:
            return f"date({days} * {_SECONDS_A_DAY}, 'unixepoch')"
        return f"(date '1970-01-01' + ({days})::integer)"

    def release_day(self, code: str) -> str:
        """The date of a release."""
        return self.day(f"({code} >> {codes.DAY.bit_length() - 1})")

    def release(self, code: str) -> str:
        """The text of a release: ``codes.release_text``."""
        rest = f"({code} & {codes.DAY - 1})"
        minute, sequence = f"({rest} / {codes.MINUTE})", f"({rest} % {codes.MINUTE})"
        day = self.release_day(code) if self.sqlite else f"to_char({self.release_day(code)}, 'YYYY-MM-DD')"
        hour, past = (self.padded(f"(({minute} - 1) {by} 60)", 2) for by in "/%")
        time = f"(CASE {minute} WHEN 0 THEN '' ELSE 'T' || {hour} || ':' || {past} END)"
        number = f"(CASE {sequence} WHEN 0 THEN '' ELSE '+' || ({sequence} + 1) END)"
        return f"({day} || {time} || {number})"

    def padded(self, number: str, width: int) -> str:
        """A whole number that is not negative with zeros before it."""
        return (
            f"substr('{'0' * width}' || {number}, -{width})" if self.sqlite else f"lpad(({number})::text, {width}, '0')"
        )

    def instant(self, micros: str) -> str:
        """Microseconds since 1970 as an instant: on SQLite the text of ``codes.instant_text``."""
        if not self.sqlite:
            return f"(timestamptz '1970-01-01 00:00:00+00' + interval '1 microsecond' * {micros})"
        to_second = f"strftime('%Y-%m-%dT%H:%M:%S.', {micros} / {_MICROS}, 'unixepoch')"
        return f"({to_second} || {self.padded(f'({micros} % {_MICROS})', 6)} || 'Z')"

    def first_day(self, start: str) -> str:
        """The first day of a month counted from year 0; years have four digits."""
        if self.sqlite:
            return f"({self._month(start)} || '-01')"
        return f"make_date(({start}) / 12, ({start}) % 12 + 1, 1)"

    def last_day(self, start: str, length: str) -> str:
        """The last day of so many months."""
        if not self.sqlite:
            return f"({self.first_day(f'{start} + {length}')} - 1)"
        month = f"({start} + {length} - 1)"
        leap = f"({month} % 48 = 1 AND ({month} % 1200 <> 1 OR {month} % 4800 = 1))"
        day = f"CASE WHEN {leap} THEN '-29' ELSE substr('{_DAYS}', 1 + 3 * ({month} % 12), 3) END"
        return f"({self._month(month)} || {day})"

    def _month(self, month: str) -> str:
        return f"({month} / 12) || '-' || {self.padded(f'({month} % 12 + 1)', 2)}"

    def base(self, code: str) -> str:
        """The first sequence of a release's date: ``codes.base``."""
        return f"({code} - ({code} & {codes.DAY - 1}) % {codes.MINUTE})"

    def position(self, packed: str) -> str:
        """``schemas.positions.position_text``, NULL for none."""
        part, row, column = place(packed)
        table = f"(CASE {part} WHEN 0 THEN '' ELSE 'table ' || {part} || ', ' END)"
        in_row = f"(CASE {column} WHEN 0 THEN '' ELSE ', column ' || {column} END)"
        return f"(CASE WHEN {packed} > 0 THEN {table} || 'row ' || {row} || {in_row} END)"

    def within(self, text: str, packed: str) -> str:
        """Whether a place is among those that a text names: ``schemas.positions.Places``, of one text."""
        part, row, column = place(packed)
        label = f"(CASE {part} WHEN 0 THEN '' ELSE 'table ' || {part} || ', ' END || 'row ' || {row})"
        at = f"{'instr' if self.sqlite else 'strpos'}({text}, {label})"
        tail = f"substr({text}, {at} + length({label}))"
        said = f"({tail} LIKE ', column _%' AND ltrim(substr({tail}, 10), '0123456789') = '')"
        one = f"({tail} IN (', column ' || {column}, ', column 0', ', column 1') OR NOT {said})"
        other = f"({part} = 0 AND substr({text}, 1, {at} - 1) LIKE '%table %, ')"
        longer = f"substr({tail}, 1, 1) IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')"
        alone = f"{at} > 0 AND NOT {longer} AND NOT {other} AND {one}"
        span = f"CASE WHEN {self._span(text)} THEN {self._in_span(text, row)} ELSE {alone} END"
        return f"({packed} > 0 AND ({span}))"

    def _span(self, text: str) -> str:
        return f"{text} GLOB 'rows [0-9]* to [0-9]*'" if self.sqlite else f"{text} ~ '^rows \\d+ to \\d+$'"

    def _in_span(self, text: str, row: str) -> str:
        if self.sqlite:  # a CAST reads digits as far as they go
            first, last = (
                f"CAST(substr({text}, 6) AS INTEGER)",
                f"CAST(substr({text}, instr({text}, ' to ') + 4) AS INTEGER)",
            )
        else:
            first, last = (f"split_part({text}, ' ', {at})::numeric" for at in (2, 4))
        return f"{row} BETWEEN {first} AND {last}"


def place(packed: str) -> tuple[str, str, str]:
    """Part, row and column of a position greater than 0."""
    rows, parts = pack(1), pack(0, 0, 1)
    return f"({packed} / {parts})", f"(({packed} / {rows}) % {parts // rows})", f"({packed} % {LAST_COLUMN + 1})"
