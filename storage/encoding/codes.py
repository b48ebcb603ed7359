"""Small integers in place of words: release dates, and what belongs to a figure besides its mantissa.

Light: reading commands use it, so nothing heavy is imported. The lists, QUALIFIERS and ROUNDINGS too, are part of every
ledger ever written: add at their end only, never reorder.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from schemas.errors import UsageError
from schemas.figures import Figure
from schemas.release_dates import SEQUENCES, split_release
from schemas.vocabulary import QUALIFIERS, ROUNDINGS

#: Marks of a status by their place in ``packed``. ``O`` stands twice: ledgers of before 2026-12 have it beside values.
#: The last is no mark of its own: what stands before it (a break, a strike) explains that there is no value.
STATUSES: Final = (
    *("", "A", "P", "E", "F", "B", "I", "N", "O", "S", "U", "D", "R", "M", "C", "NA"),
    *("O", "L", "H", "Q", "K", "G", "J", "V", "W", "X", "_U", ""),
)
#: Places of STATUSES that say that there is no value.
ABSENT: Final = frozenset({13, 14, 15, 16, 17, 18, 19, 20, 27})

# ``packed``: two flags of the row, then what belongs to the figure; a common figure takes two bytes in SQLite.
WITHDRAWN: Final = 1  # the release no longer says anything about this cell
ACCEPTED: Final = 2  # a person accepted the block although it contradicts itself
FLAG_BITS: Final = 2
EXPONENT_OFFSET: Final = 31
EXPONENT_SHIFT: Final = FLAG_BITS
QUALIFIER_SHIFT: Final = 8
ROUNDING_SHIFT: Final = 11
STATUS_SHIFT: Final = 12
#: A status is up to three marks, the first in the lowest bits; the first 16 places of STATUSES need four of the six.
MARK_BITS: Final = 6
STATUS_MASK: Final = (1 << 3 * MARK_BITS) - 1
#: Bits of ``packed`` that make a figure what it is; two rows with these and the mantissa in common say the same.
FIGURE_MASK: Final = (STATUS_MASK << STATUS_SHIFT) + (1 << STATUS_SHIFT) - (1 << FLAG_BITS)
#: SQL: whether a row ``{}`` of ``version`` says something, not that its release no longer does.
STANDS: Final = f"{{}}.packed % {2 * WITHDRAWN} = 0"

# A release date is one integer that sorts: days, then minute of the day (0: not known, so a date sorts before its
# times), then a sequence. Four bytes in SQLite.
DAY: Final = 1 << 15
MINUTE: Final = 20
EPOCH: Final = date(1970, 1, 1)
#: Later than every release, for queries without a bound.
NO_BOUND: Final = 2**62


def release_code(text: str) -> int:
    """``"2022-07-07"``, ``"2022-07-07T08:30"`` or ``"2022-07-07+2"`` as an integer that sorts in time.

    Raises UsageError for others.
    """
    date_text, sequence = split_release(text)
    if not date_text:
        raise UsageError(
            f"{text!r} is no release date: expected 2022-07-07, with T08:30 where the time is known, "
            "with +2 for its second sequence"
        )
    days = (date.fromisoformat(date_text[:10]) - EPOCH).days
    minute = 1 + int(date_text[11:13]) * 60 + int(date_text[14:16]) if len(date_text) > 10 else 0
    return days * DAY + minute * MINUTE + sequence - 1


@lru_cache(maxsize=4096)
def release_text(code: int) -> str:
    """The text of ``release_code``."""
    days, rest = divmod(code, DAY)
    day = (EPOCH + timedelta(days=days)).isoformat()
    minute, sequence = divmod(rest, MINUTE)
    suffix = f"+{sequence + 1}" if sequence else ""
    return f"{day}T{(minute - 1) // 60:02d}:{(minute - 1) % 60:02d}{suffix}" if minute else f"{day}{suffix}"


def base(code: Any) -> Any:
    """The first sequence of a release's date: what all sequences have in common; of one code or an array of them."""
    return code - code % DAY % MINUTE


def sequence(code: Any) -> Any:
    """The number of a release's sequence, from 1; of one code or an array of them."""
    return code % DAY % MINUTE + 1


def last_sequence(code: int) -> int:
    """The last code there can be of a release's date."""
    return int(base(code)) + MINUTE - 1


def next_sequence(code: int) -> int:
    """The sequence after one; raises UsageError where it has no name."""
    if sequence(code) >= SEQUENCES:
        raise UsageError(
            f"the release of {release_text(base(code))} has {SEQUENCES} sequences, expected fewer: give the document a "
            "date of its own, tradeledger reparse --document SHA --released DATE"
        )
    return code + 1


def release_bound(text: str | None) -> int:
    """The largest code that counts as released by ``text``: a date means its whole day; None means no bound.

    All sequences of it too, unless one is said.
    """
    if text is None:
        return NO_BOUND
    code = release_code(text)
    return code if "+" in text else code + (MINUTE if len(text) > 10 else DAY) - 1


def day_text(code: int | None) -> str:
    """The day of a release or of a bound; "" for none."""
    return "" if code is None else release_text(code - code % DAY)


def instant(text: str) -> int:
    """``as_of`` as microseconds since 1970 (UTC): a date means the end of its day, a time without zone is UTC.

    Raises UsageError for what is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no instant: expected 2022-07-07 or 2022-07-07T08:30:00, UTC unless it says"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if len(text) == 10:
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return microseconds(moment)


def microseconds(moment: datetime) -> int:
    """A time as whole microseconds since 1970 UTC."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def instant_text(micros: int | None) -> str:
    """Microseconds since 1970 as ``2022-07-07T08:30:00.123456Z``; "" for none."""
    if micros is None:
        return ""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=4096)
def status_code(status: str, absent: bool | None = None) -> int:
    """The marks of a status (``P;E``) as an integer.

    ``absent`` says whether there is no value; where it is not said, the first place of each mark counts.
    """
    words = [mark for mark in status.split(";") if mark]
    places = []
    for word in words:
        known = [at for at, mark in enumerate(STATUSES) if mark == word]
        places.append(next((at for at in known if absent is None or (at in ABSENT) == absent), known[0]))
    if absent and not ABSENT.intersection(places):
        places.append(len(STATUSES) - 1)
    return sum(place << MARK_BITS * at for at, place in enumerate(places))


def status_marks(code: Any) -> tuple[Any, Any, Any]:
    """Places in STATUSES of the three marks, 0 for none; of one code or an array of them."""
    mask = (1 << MARK_BITS) - 1
    return code & mask, code >> MARK_BITS & mask, code >> 2 * MARK_BITS & mask


@lru_cache(maxsize=4096)
def status_text(code: int) -> str:
    """The text of ``status_code``."""
    return ";".join(STATUSES[mark] for mark in status_marks(code) if STATUSES[mark])


def status_of(packed: Any) -> Any:
    """The status in ``packed``, of one figure or an array of them; so with the next ones."""
    return packed >> STATUS_SHIFT & STATUS_MASK


def exponent_of(packed: Any) -> Any:
    """The power of ten of the step."""
    return (packed >> EXPONENT_SHIFT & 63) - EXPONENT_OFFSET


def qualifier_of(packed: Any) -> Any:
    """The place in QUALIFIERS."""
    return packed >> QUALIFIER_SHIFT & 7


def rounding_of(packed: Any) -> Any:
    """The place in ROUNDINGS."""
    return packed >> ROUNDING_SHIFT & 1


def withdrawn(packed: Any) -> Any:
    """Whether a row says that its release no longer says anything about the cell."""
    return packed & WITHDRAWN != 0


def accepted(packed: Any) -> Any:
    """Whether a person accepted the figure although it contradicts others."""
    return packed & ACCEPTED != 0


def same(packed: Any, other: Any) -> Any:
    """Whether two figures differ in their mantissa at most."""
    return (packed ^ other) & FIGURE_MASK == 0


def same_row(packed: Any, other: Any) -> Any:
    """Whether two rows differ in their mantissa at most: the figure, and whether it was accepted."""
    return (packed ^ other) & (FIGURE_MASK | ACCEPTED) == 0


def with_accepted(packed: Any, accepted: Any) -> Any:
    """``packed`` of a figure with the flag of its row."""
    return packed | accepted * ACCEPTED


def bare(packed: Any) -> Any:
    """What belongs to the figure, without the flags of its row."""
    return packed & FIGURE_MASK


def absent(packed: int) -> bool:
    """Whether a figure has no value."""
    return not ABSENT.isdisjoint(status_marks(status_of(packed)))


def pack(exponent: int, qualifier: str = "=", rounding: str = "nearest", status: str = "", flags: int = 0) -> int:
    """What belongs to a figure besides its mantissa, in one integer."""
    return (
        flags
        | (exponent + EXPONENT_OFFSET) << EXPONENT_SHIFT
        | QUALIFIERS.index(qualifier) << QUALIFIER_SHIFT
        | ROUNDINGS.index(rounding) << ROUNDING_SHIFT
        | status_code(status) << STATUS_SHIFT
    )


def unpack(packed: int) -> tuple[int, str, str, str]:
    """Exponent, qualifier, rounding, status."""
    return (
        exponent_of(packed),
        QUALIFIERS[qualifier_of(packed)],
        ROUNDINGS[rounding_of(packed)],
        status_text(status_of(packed)),
    )


def figure(mantissa: int | None, packed: int) -> Figure | None:
    """The figure of a row; None where it is absent."""
    if mantissa is None or absent(packed):
        return None
    exponent, qualifier, rounding, _ = unpack(packed)
    return Figure(mantissa, exponent, qualifier, rounding)
