"""World Bank API v2, JSON: exports, imports and balance of goods and services, GDP, and shares of GDP.

An answer is an array ``[meta, rows]``; errors come with HTTP 200 as ``[{"message": […]}]`` or ``[meta, null]``. Values
are computed and carry float noise: 12 significant digits are kept. ``lastupdated`` is the release date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from schemas import vocabulary
from schemas.datasets import Dataset
from schemas.documents import Document, Notice, Parsed
from schemas.errors import ParseError
from schemas.figures import MAX_EXPONENT
from schemas.release_dates import is_release_date
from schemas.settings import load_settings
from sources.source import Request, Source

if TYPE_CHECKING:
    from sources.shared.tables.columns import Column

DATASET = "worldbank-goods-services"
#: Significant digits that are kept: a double holds 15, and a balance is the difference of two of them.
DIGITS: Final = 12
PER_PAGE: Final = 20_000
#: Their indicator → product, flow, measure, basis, and the unit its name must say.
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
#: Those that are asked for; the others are read where they are fed by hand.
ASKED: Final = ("NE.EXP.GNFS.CD", "NE.IMP.GNFS.CD", "NE.RSB.GNFS.CD", "NE.TRD.GNFS.ZS")
FIELDS: Final = frozenset(
    ("indicator", "country", "countryiso3code", "date", "value", "unit", "obs_status", "decimal", "scale")
)
#: A word that the name of each flow must have.
NAMED: Final = {"X": "export", "M": "import", "B": "balance", "T": "trade", "_Z": "gdp"}
_AND: Final = "\x1f"  # between what is said of an area; no name has it
_NAMED_UNIT = re.compile(r"\(([^()]*)\)\s*$")
_PERIOD = re.compile(r"([12]\d{3})(?:(Q)([1-4])|M(0[1-9]|1[0-2]))?", re.ASCII)


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
    from urllib.parse import parse_qsl, urlsplit

    parts = urlsplit(document.url)
    params = dict(parse_qsl(parts.query))
    if params.get("page") != "1":
        return
    meta, _ = _answer(document)
    path = parts.path[parts.path.index("/v2/") + 1 :]
    for page in range(2, int(meta["pages"]) + 1):
        yield Request(path, {**params, "page": str(page)})


def recognise(content: bytes) -> bool:
    """Whether this is an answer of this API."""
    head = content[:2000].lstrip()
    return head.startswith(b"[{") and (b'"lastupdated"' in head or (b'"message"' in head and b'"key"' in head))


def _answer(document: Document) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Meta and rows of an answer, numbers as the texts they came as. Raises ParseError for all that is none."""
    from sources.shared.sniff import first_words, gunzip, media_name, read_json, sniff

    name = document.name
    content = gunzip(document.content, name)
    if sniff(content) != "application/json":
        from sources.shared.pages.html import refuse_gateways

        refuse_gateways(content, name)
        raise ParseError(f"{name} is {media_name(content)} ({first_words(content)!r}), expected JSON of the API v2")
    answer = read_json(content, name, exact=True)
    if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "message" in answer[0]:
        raise ParseError(f"{name}: the World Bank says {_said(answer[0]['message'])}"[:300])
    match answer:
        case [dict() as meta, None]:
            raise ParseError(
                f"{name}: an empty answer (total {meta.get('total')}): no such country, years or indicator"
            )
        case [dict() as meta, list() as rows] if {"page", "pages", "per_page", "total", "lastupdated"} <= set(meta):
            pass
        case _:
            raise ParseError(f"{name}: JSON of another shape ({first_words(content)!r}), expected [meta, rows]")
    try:
        page, pages, size, total = (int(meta[key]) for key in ("page", "pages", "per_page", "total"))
    except (TypeError, ValueError) as exc:
        raise ParseError(f"{name}: page, pages, per_page and total are no numbers: {meta}"[:300]) from exc
    expected = min(size, max(total - (page - 1) * size, 0))
    if len(rows) != expected or page > pages:
        raise ParseError(
            f"{name}: {len(rows)} rows on page {page} of {pages}, expected {expected}: the answer is cut off"
        )
    if not rows:
        raise ParseError(f"{name}: an answer without rows")
    return meta, rows


def _said(message: object) -> str:
    """What an error message says, whatever its shape."""
    try:
        return "; ".join(f"{m.get('id')} {m.get('key')}: {m.get('value')}" for m in message)  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        return repr(message)


def _area_said(row: dict[str, Any]) -> str:
    """The three ways a row says its area."""
    country = row["country"]
    return _AND.join(str(said or "") for said in (row["countryiso3code"], country["id"], country["value"]))


def _area(text: str) -> str | None:
    from sources.shared.world_bank import area_of

    code, identity, *rest = text.split(_AND)
    return area_of(code, identity) if len(rest) == 1 else None


def _shown(text: str) -> str:
    return ", ".join(filter(None, text.split(_AND)))


def _period(text: str) -> str | None:
    match = _PERIOD.fullmatch(text)
    if match is None:
        return None
    if match[2]:
        return f"{match[1]}-Q{match[3]}"
    return f"{match[1]}-{match[4]}" if match[4] else match[1]


def _column(rows: list[dict[str, Any]], pick: Callable[[dict[str, Any]], str]) -> Column:
    """One field of all rows."""
    import numpy as np

    from sources.shared.tables.columns import Column

    place: dict[str, int] = {}
    codes = np.fromiter((place.setdefault(pick(row), len(place)) for row in rows), dtype=np.int32, count=len(rows))
    return Column(list(place), codes)


def parse(document: Document) -> Parsed:
    """Levels and shares of one page. Raises ParseError for errors, cut-off pages and answers of another shape."""
    import numpy as np
    import pandas as pd

    from schemas.observations import readings
    from schemas.positions import pack_rows
    from sources.shared.significant import significant
    from sources.shared.tables.columns import Faults
    from sources.shared.world_bank import contradicts

    name = document.name
    meta, rows = _answer(document)
    released = meta["lastupdated"] or document.released
    if not is_release_date(released):
        raise ParseError(f"{name}: lastupdated is {meta['lastupdated']!r}, expected a date")
    _check_fields(rows, name)
    try:
        indicator = _column(rows, lambda row: f"{row['indicator']['id']}|{row['indicator']['value']}")
        area = _column(rows, _area_said)
        when = _column(rows, lambda row: str(row["date"]))
        status = _column(rows, lambda row: str(row.get("obs_status") or ""))
        unit = _column(rows, lambda row: str(row.get("unit") or ""))
        scale = _column(rows, lambda row: str(row.get("scale") or ""))
        values = [row["value"] for row in rows]
    except (KeyError, TypeError) as exc:
        raise ParseError(f"{name}: a row of another shape ({exc}), expected {', '.join(sorted(FIELDS))}") from exc
    for text in indicator.texts:
        _check_indicator(text, name)
    notices = [
        Notice("unit", f"{name}: a row says the unit {text!r}, the indicators {', '.join(indicator.texts)}"[:300])
        for text in unit.texts
        if text
    ]
    notices += [
        Notice("unit", f"{name}: a row says the scale {text!r}, expected values in units of 1: refusing to guess"[:300])
        for text in scale.texts
        if text not in ("", "0", "1")
    ]

    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    absent = status.where(vocabulary.says_absent)
    texts = ["0" if value is None else str(value) for value in values]
    mantissa, exponent, unread = significant(texts, DIGITS)
    faults = Faults(np.arange(1, len(rows) + 1), str, lambda _: DATASET, document.sha256)
    areas = {text: _area(text) for text in area.texts}
    other = {text: contradicts(*text.split(_AND)) for text, known in areas.items() if known}
    unknown = ~area.where(lambda text: bool(areas[text]))
    faults.add(unknown, "countryiso3code", lambda at: _shown(area[at]), "expected ISO 3166 or a World Bank group")
    contradicted = area.where(lambda text: bool(other.get(text)))
    faults.add(
        contradicted,
        "country",
        lambda at: _shown(area[at]),
        lambda at: f"the code says {areas[area[at]]}, beside it stands {other[area[at]]}: refusing to guess",
    )
    faults.add(~when.where(_is(_period)), "date", when.__getitem__, "expected a year, 2019Q1 or 2019M01")
    known_status = status.where(lambda text: vocabulary.status_of(text) == text)
    faults.add(~known_status, "obs_status", status.__getitem__, "expected an SDMX observation status")
    no_number = np.zeros(len(rows), dtype=bool)
    no_number[unread] = True
    faults.add(no_number, "value", lambda at: texts[at][:60], "expected a number")
    beyond = ~missing & (np.abs(exponent) > MAX_EXPONENT)
    faults.add(beyond, "value", lambda at: texts[at][:60], f"a step of 10^±{MAX_EXPONENT} at most")
    faults.add(absent & ~missing, "obs_status", status.__getitem__, "a value stands beside: expected null")

    kept = np.flatnonzero(~faults.bad)
    product, flow, measure, basis, named = (indicator.map(_known(part)) for part in range(5))
    said = np.array([*status.texts, "M"], dtype=object)[np.where(missing & ~absent, len(status.texts), status.codes)]
    frame = readings(
        {
            "dataset": DATASET,
            "reporter": area.map(lambda text: areas[text] or "").categorical(kept),
            "product": product.categorical(kept),
            "flow": flow.categorical(kept),
            "measure": measure.categorical(kept),
            "basis": basis.categorical(kept),
            "unit": named.map(UNITS.__getitem__).categorical(kept),
            "period": when.map(lambda text: _period(text) or "").categorical(kept),
            "released": released,
            "mantissa": pd.arrays.IntegerArray(mantissa[kept], missing[kept]),
            "exponent": np.where(missing, 0, exponent)[kept],
            "status": said[kept],
            "text": np.where(missing, "", np.array(texts, dtype=object))[kept],
            "position": pack_rows(kept + 1),
            "document": document.sha256,
        }
    )
    return Parsed(frame, faults.sorted(), notices)


def _known(part: int) -> Callable[[str], str]:
    """One part of what INDICATORS knows of ``code|title``."""
    return lambda text: INDICATORS[text.partition("|")[0]][part]


def _is(read: Callable[[str], str | None]) -> Callable[[str], bool]:
    return lambda text: read(text) is not None


def _check_fields(rows: list[dict[str, Any]], name: str) -> None:
    try:
        seen = set().union(*map(dict.keys, rows))
    except TypeError as exc:
        raise ParseError(f"{name}: a row is no object, expected {', '.join(sorted(FIELDS))}") from exc
    if unknown := sorted(seen - FIELDS):
        raise ParseError(f"{name}: unknown field {unknown[0]!r}, expected {', '.join(sorted(FIELDS))}")
    if lacking := sorted(FIELDS - {"scale", "obs_status", "decimal"} - set(next(islice(rows, 1)))):
        raise ParseError(f"{name}: a row has no field {lacking[0]!r}, expected {', '.join(sorted(FIELDS))}")


def _check_indicator(text: str, name: str) -> None:
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
