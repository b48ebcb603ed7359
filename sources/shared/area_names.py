"""Names of areas in English and Chinese, as agencies' tables print them, to the codes of ``schemas.areas``."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from schemas.areas import is_area
from sources.shared.word_lists import read_words

#: A Chinese character.
HAN: Final = re.compile("[\u3400-\u9fff]")
#: A European Union; which one, 27 or 28 members, the table says or its date.
EU: Final = "EU"
#: Names that are not those of ISO 3166 → our code.
_NAMES: Final = dict(read_words("area_names"))
#: Codes of other lists (M49 as Comtrade uses it, Eurostat, the World Bank, old ISO 3166) → what they mean here.
_OTHER_CODES: Final = dict(read_words("area_codes"))
#: How a hint begins where no code of ours is meant.
NO_CODE: Final = "our list has no group"
#: Groups that our list does not have.
_OTHER_GROUPS: Final = frozenset(
    ("CIS", "EAEU", "SADC", "ECOWAS", "COMESA", "EAC", "ECCAS", "CEMAC", "WAEMU", "UEMOA", "SAARC", "CARICOM", "CACM")
)


@cache
def area_hint(text: str) -> str:
    """For a text that is no area code: the code that is probably meant; "" where nothing is known."""
    bare = text.strip()
    upper = bare.upper()
    if upper in _OTHER_CODES:
        return _OTHER_CODES[upper]
    if upper in _OTHER_GROUPS:
        return f"{NO_CODE} {upper}: a row for each of its countries, or X-unspecified"
    for known in (upper, f"WB-{upper}", f"X-{upper}"):
        if is_area(known):
            return known
    code = area_code(bare)
    if code is None and bare:
        import pycountry

        number = bare.zfill(3)
        found = next(
            (
                country
                for country in (*pycountry.countries, *pycountry.historic_countries)
                if upper == country.alpha_2 or number == getattr(country, "numeric", "")
            ),
            None,
        )
        code = str(found.alpha_3) if found else None
    return _OTHER_CODES.get(code or "", code or "")


def area_code(label: str) -> str | None:
    """The code of the area a label names, ``EU`` for a European Union, None for none that is known.

    Without what stands around a name: "of which", marks of footnotes, its abbreviation.
    """
    bare = re.sub(r"^((of|among) which|including|其中)\s*[:：]?\s*", "", label, flags=re.IGNORECASE).strip()
    bare = re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"\s*(\*+|[(\[]\d+[)\]])$", "", bare)
    bare = re.sub(r"\s*,\s*", ", ", re.sub(r"\s*\([A-Z. ]+\)$", "", bare))  # "United States (US)", "Taiwan,China"
    bare = bare.lower()
    if "belt and road" in bare or "一带一路" in bare:  # spelt in many ways
        return "X-BELT-AND-ROAD"
    if HAN.search(bare):
        bare = re.sub(r"\s", "", bare).replace("（", "(").replace("）", ")")
        return _NAMES.get(bare) or _countries_in_chinese().get(bare)
    return _NAMES.get(bare) or countries().get(bare)


@cache
def countries() -> dict[str, str]:
    """Names of ISO 3166, in lower case → alpha-3; the first of two countries that share one."""
    import pycountry

    found: dict[str, str] = {}
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")):
            if name:
                found.setdefault(name.lower(), str(country.alpha_3))
    return found


@cache
def _countries_in_chinese() -> dict[str, str]:
    import pycountry
    from babel import Locale

    names = Locale("zh").territories
    found = {country.alpha_3: names.get(country.alpha_2, "") for country in pycountry.countries}
    return {name.replace("（", "(").replace("）", ")"): str(code) for code, name in found.items() if name}


def area_in(label: str, union: str) -> str | None:
    """The code of the area a label names, where ``union`` is the European Union of that time."""
    code = area_code(label)
    return union if code == EU else code


def european_union(month: str, note: str) -> str:
    """Which European Union: as the note lists it, else by the month (the United Kingdom left in February 2020)."""
    if said := re.search(r"(?:\(EU\) includes?|欧洲联盟.{0,8}?包括):?(.*?)(?:\d+\s*[.、]|$)", note):
        return "EU28" if re.search(r"united kingdom|\bUK\b|英国", said[1], re.IGNORECASE) else "EU27_2020"
    return "EU28" if month < "2020-02" else "EU27_2020"
