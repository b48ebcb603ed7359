"""What the styles of an XLSX make of its cells: number formats, and how they look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sources.shared.workbooks.looks import PLAIN, WHITE, Look, colour_said

TRUE: Final = frozenset(("1", "true", "on"))
Attributes = Mapping[str, str]


class Styles:
    """The number format and look of each cell style, and what each differential style of a conditional format sets."""

    def __init__(self) -> None:
        self._own: dict[int, str] = {}
        self._used: list[tuple[int, int, int]] = []  # number format, font, fill
        self._fonts: list[dict[str, Any]] = []
        self._fills: list[dict[str, str]] = []
        self.differential: list[dict[str, Any]] = []
        self._within = self._part = ""

    def start(self, element: str, said: Attributes) -> None:
        """An element begins; what is open says whose it is."""
        if element in ("cellXfs", "cellStyleXfs", "dxfs", "fonts", "fills"):
            self._within = element
        elif element == "dxf":
            self.differential.append({})
        elif element == "numFmt" and self._within != "dxfs":
            self._own[int(said["numFmtId"])] = said["formatCode"]
        elif element == "xf" and self._within == "cellXfs":
            number, font, fill = (int(said.get(name, "0")) for name in ("numFmtId", "fontId", "fillId"))
            self._used.append((number, font, fill))
        elif element in ("font", "fill", "border"):
            self._part = element
            if self._within == "fonts":
                self._fonts.append({})
            elif self._within == "fills":
                self._fills.append({})
        elif self._within == "dxfs" and self.differential:
            self._differs(element, said)
        elif self._within == "fonts" and self._fonts:
            self._font(element, said)
        elif self._within == "fills" and self._fills:
            if element == "patternFill":
                self._fills[-1]["pattern"] = said.get("patternType", "none")
            elif element == "fgColor":
                self._fills[-1]["ground"] = colour_said(said)
            elif element == "gradientFill":
                self._fills[-1]["pattern"] = element

    def _font(self, element: str, said: Attributes) -> None:
        if element == "color":
            self._fonts[-1]["colour"] = colour_said(said)
        elif element == "strike":
            self._fonts[-1]["struck"] = said.get("val", "1") in TRUE
        elif element == "vertAlign":
            self._fonts[-1]["raised"] = said.get("val") in ("superscript", "subscript")

    def _differs(self, element: str, said: Attributes) -> None:
        if element == "numFmt":
            self.differential[-1]["code"] = said["formatCode"]
        elif element == "color" and self._part == "font":
            self.differential[-1]["colour"] = colour_said(said)
        elif element == "bgColor" and self._part == "fill":
            self.differential[-1]["ground"] = colour_said(said)

    def end(self, element: str, _text: str) -> None:
        """An element ends."""
        if element == self._within:
            self._within = ""

    def shown(self) -> list[tuple[str, Look]]:
        """Of each cell style."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        own = {**BUILTIN_FORMATS, **_MORE, **self._own}
        return [(own.get(number, "General"), self._look(font, fill)) for number, font, fill in self._used] or [
            ("General", PLAIN)
        ]

    def _look(self, font: int, fill: int) -> Look:
        set_ = self._fonts[font] if font < len(self._fonts) else {}
        on = self._fills[fill] if fill < len(self._fills) else {}
        ground = {"none": WHITE, "solid": on.get("ground", "")}.get(on.get("pattern", "none"), "")
        return Look(set_.get("colour") or PLAIN.colour, ground, set_.get("struck", False), set_.get("raised", False))


#: Built-in formats that openpyxl does not list: money, and dates of East Asia.
_MORE: Final = {
    **{5 + at: f'"$"#,##0{tail}' for at, tail in enumerate(('_);("$"#,##0)', '_);[Red]("$"#,##0)'))},
    **{7 + at: f'"$"#,##0.00{tail}' for at, tail in enumerate(('_);("$"#,##0.00)', '_);[Red]("$"#,##0.00)'))},
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),
}
