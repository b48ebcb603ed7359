"""World Bank API v2, JSON: exports, imports and balance of goods and services, GDP, and shares of GDP.

An answer is an array ``[meta, rows]``; errors come with HTTP 200 as ``[{"message": […]}]`` or ``[meta, null]``. Values
are computed and carry float noise: 12 significant digits are kept. ``lastupdated`` is the release date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from schemas.datasets import Dataset
from schemas.documents import Document, Notice, Parsed
from schemas.errors import ParseError
from schemas.release_dates import is_release_date
from schemas.settings import load_settings
from sources.shared.months import coded_period
from sources.shared.tables.paged_json import check_fields, read_pages
from sources.shared.world_bank import FACTS, area_said, check_indicator, fact, judge_areas
from sources.source import Request, Source

DATASET = "worldbank-goods-services"
#: Significant digits that are kept: a double holds 15, and a balance is the difference of two of them.
DIGITS: Final = 12
PER_PAGE: Final = 20_000
#: Those that are asked for; the others are read where they are fed by hand.
ASKED: Final = ("NE.EXP.GNFS.CD", "NE.IMP.GNFS.CD", "NE.RSB.GNFS.CD", "NE.TRD.GNFS.ZS")
FIELDS: Final = frozenset(
    ("indicator", "country", "countryiso3code", "date", "value", "unit", "obs_status", "decimal", "scale")
)
OPTIONAL: Final = frozenset(("scale", "obs_status", "decimal"))


def requests(since: date | None) -> Iterable[Request]:
    """First pages; ``follow`` asks for the others. Countries by ``TRADELEDGER_SOURCES__WORLDBANK__COUNTRIES``."""
    return _asked({"date": f"{since.year}:{date.today().year}"} if since else {})


def year(number: int) -> Iterable[Request]:
    """First pages of one year; ``follow`` asks for the others."""
    return _asked({"date": str(number)})


def _asked(span: dict[str, str]) -> Iterable[Request]:
    countries = load_settings().source("worldbank").countries or "all"
    for indicator in ASKED:
        yield Request(
            f"v2/country/{countries}/indicator/{indicator}",
            {"format": "json", "per_page": str(PER_PAGE), **span, "page": "1"},
        )


def follow(document: Document) -> Iterable[Request]:
    """The other pages of a first page."""
    parts = urlsplit(document.url)
    params = dict(parse_qsl(parts.query))
    if params.get("page") != "1":
        return
    meta, _ = read_pages(document, "the World Bank")
    path = parts.path[parts.path.index("/v2/") + 1 :]
    for page in range(2, int(meta["pages"]) + 1):
        yield Request(path, {**params, "page": str(page)})


def recognise(content: bytes) -> bool:
    """Whether this is an answer of this API."""
    head = content[:2000].lstrip()
    return head.startswith(b"[{") and (b'"lastupdated"' in head or (b'"message"' in head and b'"key"' in head))


def parse(document: Document) -> Parsed:
    """Levels and shares of one page. Raises ParseError for errors, cut-off pages and answers of another shape."""
    import numpy as np

    from schemas.observations import readings
    from schemas.positions import pack_rows
    from sources.shared.tables.columns import Faults
    from sources.shared.tables.records import Values, coded, optional

    name = document.name
    meta, rows = read_pages(document, "the World Bank")
    released = meta["lastupdated"] or document.released
    if not is_release_date(released):
        raise ParseError(f"{name}: lastupdated is {meta['lastupdated']!r}, expected a date")
    check_fields(rows, FIELDS, OPTIONAL, name)
    try:
        indicator = coded(rows, lambda row: f"{row['indicator']['id']}|{row['indicator']['value']}")
        area = coded(rows, area_said)
        when = coded(rows, lambda row: str(row["date"]))
        status, unit, scale = (coded(rows, optional(key)) for key in ("obs_status", "unit", "scale"))
        values = Values.of([row["value"] for row in rows], status, DIGITS)
    except (KeyError, TypeError) as exc:
        raise ParseError(f"{name}: a row of another shape ({exc}), expected {', '.join(sorted(FIELDS))}") from exc
    for text in indicator.texts:
        check_indicator(text, name)

    faults = Faults(np.arange(1, len(rows) + 1), str, lambda _: DATASET, document.sha256)
    areas = judge_areas(area, faults)
    dated = when.where(lambda text: coded_period(text) is not None)
    faults.add(~dated, "date", when.__getitem__, "expected a year, 2019Q1 or 2019M01")
    values.check(faults, "value", "obs_status")

    kept = np.flatnonzero(~faults.bad)
    frame = readings(
        {
            "dataset": DATASET,
            "reporter": area.map(areas.__getitem__).categorical(kept),
            **{name: indicator.map(fact(name)).categorical(kept) for name in FACTS},
            "period": when.map(lambda text: coded_period(text) or "").categorical(kept),
            "released": released,
            **values.figures(kept),
            "position": pack_rows(kept + 1),
            "document": document.sha256,
        }
    )
    return Parsed(frame, faults.sorted(), _notices(unit.texts, scale.texts, indicator.texts, name))


def _notices(units: list[str], scales: list[str], indicators: list[str], name: str) -> list[Notice]:
    """A unit or scale of a row, which none has: the names of indicators say it."""
    said = [f"{name}: a row says the unit {text!r}, the indicators {', '.join(indicators)}" for text in units if text]
    said += [
        f"{name}: a row says the scale {text!r}, expected values in units of 1: refusing to guess"
        for text in scales
        if text not in ("", "0", "1")
    ]
    return [Notice("unit", sentence[:300]) for sentence in said]


SOURCE = Source(
    id="worldbank",
    title="World Development Indicators: exports and imports of goods and services",
    publisher="World Bank",
    licence="CC BY 4.0",
    landing_page="https://data.worldbank.org/indicator/NE.EXP.GNFS.CD",
    cadence="several times a year, as lastupdated says",
    datasets=(
        Dataset(
            DATASET,
            title="Exports, imports and balance of goods and services (national accounts, current US$)",
            concept="bop",
            price_basis="current",
            covers="series",
            absences=3,
        ),
    ),
    parse=parse,
    requests=requests,
    year=year,
    follow=follow,
    recognise=recognise,
    base_url="https://api.worldbank.org",
)
