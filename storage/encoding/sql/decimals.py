"""SQL of a figure's decimals: exactly the texts of ``storage.encoding.figures``, no float on the way.

PostgreSQL has decimals of any length. SQLite has none, so there the texts are put together from digits: a mantissa is
an integer of 64 bits, and whatever does not fit is a text.
"""

from __future__ import annotations

from typing import Final

from schemas.figures import MAX_MANTISSA
from schemas.vocabulary import QUALIFIERS, ROUNDINGS
from storage.encoding.sql import Sql, exponent, qualifier_place, rounding_place

_ZEROS: Final = "'" + "0" * 64 + "'"
_TRUNCATED: Final = ROUNDINGS.index("truncated")
#: Where ``schemas.figures.decimal_text`` cuts.
_DIGITS: Final = 12
#: Steps beyond the largest mantissa, 9223372036854775807, carry nothing over.
_LAST: Final = 10_000
#: Doubles hold these exactly, so that one division or product of them is rounded once.
_EXACT: Final = 2**53
_EXACT_POWER: Final = 22


def value(sql: Sql, mantissa: str, packed: str) -> str:
    """The printed value, trailing zeros kept."""
    if sql.sqlite:
        return f"(CASE WHEN {mantissa} < 0 THEN '-' ELSE '' END || {_scaled(f'abs({mantissa})', exponent(packed))})"
    return f"({_decimal(mantissa, exponent(packed))})::text"


def number(sql: Sql, mantissa: str, packed: str) -> str:
    """The value as the database computes with it: NUMERIC, exact, or on SQLite the nearest double."""
    if not sql.sqlite:
        return f"({_decimal(mantissa, exponent(packed))})"
    e = exponent(packed)
    return f"""(CASE WHEN abs({mantissa}) > {_EXACT} OR abs({e}) > {_EXACT_POWER}
        THEN CAST({value(sql, mantissa, packed)} AS REAL)
        WHEN {e} < 0 THEN {mantissa} / CAST('1e' || -{e} AS REAL) ELSE {mantissa} * CAST('1e' || {e} AS REAL) END)"""


def step(sql: Sql, mantissa: str, packed: str) -> str:
    """The size of the last printed digit; NULL where there is no value."""
    e = exponent(packed)
    one = _scaled("1", e) if sql.sqlite else f"({_decimal('1', e)})::text"
    return f"(CASE WHEN {mantissa} IS NOT NULL THEN {one} END)"


def low(sql: Sql, mantissa: str, packed: str) -> str:
    """The lower end of what the agency knew; NULL for none."""
    return _bound(sql, mantissa, packed, upper=False)


def high(sql: Sql, mantissa: str, packed: str) -> str:
    """The upper end."""
    return _bound(sql, mantissa, packed, upper=True)


def tenths(mantissa: str, packed: str, *, upper: bool) -> str:
    """How far an end is from the value, in tenths of a step; NULL for no end."""
    mark, sign = qualifier_place(packed), 1 if upper else -1
    words = [("> ≥", "< ≤"), ("< ≤", "> ≥")][not upper]
    none, same = (", ".join(str(QUALIFIERS.index(word)) for word in some.split()) for some in words)
    return f"""(CASE WHEN {mark} IN ({none}) THEN NULL WHEN {mark} IN ({same}) THEN 0
        WHEN {mark} = {QUALIFIERS.index("~")} THEN {50 * sign}
        WHEN {rounding_place(packed)} <> {_TRUNCATED} THEN {5 * sign}
        WHEN {mantissa} {">=" if upper else "<="} 0 THEN {10 * sign} ELSE 0 END)"""


def _decimal(mantissa: str, power: str) -> str:
    """A decimal of PostgreSQL with as many digits after the point as it was printed with."""
    return f"({mantissa})::numeric * ('1e' || ({power}))::numeric"


def _scaled(digits: str, power: str) -> str:
    """The digits of a whole number, not negative, with the point where a power of ten has it."""
    fraction = f"substr({_ZEROS} || {digits}, {power})"
    return (
        f"(CASE WHEN {power} < 0 THEN {_whole(digits, power)} || '.' || {fraction} ELSE {_shifted(digits, power)} END)"
    )


def _whole(digits: str, power: str) -> str:
    """What stands before the point."""
    size = f"length({digits}) + {power}"
    return f"(CASE WHEN {size} > 0 THEN substr({digits}, 1, {size}) ELSE '0' END)"


def _shifted(digits: str, power: str) -> str:
    """With zeros after it."""
    return f"(CASE {digits} WHEN 0 THEN '0' ELSE {digits} || substr({_ZEROS}, 1, {power}) END)"


def _bound(sql: Sql, mantissa: str, packed: str, *, upper: bool) -> str:
    """An end by how far it is from the value, in tenths of a step: one expression for each."""
    mark, sign = qualifier_place(packed), 1 if upper else -1
    places = {word: str(QUALIFIERS.index(word)) for word in QUALIFIERS}
    none, same = ("> ≥", "< ≤") if upper else ("< ≤", "> ≥")
    none, same = (", ".join(places[word] for word in words.split()) for words in (none, same))
    end = _digits if sql.sqlite else _decimals
    value, about, next_ = (end(mantissa, packed, tenths) for tenths in (0, 50 * sign, 10 * sign))
    half = _half(mantissa, packed, upper=upper) if sql.sqlite else _trimmed(mantissa, packed, 5 * sign)
    return f"""(CASE WHEN {mantissa} IS NULL OR {mark} IN ({none}) THEN NULL
        WHEN {mark} = 0 AND {rounding_place(packed)} <> {_TRUNCATED} THEN {half}
        WHEN {mark} IN ({same}) THEN {value} WHEN {mark} = {places["~"]} THEN {about}
        WHEN {mantissa} {">=" if upper else "<="} 0 THEN {next_} ELSE {value} END)"""


# PostgreSQL


def _end(mantissa: str, packed: str, tenths: int) -> str:
    return f"((({mantissa})::numeric * 10 + {tenths}) * ('1e' || ({exponent(packed)} - 1))::numeric)"


def _trimmed(mantissa: str, packed: str, tenths: int) -> str:
    return f"trim_scale({_end(mantissa, packed, tenths)})::text"


def _decimals(mantissa: str, packed: str, tenths: int) -> str:
    return decimal_text(_end(mantissa, packed, tenths))


def decimal_text(number: str) -> str:
    """A decimal of PostgreSQL as a fraction is written: cut after some digits, and marked so."""
    cut = f"trunc({number}, {_DIGITS})"
    sign = f"(CASE WHEN {number} < 0 THEN '-' ELSE '' END)"
    return f"(CASE WHEN {cut} = {number} THEN trim_scale({number})::text ELSE {sign} || abs({cut})::text || '…' END)"


# SQLite


def _half(mantissa: str, packed: str, *, upper: bool) -> str:
    """Half a step beside the value: another digit 5 after a mantissa that may be smaller by one."""
    digits = f"(abs({mantissa}) - ({mantissa} {'<' if upper else '>'} 0))"
    e = exponent(packed)
    after = f"CASE {digits} WHEN 0 THEN '' ELSE {digits} END || '5' || substr({_ZEROS}, 1, {e} - 1)"
    before = f"{_scaled(digits, e)} || CASE {e} WHEN 0 THEN '.5' ELSE '5' END"
    minus = f"CASE WHEN {mantissa} {'<' if upper else '<='} 0 THEN '-' ELSE '' END"
    return f"({minus} || CASE WHEN {e} > 0 THEN {after} ELSE {before} END)"


def _digits(mantissa: str, packed: str, tenths: int) -> str:
    """An end some whole steps away as a fraction is written: without zeros at its end, cut after some digits."""
    e, steps = exponent(packed), tenths // 10
    moved = f"{mantissa} + {steps}" if steps else mantissa
    digits = f"abs({moved})"
    if steps:  # what does not fit 64 bits any more differs in its last digits only
        most = MAX_MANTISSA // _LAST
        beyond = f"'{most}' || (abs({mantissa}) % {_LAST} + {abs(steps)})"
        away = f"{mantissa} {'>' if steps > 0 else '<'} {'' if steps > 0 else '-'}{MAX_MANTISSA - abs(steps)}"
        digits = f"(CASE WHEN {away} THEN {beyond} ELSE {digits} END)"
    return fraction_text(moved, digits, e)


def fraction_text(number: str, digits: str, power: str) -> str:
    """The digits of a number of this sign, times a power of ten, without zeros at their end, cut after some."""
    fraction = f"substr({_ZEROS} || {digits}, {power})"
    shown, rest = f"substr({fraction}, 1, {_DIGITS})", f"rtrim(substr({fraction}, {_DIGITS + 1}), '0')"
    point = f"(CASE {rest} WHEN '' THEN rtrim('.' || rtrim({shown}, '0'), '.') ELSE '.' || {shown} || '…' END)"
    minus = f"CASE WHEN {number} < 0 THEN '-' ELSE '' END"
    whole = f"{_whole(digits, power)} || {point}"
    return f"({minus} || CASE WHEN {power} < 0 THEN {whole} ELSE {_shifted(digits, power)} END)"
