"""How a cell of a workbook looks: what has the colour of its ground is not shown, what is struck out or raised as a
whole is no plain figure.

Source: ECMA-376 part 1, 18.3.1.10, 18.8.3 and 18.8.22. A conditional format is followed where it compares with numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Final, NamedTuple

from sources.shared.workbooks.number_formats import colour, show

WHITE: Final = "FFFFFF"
#: Channels that differ by no more look the same.
_NEAR: Final = 8
_HEX = re.compile("[0-9A-F]{6}")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


class Look(NamedTuple):
    """Colours of the digits and of their ground ("" where that is not known), and how the font sets them."""

    colour: str = "000000"
    ground: str = WHITE
    struck: bool = False
    raised: bool = False


PLAIN: Final = Look()


class Rule(NamedTuple):
    """A conditional format: what it puts on a cell (None: leaves as it is), where the value compares so."""

    code: str | None
    colour: str | None
    ground: str | None
    operator: str
    operands: tuple[str, ...]

    def applies(self, value: float | str) -> bool | None:
        """Whether it does; None where a formula would have to be calculated."""
        if isinstance(value, str) or not self.operands or not all(map(_NUMBER.fullmatch, self.operands)):
            return None
        seen, low, high = Decimal(str(value)), Decimal(self.operands[0]), Decimal(self.operands[-1])
        return {
            "equal": seen == low,
            "notEqual": seen != low,
            "lessThan": seen < low,
            "lessThanOrEqual": seen <= low,
            "greaterThan": seen > low,
            "greaterThanOrEqual": seen >= low,
            "between": low <= seen <= high,
            "notBetween": not low <= seen <= high,
        }.get(self.operator)


def why_unseen(value: object, code: str, look: Look, rules: tuple[Rule, ...] = ()) -> tuple[str, str] | None:
    """Why a figure is not to be read as it is stored, and the severity of that; None where it is."""
    if not isinstance(value, int | float | str) or (not isinstance(value, str) and not isfinite(value)):
        return None
    if _alike(colour(value, code) or look.colour, look.ground):
        return "hidden by its colour, that of its ground", "warning"
    for rule in rules:
        hides = rule.code is not None and not isinstance(value, str) and show(value, rule.code).text == ""
        digits = (colour(value, rule.code) if rule.code else "") or rule.colour or look.colour
        ground = look.ground if rule.ground is None else rule.ground
        if (hides or _alike(digits, ground)) and (applies := rule.applies(value)) is not False:
            return "hidden by a conditional format", "warning" if applies else "error"
    if look.struck:
        return "struck out", "error"
    return ("raised or lowered, as the number of a note is", "error") if look.raised else None


def _alike(one: str, other: str) -> bool:
    if not (_HEX.fullmatch(one) and _HEX.fullmatch(other)):
        return bool(one) and one == other
    return all(abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) <= _NEAR for at in (0, 2, 4))


def colour_said(said: Mapping[str, str]) -> str:
    """The colour that attributes name, six hexadecimal digits where they are known; "" where it is the system's."""
    from openpyxl.styles.colors import COLOR_INDEX

    tint = "" if float(said.get("tint", "0")) == 0 else f" {said['tint']}"
    if "rgb" in said:
        return said["rgb"][-6:].upper() + tint
    if "indexed" in said:
        index = int(said["indexed"])
        if index == 65:
            return WHITE + tint
        return (COLOR_INDEX[index][-6:] if index < 64 else "000000" * (index == 64)) + tint
    if "theme" in said:
        return {"0": WHITE, "1": "000000"}.get(said["theme"], f"theme {said['theme']}") + tint
    return ""
