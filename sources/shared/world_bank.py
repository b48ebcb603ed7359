"""What the World Bank calls its indicators and areas: ISO codes, its groups, and the two-letter ids of those.

The unit of an indicator stands in its name only. An answer says an area three times (``countryiso3code``,
``country.id``, ``country.value``), and the first is empty for income groups. What says two things says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from schemas import areas
from schemas.errors import ParseError
from sources.shared.area_names import area_code, countries
from sources.shared.word_lists import read_words

if TYPE_CHECKING:
    from sources.shared.tables.columns import Column, Faults

FACTS: Final = ("product", "flow", "measure", "basis", "unit")
#: Their indicator → ``FACTS``, the unit as its name must say it.
INDICATORS: Final = {indicator: facts for indicator, *facts in read_words("world_bank_indicators")}
UNITS: Final = {"current US$": "USD", "% of GDP": "%"}
#: A word that the name of each flow must have.
NAMED: Final = {"X": "export", "M": "import", "B": "balance", "T": "trade", "_Z": "gdp"}
_NAMED_UNIT = re.compile(r"\(([^()]*)\)\s*$")
#: Two-letter ids that are no ISO 3166 alpha-2 code of that area → our code, of groups without ``WB-``.
IDS: Final = dict(read_words("world_bank_groups"))
#: Names of groups that are not their title in ``schemas.areas``: as they were until 2025.
_FORMER: Final = {"middle east & north africa": "MEA"}
_AND: Final = "\x1f"  # between what is said of an area; no name has it
#: Economies, each by the name that the bank prints (``now``), and by those of before and of everyday use (``also``).
ECONOMIES: Final = read_words("world_bank_economies")


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


def area_of(code: str, identity: str) -> str | None:
    """Our area of an ISO code, or of a two-letter id where there is none; None for what is unknown."""
    code = code or IDS.get(identity, "")
    return next((known for known in (code, f"WB-{code}") if code and areas.is_area(known)), None)


def area_said(row: dict[str, Any]) -> str:
    """The three ways a row says its area."""
    country = row["country"]
    return _AND.join(str(said or "") for said in (row["countryiso3code"], country["id"], country["value"]))


def judge_areas(column: Column, faults: Faults) -> dict[str, str]:
    """What is said of an area → our code; rows that say none, or two, are at fault."""
    areas_of = {text: _area(text) or "" for text in column.texts}
    other = {text: contradicts(*text.split(_AND)) for text, known in areas_of.items() if known}

    def seen(row: int) -> str:
        return ", ".join(filter(None, column[row].split(_AND)))

    unknown = column.where(lambda text: not areas_of[text])
    faults.add(unknown, "countryiso3code", seen, "expected ISO 3166 or a World Bank group")
    faults.add(
        column.where(lambda text: bool(other.get(text))),
        "country",
        seen,
        lambda at: f"the code says {areas_of[column[at]]}, beside it stands {other[column[at]]}: refusing to guess",
    )
    return areas_of


def _area(text: str) -> str | None:
    code, identity, *rest = text.split(_AND)
    return area_of(code, identity) if len(rest) == 1 else None


def contradicts(code: str, identity: str, name: str) -> str:
    """The area that the name or the id says, where it is another than the code; "" where they agree or say nothing."""
    area = area_of(code, identity)
    said = (_named(name), _identified(identity.strip()))
    return next((other for other in said if other and area and other != area), "")


def _identified(identity: str) -> str:
    """The area of a two-letter id, or of a code that stands as one; "" for one that is unknown."""
    import pycountry

    if identity in IDS or len(identity) > 2:
        return area_of(IDS.get(identity, identity), "") or ""
    country = pycountry.countries.get(alpha_2=identity) if identity else None
    return str(country.alpha_3) if country else ""


def _named(name: str) -> str:
    """The area of a name, or of a code that stands as one; "" for one that is unknown."""
    bare = name.strip()
    if found := area_of(bare, "") or _names().get(_plain(bare)):
        return found
    found = area_code(bare) or ""
    return found if found == "WLD" or found not in areas.GROUPS else ""


def _plain(name: str) -> str:
    """A name as it is compared: "Latin America & the Caribbean (IDA & IBRD countries)" has two spellings."""
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    bare = letters.lower().replace(" and ", " & ").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace(".", "")
    bare = re.sub(r"\b(the|countries)\b", " ", bare)
    return " ".join(bare.split()).replace(" )", ")").strip(" ,")


@cache
def _names() -> dict[str, str]:
    """Names of the bank's groups and economies, and those of ISO 3166, as they are compared → our code."""
    titles = {code: title for code, (title, _) in areas.GROUPS.items() if code.startswith("WB-")}
    groups = {_plain(title.removesuffix(" (World Bank)")): code for code, title in titles.items()}
    former = {name: f"WB-{code}" for name, code in _FORMER.items()}
    iso = {_plain(name): code for name, code in countries().items()}
    own = {_plain(name): code for code, name, _ in ECONOMIES}
    return {**iso, **own, **former, **groups}
