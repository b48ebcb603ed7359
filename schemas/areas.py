"""Areas: ISO 3166 alpha-3, ``WLD``, and groups of our own list with their composition."""

from __future__ import annotations

from functools import cache
from typing import Final

#: Our codes for what is no single country: code → (title, ISO 3166 members; empty where none can be listed).
GROUPS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "WLD": ("World", ()),
    "X-unspecified": ("Areas not specified", ()),
    "ASEAN": (
        "Association of Southeast Asian Nations",
        ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"),
    ),
    "EU27_2020": (
        "European Union, 27 members since February 2020",
        (
            *("AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN"),
            *("IRL", "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE"),
        ),
    ),
}


@cache
def _countries() -> frozenset[str]:
    import pycountry  # 0.1 s: only when an area is checked

    return frozenset(c.alpha_3 for c in pycountry.countries)


@cache
def is_area(code: str) -> bool:
    """Whether ``code`` is an ISO 3166 alpha-3 code, ``WLD`` or a group of our list."""
    return code in GROUPS or code in _countries()
