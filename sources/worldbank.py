"""World Bank API v2, JSON: exports, imports and balance of goods and services, GDP, and shares of GDP.

An answer is an array ``[meta, rows]``; errors come with HTTP 200 as ``[{"message": […]}]`` or ``[meta, null]``. Values
are computed and carry float noise: 12 significant digits are kept. ``lastupdated`` is the release date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from schemas import areas, vocabulary
from schemas.datasets import Dataset
from schemas.documents import Document, Notice, Parsed, Unreadable
from schemas.errors import ParseError
from schemas.release_dates import is_release_date
from schemas.settings import load_settings
from sources.source import Request, Source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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
#: Rows without an ISO code, by their two-letter id.
UNCODED: Final = {"XY": "INX", "ZH": "AFE", "ZI": "AFW", "V4": "TEA", "1W": "WLD"}

_NAMED_UNIT = re.compile(r"\(([^()]*)\)\s*$")
_PERIOD = re.compile(r"(\d{4})(?:(Q)([1-4])|M(\d\d))?")


def requests(since: date | None) -> Iterable[Request]:
    """First pages; ``follow`` asks for the others. Countries by ``TRADELEDGER_SOURCES__WORLDBANK__COUNTRIES``."""
    countries = load_settings().source("worldbank").countries or "all"
    span = {"date": f"{since.year}:{date.today().year}"} if since else {}
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


def _constant(text: str) -> str:
    return text  # NaN, Infinity: no figure, said so where it stands


def _answer(document: Document) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Meta and rows of an answer, numbers as the texts they came as. Raises ParseError for all that is none."""
    from sources.shared.sniff import decode_utf8, first_words, gunzip, media_name, sniff

    name = document.name
    content = gunzip(document.content, name)
    if sniff(content) != "application/json":
        from sources.shared.html import refuse_gateways

        refuse_gateways(content, name)
        raise ParseError(f"{name} is {media_name(content)} ({first_words(content)!r}), expected JSON of the API v2")
    text = decode_utf8(content, name)
    try:
        answer = json.loads(text, parse_float=str, parse_int=str, parse_constant=_constant)
    except (ValueError, RecursionError) as exc:
        raise ParseError(f"{name} is damaged or cut-off JSON ({len(content)} bytes): {exc}") from exc
    if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "message" in answer[0]:
        said = "; ".join(f"{m.get('id')} {m.get('key')}: {m.get('value')}" for m in answer[0]["message"])
        raise ParseError(f"{name}: the World Bank says {said}")
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


@lru_cache(maxsize=4096)
def _area(code: str, identity: str) -> str | None:
    code = code or UNCODED.get(identity, "")
    return next((known for known in (code, f"WB-{code}") if code and areas.is_area(known)), None)


@lru_cache(maxsize=4096)
def _period(text: str) -> str | None:
    match = _PERIOD.fullmatch(text)
    if match is None:
        return None
    if match[2]:
        return f"{match[1]}-Q{match[3]}"
    return f"{match[1]}-{match[4]}" if match[4] else match[1]


def _kept(mantissa: npt.NDArray[np.int64], exponent: npt.NDArray[np.int64]) -> None:
    """Round to DIGITS significant digits, in place, half away from zero, in integers."""
    import numpy as np

    size = np.abs(mantissa)
    digits = np.zeros(len(size), dtype=np.int64)
    for power in range(18):
        digits += size >= 10**power
    drop = np.maximum(digits - DIGITS, 0)
    divisor = 10**drop
    rounded = (size + divisor // 2) // divisor
    mantissa[:] = np.where(mantissa < 0, -rounded, rounded)
    exponent += drop
    # A whole number has lost its zeros, not gained any: 23315080560000 is printed to the unit, known to DIGITS.
    short = (mantissa != 0) & (digits < DIGITS)
    add = np.where(short, np.minimum(DIGITS - digits, 17), 0)
    mantissa *= 10**add
    exponent -= add


def _scientific(values: npt.NDArray[np.object_], faults: dict[int, str], parts: tuple[Any, Any]) -> None:
    """Read ``1.5e-05``, as JSON writes small numbers, into mantissas and exponents."""
    from decimal import Decimal

    for at in list(faults):
        if re.fullmatch(r"-?\d+(\.\d+)?[eE][-+]?\d{1,3}", values[at]):
            sign, digits, power = Decimal(values[at]).as_tuple()
            whole = int("".join(map(str, digits)))
            parts[0][at], parts[1][at] = (-whole if sign else whole), power
            del faults[at]


def _codes(
    rows: list[dict[str, Any]], pick: Callable[[dict[str, Any]], Any]
) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """One field of all rows as codes and distinct values."""
    import numpy as np

    place: dict[Any, int] = {}
    codes = np.fromiter((place.setdefault(pick(row), len(place)) for row in rows), dtype=np.int64, count=len(rows))
    return codes, list(place)


def parse(document: Document) -> Parsed:
    """Levels and shares of one page. Raises ParseError for errors, cut-off pages and answers of another shape."""
    import numpy as np
    import pandas as pd

    from schemas.observations import readings
    from schemas.positions import pack_rows
    from schemas.printed import parse_texts

    name = document.name
    meta, rows = _answer(document)
    released = meta["lastupdated"] or document.released
    if not is_release_date(released):
        raise ParseError(f"{name}: lastupdated is {meta['lastupdated']!r}, expected a date")
    _check_fields(rows, name)
    try:
        indicator, names = _codes(rows, lambda row: (row["indicator"]["id"], row["indicator"]["value"]))
        area, identities = _codes(rows, lambda row: (row["countryiso3code"], row["country"]["id"]))
        when, dates = _codes(rows, lambda row: row["date"])
        flag, flags = _codes(rows, lambda row: row.get("obs_status") or "")
        values = [row["value"] for row in rows]
    except (KeyError, TypeError) as exc:
        raise ParseError(f"{name}: a row of another shape ({exc}), expected {', '.join(sorted(FIELDS))}") from exc
    for code, title in names:
        _check_indicator(code, title, name)
    notices = [
        Notice("unit", f"{name}: a row says the unit {unit!r}, the indicators {[title for _, title in names]}")
        for unit in sorted({row.get("unit") or "" for row in rows} - {""})
    ]

    reporters, periods = [_area(*identity) for identity in identities], [_period(text) for text in dates]
    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    texts = ["0" if value is None else str(value) for value in values]
    mantissa, exponent, faults = parse_texts(texts)
    _scientific(np.array(texts, dtype=object), faults, (mantissa, exponent)) if faults else None
    _kept(mantissa, exponent)
    exponent[missing] = 0

    unreadable: list[tuple[int, Unreadable]] = []

    def fault(at: int, field: str, seen: str, expected: str) -> None:
        where = f"row {at + 1}, {field}"
        unreadable.append((at, Unreadable(where, seen[:60], expected, document.sha256, DATASET)))

    good = np.ones(len(rows), dtype=bool)
    for field, codes, known, seen, expected in (
        ("countryiso3code", area, reporters, identities, "expected an ISO 3166 code or a group of the World Bank"),
        ("date", when, periods, dates, "expected a year, 2019Q1 or 2019M01"),
        (
            "obs_status",
            flag,
            [f in ("", *vocabulary.STATUSES) or None for f in flags],
            flags,
            "expected an SDMX status",
        ),
    ):
        bad = np.array([value is None for value in known], dtype=bool)[codes] & good
        for at in map(int, np.flatnonzero(bad)):
            fault(at, field, str(seen[codes[at]]), expected)
        good &= ~bad
    for at in faults:
        if good[at]:
            fault(at, "value", texts[at], "expected a number")
            good[at] = False

    kept = np.flatnonzero(good)
    vocab = [INDICATORS[code] for code, _ in names]
    status = np.array([*flags, "M"], dtype=object)[np.where(missing, len(flags), flag)][kept]

    def coded(codes: npt.NDArray[np.int64], texts: Iterable[str | None]) -> pd.Categorical:
        distinct = [text or "" for text in texts]
        order = list(dict.fromkeys(distinct))
        place = np.array([order.index(text) for text in distinct], dtype=np.int64)
        return pd.Categorical.from_codes(place[codes[kept]], categories=pd.Index(order, dtype=object))

    frame = readings(
        {
            "dataset": DATASET,
            "reporter": coded(area, reporters),
            "product": coded(indicator, [entry[0] for entry in vocab]),
            "flow": coded(indicator, [entry[1] for entry in vocab]),
            "measure": coded(indicator, [entry[2] for entry in vocab]),
            "basis": coded(indicator, [entry[3] for entry in vocab]),
            "unit": coded(indicator, [UNITS[entry[4]] for entry in vocab]),
            "period": coded(when, periods),
            "released": released,
            "mantissa": pd.arrays.IntegerArray(mantissa[kept], missing[kept]),
            "exponent": exponent[kept],
            "status": status,
            "text": np.where(missing, "", np.array(texts, dtype=object))[kept],
            "position": pack_rows(kept + 1),
            "document": document.sha256,
        }
    )
    return Parsed(frame, [entry for _, entry in sorted(unreadable, key=lambda pair: pair[0])], notices)


def _check_fields(rows: list[dict[str, Any]], name: str) -> None:
    try:
        seen = set().union(*map(dict.keys, rows))
    except TypeError as exc:
        raise ParseError(f"{name}: a row is no object, expected {', '.join(sorted(FIELDS))}") from exc
    if unknown := sorted(seen - FIELDS):
        raise ParseError(f"{name}: unknown field {unknown[0]!r}, expected {', '.join(sorted(FIELDS))}")
    if lacking := sorted(FIELDS - {"scale", "obs_status", "decimal"} - set(next(islice(rows, 1)))):
        raise ParseError(f"{name}: a row has no field {lacking[0]!r}, expected {', '.join(sorted(FIELDS))}")


def _check_indicator(code: str, title: str, name: str) -> None:
    """The unit stands in the name only: it must be the one this indicator is known to have."""
    if code not in INDICATORS:
        raise ParseError(f"{name}: indicator {code!r} ({title}) is not read, expected one of {', '.join(INDICATORS)}")
    said = _NAMED_UNIT.search(title)
    expected = INDICATORS[code][4]
    if said is None or said[1] != expected:
        raise ParseError(f"{name}: indicator {code} is named {title!r}, expected a name that ends in ({expected})")


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
        ),
    ),
    parse=parse,
    requests=requests,
    follow=follow,
    recognise=recognise,
    base_url="https://api.worldbank.org",
)
