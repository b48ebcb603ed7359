"""Small integers in place of words: release dates, and what belongs to a figure besides its mantissa.

Light: reading commands use it, so nothing heavy is imported. The lists are part of every ledger ever written: add at
their end only, never reorder.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from schemas.errors import UsageError
from schemas.figures import Figure
from schemas.release_dates import is_release_date

QUALIFIERS: Final = ("=", ">", "<", "≥", "≤", "~")
ROUNDINGS: Final = ("nearest", "truncated")
STATUSES: Final = ("", "A", "P", "E", "F", "B", "I", "N", "O", "S", "U", "D", "R", "M", "C", "NA")
#: Places of STATUSES from which on there is no value.
FIRST_ABSENT: Final = STATUSES.index("M")

# ``packed``: two flags of the row, then what belongs to the figure; a common figure takes two bytes in SQLite.
WITHDRAWN: Final = 1  # the release no longer says anything about this cell
ACCEPTED: Final = 2  # a person accepted the block although it contradicts itself
FLAG_BITS: Final = 2
EXPONENT_OFFSET: Final = 31
EXPONENT_SHIFT: Final = FLAG_BITS
QUALIFIER_SHIFT: Final = 8
ROUNDING_SHIFT: Final = 11
STATUS_SHIFT: Final = 12
#: Bits of ``packed`` that make a figure what it is; two rows with these and the mantissa in common say the same.
FIGURE_MASK: Final = (1 << 16) - (1 << FLAG_BITS)

# A release date is one integer that sorts: days, then minute of the day (0: not known, so a date sorts before its
# times), then a sequence. Four bytes in SQLite.
_DAY: Final = 1 << 15
_MINUTE: Final = 20
_EPOCH: Final = date(1970, 1, 1)
#: Later than every release, for queries without a bound.
NO_BOUND: Final = 2**62


def release_code(text: str) -> int:
    """``"2022-07-07"`` or ``"2022-07-07T08:30"`` as an integer that sorts in time; raises UsageError for others."""
    if not is_release_date(text):
        raise UsageError(f"{text!r} is no release date: expected 2022-07-07, with T08:30 where the time is known")
    days = (date.fromisoformat(text[:10]) - _EPOCH).days
    minute = 1 + int(text[11:13]) * 60 + int(text[14:16]) if len(text) > 10 else 0
    return days * _DAY + minute * _MINUTE


@lru_cache(maxsize=4096)
def release_text(code: int) -> str:
    """The text of ``release_code``."""
    days, rest = divmod(code, _DAY)
    day = (_EPOCH + timedelta(days=days)).isoformat()
    minute = rest // _MINUTE
    return f"{day}T{(minute - 1) // 60:02d}:{(minute - 1) % 60:02d}" if minute else day


def release_bound(text: str | None) -> int:
    """The largest code that counts as released by ``text``: a date means its whole day; None means no bound."""
    if text is None:
        return NO_BOUND
    return release_code(text) + (_MINUTE if len(text) > 10 else _DAY) - 1


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


def pack(exponent: int, qualifier: str = "=", rounding: str = "nearest", status: str = "", flags: int = 0) -> int:
    """What belongs to a figure besides its mantissa, in one integer."""
    return (
        flags
        | (exponent + EXPONENT_OFFSET) << EXPONENT_SHIFT
        | QUALIFIERS.index(qualifier) << QUALIFIER_SHIFT
        | ROUNDINGS.index(rounding) << ROUNDING_SHIFT
        | STATUSES.index(status) << STATUS_SHIFT
    )


def unpack(packed: int) -> tuple[int, str, str, str]:
    """Exponent, qualifier, rounding, status."""
    return (
        (packed >> EXPONENT_SHIFT & 63) - EXPONENT_OFFSET,
        QUALIFIERS[packed >> QUALIFIER_SHIFT & 7],
        ROUNDINGS[packed >> ROUNDING_SHIFT & 1],
        STATUSES[packed >> STATUS_SHIFT & 15],
    )


def figure(mantissa: int | None, packed: int) -> Figure | None:
    """The figure of a row; None where it is absent."""
    exponent, qualifier, rounding, status = unpack(packed)
    if mantissa is None or STATUSES.index(status) >= FIRST_ABSENT:
        return None
    return Figure(mantissa, exponent, qualifier, rounding)
