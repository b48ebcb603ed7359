"""SQL of what lies between two figures: by how much one differs from the other, and of what kind that is.

PostgreSQL computes in decimals of any length. SQLite counts in 64 bits: what would not fit is compared by its size.
"""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import QUALIFIERS, ROUNDINGS
from storage.encoding import codes
from storage.encoding.sql import Sql, exponent, qualifier_place, rounding_place
from storage.encoding.sql.decimals import decimal_text, fraction_text, tenths

#: Mantissa and packed.
Pair = tuple[str, str]
_LARGEST: Final = 9 * 10**18
_POWERS: Final = 18
_TRUNCATED: Final = ROUNDINGS.index("truncated")
_PLACES: Final = {one: QUALIFIERS.index(one) for one in QUALIFIERS}


def kind(sql: Sql, new: Pair, old: Pair) -> str:
    """``storage.queries.revisions.kind_of``."""
    mask = (1 << codes.STATUS_SHIFT) - (1 << codes.FLAG_BITS)
    figure = f"{new[0]} = {old[0]} AND ({new[1]} & {mask}) = ({old[1]} & {mask})"
    marks = f"({new[1]} >> {codes.STATUS_SHIFT}) <> ({old[1]} >> {codes.STATUS_SHIFT})"
    return f"""(CASE WHEN {new[0]} IS NULL OR {old[0]} IS NULL THEN 'status'
      WHEN {figure} THEN CASE WHEN {marks} THEN 'status' ELSE 'correction' END
      WHEN {_wider(sql, old, new)} AND {_meet(sql, new, old)} THEN 'precision' ELSE 'revision' END)"""


def change(sql: Sql, new: Pair, old: Pair) -> str:
    """The new value less the old one, as ``schemas.figures.decimal_text`` writes it."""
    if not sql.sqlite:
        one, other = (f"({m})::numeric * ('1e' || {exponent(p)})::numeric" for m, p in (new, old))
        return (
            f"(CASE WHEN {new[0]} IS NOT NULL AND {old[0]} IS NOT NULL THEN {decimal_text(f'({one} - {other})')} END)"
        )
    found = _difference(sql, (new[0], exponent(new[1])), (old[0], exponent(old[1])), exact=True)
    least = f"min({exponent(new[1])}, {exponent(old[1])})"
    return f"(CASE WHEN typeof({found}) = 'integer' THEN {fraction_text(found, f'abs({found})', least)} END)"


def _difference(sql: Sql, one: Pair, other: Pair, *, exact: bool = False) -> str:
    """Of two whole numbers with their powers of ten the difference, in units of the smaller power, or just its sign.

    NULL where it does not fit and is to be ``exact``.
    """
    (a, of_a), (b, of_b) = one, other
    if not sql.sqlite:
        return f"(({a})::numeric * ('1e' || {of_a})::numeric - ({b})::numeric * ('1e' || {of_b})::numeric)"
    ahead, behind = _raised(a, f"({of_a} - {of_b})"), _raised(b, f"({of_b} - {of_a})")
    sign = "NULL" if exact else "CASE WHEN {} > 0 THEN 1 ELSE -1 END"
    return f"""(CASE WHEN {of_a} = {of_b} THEN {a} - {b}
      WHEN {of_a} > {of_b} THEN CASE WHEN {ahead[0]} THEN {ahead[1]} - {b} ELSE {sign.format(a)} END
      WHEN {behind[0]} THEN {a} - {behind[1]} ELSE {sign.format(f"-({b})")} END)"""


def _raised(number: str, power: str) -> tuple[str, str]:
    """Whether a number times a power of ten fits, and that."""
    ten = f"CAST('1' || substr('{'0' * _POWERS}', 1, {power}) AS INTEGER)"
    fits = f"({number} = 0 OR ({power} <= {_POWERS} AND abs({number}) <= {_LARGEST} / {ten}))"
    return fits, f"(CASE {number} WHEN 0 THEN 0 ELSE {number} * {ten} END)"


def _wider(sql: Sql, old: Pair, new: Pair) -> str:
    """``schemas.figures.Interval.wider_than``."""
    two_ends = "{} IN ({}, {})".format("{}", _PLACES["="], _PLACES["~"])
    old_ends, new_ends = (two_ends.format(qualifier_place(p)) for _, p in (old, new))
    between = _difference(sql, (new[0], exponent(new[1])), (old[0], exponent(old[1])))
    ways = []
    for open_, closed, beyond in ((">", "≥", ">"), ("<", "≤", "<")):
        both = f"{_PLACES[open_]}, {_PLACES[closed]}"
        sides = " AND ".join(f"{qualifier_place(p)} IN ({both})" for _, p in (old, new))
        marked = f"{qualifier_place(new[1])} = {_PLACES[open_]} AND {qualifier_place(old[1])} = {_PLACES[closed]}"
        ways.append(f"({sides} AND ({between} {beyond} 0 OR {between} = 0 AND {marked}))")
    return f"""(CASE WHEN {old_ends} AND {new_ends} THEN {_width(*old)} > {_width(*new)}
      WHEN {old_ends} THEN 1 = 0 WHEN {new_ends} THEN 1 = 1 ELSE {" OR ".join(ways)} END)"""


def _width(mantissa: str, packed: str) -> str:
    """A number that sorts as widths do: a step, two (a truncated zero), or ten."""
    about = f"{qualifier_place(packed)} = {_PLACES['~']}"
    double = f"{rounding_place(packed)} = {_TRUNCATED} AND {mantissa} = 0"
    return f"(2 * {exponent(packed)} + CASE WHEN {about} THEN 2 WHEN {double} THEN 1 ELSE 0 END)"


def _meet(sql: Sql, one: Pair, other: Pair) -> str:
    return f"({_below(sql, one, other)} AND {_below(sql, other, one)})"


def _below(sql: Sql, one: Pair, other: Pair) -> str:
    """Whether the lower end of one is not beyond the upper end of the other."""
    low, high = (tenths(*pair, upper=upper) for pair, upper in ((one, False), (other, True)))
    whole = "" if sql.sqlite else "::numeric"
    ends = [(f"({m}{whole} * 10 + {by})", f"({exponent(p)} - 1)") for (m, p), by in ((one, low), (other, high))]
    between = _difference(sql, *ends)
    closed = f"NOT {_open(*one, upper=False)} AND NOT {_open(*other, upper=True)}"
    return (
        f"(CASE WHEN {low} IS NULL OR {high} IS NULL THEN 1 = 1 ELSE {between} < 0 OR {between} = 0 AND {closed} END)"
    )


def _open(mantissa: str, packed: str, *, upper: bool) -> str:
    mark = _PLACES["<" if upper else ">"]
    cut = f"{rounding_place(packed)} = {_TRUNCATED} AND {mantissa} {'>=' if upper else '<='} 0"
    return f"({qualifier_place(packed)} = {mark} OR {qualifier_place(packed)} = {_PLACES['=']} AND {cut})"
