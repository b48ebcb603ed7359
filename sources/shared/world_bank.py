"""Areas as the World Bank names them: ISO codes, its groups, and the two-letter ids of those.

An answer says an area three times (``countryiso3code``, ``country.id``, ``country.value``), and the first is empty for
income groups. What says two things says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from schemas import areas
from sources.shared.area_names import area_code, countries

if TYPE_CHECKING:
    from sources.shared.tables.columns import Column, Faults

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
_AND: Final = "\x1f"  # between what is said of an area; no name has it
#: The bank's economies, each by the name that the bank prints.
ECONOMIES: Final = """
ABW:Aruba AFG:Afghanistan AGO:Angola ALB:Albania AND:Andorra ARE:United Arab Emirates ARG:Argentina ARM:Armenia
ASM:American Samoa ATG:Antigua and Barbuda AUS:Australia AUT:Austria AZE:Azerbaijan BDI:Burundi BEL:Belgium BEN:Benin
BFA:Burkina Faso BGD:Bangladesh BGR:Bulgaria BHR:Bahrain BHS:Bahamas, The BIH:Bosnia and Herzegovina BLR:Belarus
BLZ:Belize BMU:Bermuda BOL:Bolivia BRA:Brazil BRB:Barbados BRN:Brunei Darussalam BTN:Bhutan BWA:Botswana
CAF:Central African Republic CAN:Canada CHE:Switzerland CHL:Chile CHN:China CIV:Cote d'Ivoire CMR:Cameroon
COD:Congo, Dem. Rep. COG:Congo, Rep. COL:Colombia COM:Comoros CPV:Cabo Verde CRI:Costa Rica CUB:Cuba CUW:Curacao
CYM:Cayman Islands CYP:Cyprus CZE:Czechia DEU:Germany DJI:Djibouti DMA:Dominica DNK:Denmark DOM:Dominican Republic
DZA:Algeria ECU:Ecuador EGY:Egypt, Arab Rep. ERI:Eritrea ESP:Spain EST:Estonia ETH:Ethiopia FIN:Finland FJI:Fiji
FRA:France FRO:Faroe Islands FSM:Micronesia, Fed. Sts. GAB:Gabon GBR:United Kingdom GEO:Georgia GHA:Ghana GIB:Gibraltar
GIN:Guinea GMB:Gambia, The GNB:Guinea-Bissau GNQ:Equatorial Guinea GRC:Greece GRD:Grenada GRL:Greenland GTM:Guatemala
GUM:Guam GUY:Guyana HKG:Hong Kong SAR, China HND:Honduras HRV:Croatia HTI:Haiti HUN:Hungary IDN:Indonesia
IMN:Isle of Man IND:India IRL:Ireland IRN:Iran, Islamic Rep. IRQ:Iraq ISL:Iceland ISR:Israel ITA:Italy JAM:Jamaica
JOR:Jordan JPN:Japan KAZ:Kazakhstan KEN:Kenya KGZ:Kyrgyz Republic KHM:Cambodia KIR:Kiribati KNA:St. Kitts and Nevis
KOR:Korea, Rep. KWT:Kuwait LAO:Lao PDR LBN:Lebanon LBR:Liberia LBY:Libya LCA:St. Lucia LIE:Liechtenstein LKA:Sri Lanka
LSO:Lesotho LTU:Lithuania LUX:Luxembourg LVA:Latvia MAC:Macao SAR, China MAF:St. Martin (French part) MAR:Morocco
MCO:Monaco MDA:Moldova MDG:Madagascar MDV:Maldives MEX:Mexico MHL:Marshall Islands MKD:North Macedonia MLI:Mali
MLT:Malta MMR:Myanmar MNE:Montenegro MNG:Mongolia MNP:Northern Mariana Islands MOZ:Mozambique MRT:Mauritania
MUS:Mauritius MWI:Malawi MYS:Malaysia NAM:Namibia NCL:New Caledonia NER:Niger NGA:Nigeria NIC:Nicaragua NLD:Netherlands
NOR:Norway NPL:Nepal NRU:Nauru NZL:New Zealand OMN:Oman PAK:Pakistan PAN:Panama PER:Peru PHL:Philippines PLW:Palau
PNG:Papua New Guinea POL:Poland PRI:Puerto Rico (US) PRK:Korea, Dem. People's Rep. PRT:Portugal PRY:Paraguay
PSE:West Bank and Gaza PYF:French Polynesia QAT:Qatar ROU:Romania RUS:Russian Federation RWA:Rwanda SAU:Saudi Arabia
SDN:Sudan SEN:Senegal SGP:Singapore SLB:Solomon Islands SLE:Sierra Leone SLV:El Salvador SMR:San Marino
SOM:Somalia, Fed. Rep. SRB:Serbia SSD:South Sudan STP:Sao Tome and Principe SUR:Suriname SVK:Slovak Republic
SVN:Slovenia SWE:Sweden SWZ:Eswatini SXM:Sint Maarten (Dutch part) SYC:Seychelles SYR:Syrian Arab Republic
TCA:Turks and Caicos Islands TCD:Chad TGO:Togo THA:Thailand TJK:Tajikistan TKM:Turkmenistan TLS:Timor-Leste TON:Tonga
TTO:Trinidad and Tobago TUN:Tunisia TUR:Turkiye TUV:Tuvalu TWN:Taiwan, China TZA:Tanzania UGA:Uganda UKR:Ukraine
URY:Uruguay USA:United States UZB:Uzbekistan VCT:St. Vincent and the Grenadines VEN:Venezuela, RB
VGB:British Virgin Islands VIR:Virgin Islands (U.S.) VNM:Viet Nam VUT:Vanuatu WSM:Samoa XKX:Kosovo YEM:Yemen, Rep.
ZAF:South Africa ZMB:Zambia ZWE:Zimbabwe
"""
#: Other names of economies: of the bank until they changed, and of everyday use.
_ALSO: Final = """
ARE:UAE BOL:Bolivia, Plurinational State of CIV:Ivory Coast COD:DR Congo COD:Democratic Republic of Congo
COD:Zaire COG:Republic of Congo CPV:Cape Verde CZE:Czech Republic FSM:Micronesia GBR:Great Britain HKG:Hong Kong
KOR:South Korea LAO:Laos MAC:Macao MAC:Macau MKD:Macedonia MKD:Macedonia, FYR MMR:Burma PRI:Puerto Rico PRK:North Korea
PSE:Palestine SWZ:Swaziland SXM:Sint Maarten SYR:Syria TLS:East Timor TUR:Turkey VEN:Venezuela VIR:US Virgin Islands
VNM:Vietnam YEM:Yemen
"""
_NAME = re.compile(r"\b([A-Z]{3}):(.+?)(?=\s+[A-Z]{3}:|\s*\Z)", re.DOTALL)


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
    own = {_plain(name): code for code, name in (*_NAME.findall(_ALSO), *_NAME.findall(ECONOMIES))}
    return {**iso, **own, **former, **groups}
