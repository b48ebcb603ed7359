"""Names of areas in English, as agencies' tables print them, to the codes of ``schemas.areas``."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

#: A European Union; which one, 27 or 28 members, the table says or its date.
EU: Final = "EU"
#: Names that are not those of ISO 3166.
_NAMES: Final = {
    "total": "WLD",
    "total value": "WLD",
    "world": "WLD",
    "european union": EU,
    "eu": EU,
    "united states": "USA",
    "usa": "USA",
    "uk": "GBR",
    "eu27": "EU27_2020",
    "eu28": "EU28",
    "vietnam": "VNM",
    "hong kong, china": "HKG",
    "hongkong, china": "HKG",
    "china hong kong": "HKG",
    "china, hong kong": "HKG",
    "hong kong sar": "HKG",
    "hong kong sar, china": "HKG",
    "hong kong": "HKG",
    "hongkong": "HKG",
    "macao, china": "MAC",
    "macau, china": "MAC",
    "taiwan, china": "TWN",
    "r. o. korea": "KOR",
    "r.o. korea": "KOR",
    "rok": "KOR",
    "republic of korea": "KOR",
    "rep. of korea": "KOR",
    "korea, rep.": "KOR",
    "korea rep.": "KOR",
    "south korea": "KOR",
    "d. p. r. korea": "PRK",
    "dpr korea": "PRK",
    "russia": "RUS",
    "russian fed.": "RUS",
    "iran": "IRN",
    "turkey": "TUR",
    "laos": "LAO",
    "myanmar": "MMR",
    "brunei": "BRN",
    "united kingdom": "GBR",
    "czech republic": "CZE",
    "asean": "ASEAN",
    "association of southeast asian nations": "ASEAN",
    "regional comprehensive economic partnership": "RCEP",
    "rcep": "RCEP",
    "apec": "APEC",
    "asia-pacific economic cooperation": "APEC",
    "africa": "X-AFRICA",
    "asia": "X-ASIA",
    "europe": "X-EUROPE",
    "latin america": "X-LATIN-AMERICA",
    "middle east": "X-MIDDLE-EAST",
    "north america": "X-NORTH-AMERICA",
    "oceania": "X-OCEANIA",
}


def area_code(label: str) -> str | None:
    """The code of the area a label names, ``EU`` for a European Union, None for none that is known.

    Without what stands around a name: "of which", marks of footnotes, its abbreviation.
    """
    bare = re.sub(r"^((of|among) which|including)\s*[:：]?\s*", "", label, flags=re.IGNORECASE).strip()
    bare = re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"\s*(\*+|[(\[]\d+[)\]])$", "", bare)
    bare = re.sub(r"\s*,\s*", ", ", re.sub(r"\s*\([A-Z. ]+\)$", "", bare))  # "United States (US)", "Taiwan,China"
    bare = bare.lower()
    if "belt and road" in bare:  # spelt in many ways
        return "X-BELT-AND-ROAD"
    return _NAMES.get(bare) or _countries().get(bare)


@cache
def _countries() -> dict[str, str]:
    """Names of ISO 3166, in lower case → alpha-3; the first of two countries that share one."""
    import pycountry

    found: dict[str, str] = {}
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")):
            if name:
                found.setdefault(name.lower(), str(country.alpha_3))
    return found
