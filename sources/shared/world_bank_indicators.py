"""Indicators of the World Bank that are read, and what each must be called: its unit stands in its name only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from schemas.errors import ParseError

FACTS: Final = ("product", "flow", "measure", "basis", "unit")
#: Their indicator → ``FACTS``, the unit as its name must say it.
INDICATORS: Final = {
    "NE.EXP.GNFS.CD": ("total", "X", "level", "_Z", "current US$"),
    "NE.IMP.GNFS.CD": ("total", "M", "level", "_Z", "current US$"),
    "NE.RSB.GNFS.CD": ("total", "B", "level", "_Z", "current US$"),
    "NE.TRD.GNFS.ZS": ("total", "T", "share", "GDP", "% of GDP"),
    "NE.EXP.GNFS.ZS": ("total", "X", "share", "GDP", "% of GDP"),
    "NE.IMP.GNFS.ZS": ("total", "M", "share", "GDP", "% of GDP"),
    "NE.RSB.GNFS.ZS": ("total", "B", "share", "GDP", "% of GDP"),
    "NY.GDP.MKTP.CD": ("gdp", "_Z", "level", "_Z", "current US$"),
}
UNITS: Final = {"current US$": "USD", "% of GDP": "%"}
#: A word that the name of each flow must have.
NAMED: Final = {"X": "export", "M": "import", "B": "balance", "T": "trade", "_Z": "gdp"}
_NAMED_UNIT = re.compile(r"\(([^()]*)\)\s*$")


def fact(name: str) -> Callable[[str], str]:
    """One of ``FACTS`` of ``code|title``; the unit as the contract has it."""
    part = FACTS.index(name)
    return lambda text: UNITS.get(found := INDICATORS[text.partition("|")[0]][part], found)


def check_indicator(text: str, name: str) -> None:
    """Of ``code|title``: the unit stands in the title only, and must be the one this indicator is known to have."""
    code, _, title = text.partition("|")
    if code not in INDICATORS:
        raise ParseError(f"{name}: indicator {code!r} ({title}) is not read, expected one of {', '.join(INDICATORS)}")
    said = _NAMED_UNIT.search(title)
    expected = INDICATORS[code][4]
    if said is None or said[1] != expected:
        raise ParseError(f"{name}: indicator {code} is named {title!r}, expected a name that ends in ({expected})")
    word = NAMED[INDICATORS[code][1]]
    if word not in title.lower():
        raise ParseError(f"{name}: indicator {code} is named {title!r}, expected a name with {word!r}")
