"""What the columns of SDMX-CSV are: concepts, and the code lists behind them; SDMX's own lists where there are such."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli.formats.output import Row
from schemas.areas import area_name
from schemas.fields import ABOUT
from schemas.vocabulary import FLOWS, MEASURES, OBS_STATUS

AGENCY: Final = "TRADELEDGER"
VERSION: Final = "1.0.0"


@dataclass(frozen=True)
class Component:
    """A column: a dimension, the measure or an attribute; of a code list, or else of texts of a type."""

    id: str
    about: str
    codes: str = ""
    text: str = "String"
    always: bool = True  # an attribute is never empty


DIMENSIONS: Final = (
    Component("FREQ", "how long the period is", "CL_FREQ"),
    Component("DATASET", ABOUT["dataset"], "CL_DATASET"),
    Component("REF_AREA", ABOUT["reporter"], "CL_AREA"),
    Component("COUNTERPART_AREA", ABOUT["partner"], "CL_AREA"),
    Component("PRODUCT", ABOUT["product"], "CL_PRODUCT"),
    Component("BREAKDOWN", ABOUT["breakdown"]),
    Component("FLOW", ABOUT["flow"], "CL_FLOW"),
    Component("MEASURE", ABOUT["measure"], "CL_MEASURE"),
    Component("UNIT_MEASURE", "of OBS_VALUE, without multiplier; PC is percent", "CL_UNIT"),
    Component("BASIS", ABOUT["basis"]),
)
TIME: Final = Component("TIME_PERIOD", "the period; a span is a time range", text="ObservationalTimePeriod")
VALUE: Final = Component("OBS_VALUE", ABOUT["value"], text="Decimal", always=False)
ATTRIBUTES: Final = (
    Component("UNIT_MULT", "always 0: in units of 1", "CL_UNIT_MULT"),
    Component("OBS_STATUS", "the first mark of the agency that SDMX has a code for; A for none", "CL_OBS_STATUS"),
    Component("CONF_STATUS", "whether the agency keeps the figure confidential", "CL_CONF_STATUS"),
    Component("OBS_MARKS", ABOUT["status"], always=False),
    Component("OBS_STEP", ABOUT["step"], text="Decimal", always=False),
    Component("OBS_LOW", ABOUT["low"], text="Decimal", always=False),
    Component("OBS_HIGH", ABOUT["high"], text="Decimal", always=False),
    Component("OBS_QUALIFIER", ABOUT["qualifier"]),
    Component("RELEASE_DATE", ABOUT["released"]),
    Component("RECORDED_AT", ABOUT["recorded_at"], text="DateTime"),
    Component("PENDING", ABOUT["pending"], "CL_PENDING", always=False),
    Component("DATA_SOURCE", ABOUT["source"], "CL_SOURCE"),
    Component("DOCUMENT", ABOUT["document"]),
)
#: Columns of which the codes that occur are listed.
LISTED: Final = tuple(
    one.id for one in (*DIMENSIONS, *ATTRIBUTES) if one.codes in ("CL_DATASET", "CL_AREA", "CL_PRODUCT", "CL_UNIT")
)
#: Lists that are SDMX's, and their versions; of each a part of its codes.
_OF_SDMX: Final = {"CL_FREQ": "2.1", "CL_UNIT_MULT": "1.1", "CL_OBS_STATUS": "2.3", "CL_CONF_STATUS": "1.3"}
_FIXED: Final = {
    "CL_FREQ": {"A": "Annual", "S": "Half-yearly", "Q": "Quarterly", "M": "Monthly", "_O": "Other"},
    "CL_UNIT_MULT": {"0": "Units"},
    "CL_OBS_STATUS": OBS_STATUS | {"M": "data cannot exist"},
    "CL_CONF_STATUS": {"F": "Free", "C": "Confidential"},
    "CL_FLOW": FLOWS | {"_Z": "not applicable"},
    "CL_MEASURE": MEASURES,
    "CL_PENDING": {
        "held": "another figure waits for a decision",
        "rejected": "another figure was rejected",
        "unreadable": "another figure cannot be read",
    },
}


@dataclass(frozen=True)
class Codelist:
    """A code list: codes and what they are called; ``partial`` where others have been left out."""

    id: str
    agency: str
    version: str
    names: Mapping[str, str]
    partial: bool
    sources: Sequence[Row] = ()  # whose figures: of CL_SOURCE, in the order of its codes


def code(word: str) -> str:
    """Our word as a code: % is no identifier of SDMX."""
    return "PC" if word == "%" else word


def codelists(seen: Mapping[str, Collection[str]], titles: Mapping[str, str], sources: Sequence[Row]) -> list[Codelist]:
    """The lists of an export, of what was ``seen`` in each of the LISTED columns; ``titles`` of datasets."""
    names = {
        "CL_DATASET": {one: titles.get(one) or one for one in sorted(seen["DATASET"])},
        "CL_AREA": {one: area_name(one) for one in sorted({*seen["REF_AREA"], *seen["COUNTERPART_AREA"]})},
        "CL_PRODUCT": {one: one.replace("-", " ") for one in sorted(seen["PRODUCT"])},
        "CL_UNIT": {one: _unit_name(one) for one in sorted(seen["UNIT_MEASURE"])},
    }
    source = {one["id"]: one["title"] or one["id"] for one in sources}
    return [
        *(Codelist(name, "SDMX", version, _FIXED[name], partial=True) for name, version in _OF_SDMX.items()),
        *(Codelist(name, AGENCY, VERSION, _FIXED[name], partial=False) for name in _FIXED if name not in _OF_SDMX),
        *(Codelist(name, AGENCY, VERSION, found, partial=True) for name, found in names.items()),
        Codelist("CL_SOURCE", AGENCY, VERSION, source, partial=True, sources=sources),
    ]


def _unit_name(unit: str) -> str:
    import pycountry

    found = pycountry.currencies.get(alpha_3=unit) if len(unit) == 3 else None
    return str(found.name) if found else {"PC": "percent"}.get(unit, unit)
