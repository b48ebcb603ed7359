"""Areas as the World Bank names them: ISO codes, its groups, and the two-letter ids of those.

An answer says an area three times (``countryiso3code``, ``country.id``, ``country.value``), and the first is empty for
income groups. What says two things says nothing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from schemas import areas
from sources.shared.area_names import area_code

#: Two-letter ids that are no ISO 3166 alpha-2 code of that area → our code, of groups without ``WB-``.
IDS: Final[dict[str, str]] = dict(
    re.findall(
        r"(\w\w):(\w{3})",
        "1A:ARB 1W:WLD 4E:EAP 7E:ECA 8S:SAS B8:CEB EU:EUU F1:FCS JG:CHI OE:OED S1:SST S2:PSS S3:CSS "
        "S4:OSS T2:TLA T3:TMN T4:TEA T5:TSA T6:TSS T7:TEC V1:PRE V2:EAR V3:LTE V4:PST XC:EMU XD:HIC "
        "XE:HPC XF:IBD XG:IDA XH:IDB XI:IDX XJ:LAC XK:XKX XL:LDC XM:LIC XN:LMC XO:LMY XP:MIC XQ:MNA "
        "XT:UMC XU:NAC XY:INX Z4:EAS Z7:ECS ZF:SSA ZG:SSF ZH:AFE ZI:AFW ZJ:LCN ZQ:MEA ZT:IBT ",
    )
)
#: Names of groups that are not their title in ``schemas.areas``: as they were until 2025.
_FORMER: Final = {"middle east & north africa": "MEA"}


def area_of(code: str, identity: str) -> str | None:
    """Our area of an ISO code, or of a two-letter id where there is none; None for what is unknown."""
    code = code or IDS.get(identity, "")
    return next((known for known in (code, f"WB-{code}") if code and areas.is_area(known)), None)


def contradicts(code: str, identity: str, name: str) -> str:
    """The area that the name or the id says, where it is another than the code; "" where they agree or say nothing."""
    area = area_of(code, identity)
    named = _named(name)
    if area is None or name == code or named == area:
        return ""
    return named or next((other for other in (_identified(identity),) if other and other != area), "")


def _identified(identity: str) -> str:
    """The area of a two-letter id, "" for one that is unknown."""
    import pycountry

    if identity in IDS:
        return area_of("", identity) or ""
    country = pycountry.countries.get(alpha_2=identity) if identity else None
    return str(country.alpha_3) if country else ""


def _named(name: str) -> str:
    """The area of a name, "" for one that is unknown: the bank spells many countries its own way."""
    found = _groups().get(_plain(name)) or area_code(name.strip()) or ""
    return found if found in ("WLD", "XKX") or found.startswith("WB-") or found not in areas.GROUPS else ""


def _plain(name: str) -> str:
    """A group's name, as it is compared: "Latin America & the Caribbean (IDA & IBRD countries)" has two spellings."""
    bare = re.sub(r"\b(the|countries)\b", " ", name.lower().replace(" and ", " & "))
    return " ".join(bare.split()).replace(" )", ")")


@cache
def _groups() -> dict[str, str]:
    """Names of the bank's groups → our code."""
    titles = {code: title for code, (title, _) in areas.GROUPS.items() if code.startswith("WB-")}
    named = {_plain(title.removesuffix(" (World Bank)")): code for code, title in titles.items()}
    return {**{name: f"WB-{code}" for name, code in _FORMER.items()}, **named, "kosovo": "XKX"}
