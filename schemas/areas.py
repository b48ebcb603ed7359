"""Areas: ISO 3166 alpha-3, today's and former ones, ``WLD``, and groups of our own list with their composition.

Codes are only ever added: a document is read again by today's lists, and what it said once must not become unreadable.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from schemas import memberships

_ASEAN: Final = ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM")
#: Groups the World Bank publishes for; their lists change with every revision of incomes, so none is given here.
_WORLD_BANK: Final = {
    "AFE": "Africa Eastern and Southern",
    "AFW": "Africa Western and Central",
    "ARB": "Arab World",
    "CEB": "Central Europe and the Baltics",
    "CHI": "Channel Islands",
    "CSS": "Caribbean small states",
    "EAP": "East Asia & Pacific (excluding high income)",
    "EAR": "Early-demographic dividend",
    "EAS": "East Asia & Pacific",
    "ECA": "Europe & Central Asia (excluding high income)",
    "ECS": "Europe & Central Asia",
    "EMU": "Euro area",
    "EUU": "European Union",
    "FCS": "Fragile and conflict affected situations",
    "HIC": "High income",
    "HPC": "Heavily indebted poor countries (HIPC)",
    "IBD": "IBRD only",
    "IBT": "IDA & IBRD total",
    "IDA": "IDA total",
    "IDB": "IDA blend",
    "IDX": "IDA only",
    "INX": "Not classified",
    "LAC": "Latin America & Caribbean (excluding high income)",
    "LCN": "Latin America & Caribbean",
    "LDC": "Least developed countries: UN classification",
    "LIC": "Low income",
    "LMC": "Lower middle income",
    "LMY": "Low & middle income",
    "LTE": "Late-demographic dividend",
    "MEA": "Middle East, North Africa, Afghanistan & Pakistan",
    "MIC": "Middle income",
    "MNA": "Middle East & North Africa (excluding high income)",
    "NAC": "North America",
    "OED": "OECD members",
    "OSS": "Other small states",
    "PRE": "Pre-demographic dividend",
    "PSS": "Pacific island small states",
    "PST": "Post-demographic dividend",
    "SAS": "South Asia",
    "SSA": "Sub-Saharan Africa (excluding high income)",
    "SSF": "Sub-Saharan Africa",
    "SST": "Small states",
    "TEA": "East Asia & Pacific (IDA & IBRD)",
    "TEC": "Europe & Central Asia (IDA & IBRD)",
    "TLA": "Latin America & Caribbean (IDA & IBRD)",
    "TMN": "Middle East & North Africa (IDA & IBRD)",
    "TSA": "South Asia (IDA & IBRD)",
    "TSS": "Sub-Saharan Africa (IDA & IBRD)",
    "UMC": "Upper middle income",
}

#: Our codes for what is no single country: code → (title, ISO 3166 members; empty where none can be listed).
GROUPS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "WLD": ("World", ()),
    "X-unspecified": ("Areas not specified", ()),
    "XKX": ("Kosovo", ()),  # a user-assigned code of ISO 3166, used by the World Bank, the IMF and Eurostat
    "BLX": ("Belgium-Luxembourg Economic Union", ("BEL", "LUX")),  # one reporter of trade until 1998
    **memberships.GROUPS,
    "RCEP": (
        "Regional Comprehensive Economic Partnership, without the reporter itself",
        (*_ASEAN, "AUS", "CHN", "JPN", "KOR", "NZL"),
    ),
    "APEC": (
        "Asia-Pacific Economic Cooperation",
        (
            *("AUS", "BRN", "CAN", "CHL", "CHN", "HKG", "IDN", "JPN", "KOR", "MEX", "MYS"),
            *("NZL", "PER", "PHL", "PNG", "RUS", "SGP", "THA", "TWN", "USA", "VNM"),
        ),
    ),
    # As China Customs forms them; it does not print their members.
    "X-AFRICA": ("Africa", ()),
    "X-ASIA": ("Asia", ()),
    "X-EUROPE": ("Europe", ()),
    "X-LATIN-AMERICA": ("Latin America", ()),
    "X-MIDDLE-EAST": ("Middle East", ()),
    "X-NORTH-AMERICA": ("North America", ()),
    "X-OCEANIA": ("Oceania", ()),
    "X-BELT-AND-ROAD": ("Countries that jointly build the Belt and Road", ()),
    # As the World Bank forms them.
    **{f"WB-{code}": (f"{title} (World Bank)", ()) for code, title in _WORLD_BANK.items()},
    # The United Kingdom's view of its partners (Office for National Statistics).
    "X-EU": ("European Union as the publisher counts it", ()),
    "X-NON-EU": ("All areas outside the European Union", ()),
}


@cache
def _countries() -> frozenset[str]:
    import pycountry  # 0.1 s: only when an area is checked

    # Those of ISO 3166-3 were names of countries once (SUN, YUG, ANT); agencies go on printing them for years.
    return frozenset(str(c.alpha_3) for c in (*pycountry.countries, *pycountry.historic_countries))


@cache
def is_area(code: str) -> bool:
    """Whether ``code`` is an ISO 3166 alpha-3 code, of today or a former one, ``WLD`` or a group of our list."""
    return code in GROUPS or code in _countries()
