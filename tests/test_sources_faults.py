"""Every network source against every fault: one clear line, the bytes kept where there were some, no figures."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from schemas.documents import Document, Parsed
from schemas.errors import FetchError, ParseError, TradeledgerError
from schemas.observations import OBSERVATIONS
from schemas.settings import FetchSettings, Settings, SourceSettings
from sources.registry import load_sources
from sources.shared.web.fetching import fetch_documents
from sources.source import Request
from tests import payloads
from tests.demands import HEAVY

SOURCES = [name for name, source in load_sources().items() if source.requests]
#: Source → its good payload.
GOOD = {name: make() for name, (make, _) in payloads.GOOD.items()}

#: Errors that the source itself sends with status 200.
ERROR_BODY = {
    "ft900": b"<!DOCTYPE html><html><body><p>The page you requested cannot be found.</p></body></html>",
    "gacc": payloads.gacc_page("News", "", [("a",)], inner="<p>The page does not exist</p>"),
    "ons": b'{"message": "Not found"}',
    "safe": "<!DOCTYPE html><html><body><p>您访问的页面不存在 www.safe.gov.cn</p></body></html>".encode(),
    "worldbank": b'[{"message":[{"id":"175","key":"Invalid format","value":"The indicator was not found."}]}]',
}
#: A new column, as it would come.
NEW_COLUMN = {
    "ft900": lambda: payloads.ft900(groups=("Balance", "Exports", "Imports", "Gold")),
    "gacc": lambda: payloads.gacc_headline(
        rows=[(*payloads.HEADLINE_ROWS[0], "Weight|1x2"), payloads.HEADLINE_ROWS[1]]
        + [(*row, "1.0") for row in payloads.HEADLINE_ROWS[2:]]
    ),
    "ons": lambda: payloads.ons(periods=((2019.0, ""), (2020.0, ""), (2021.0, "  Jan"))),
    "safe": lambda: payloads.safe(periods=("2025.2", "同比")),
    "worldbank": lambda: payloads.worldbank([payloads.worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, 1, footnote="x")]),
}
#: A unit that is not the usual one: refused, a finding, or a figure in that unit; never the old factor.
CHANGED_UNIT = {
    "ft900": lambda: payloads.ft900(unit="In euros"),
    "gacc": lambda: payloads.gacc_headline(unit="Unit: JPY 100 Million"),
    "ons": lambda: payloads.ons(unit=" € million"),
    "safe": lambda: payloads.safe(unit="单位：亿日元"),
    "worldbank": lambda: payloads.worldbank(
        [
            {
                **payloads.worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, 1),
                "indicator": {"id": "NE.EXP.GNFS.CD", "value": "Exports of goods and services (current LCU)"},
            }
        ]
    ),
}


def with_entities(name: str) -> bytes:
    """A payload that declares XML entities, within the workbook where it is one."""
    if not GOOD[name].startswith(b"PK"):
        return payloads.ENTITIES
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD[name])) as book, zipfile.ZipFile(out, "w") as copy:
        for info in book.infolist():
            part = book.read(info)
            if info.filename.endswith("sheet1.xml"):
                part = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + part
            copy.writestr(info.filename, part)
    return out.getvalue()


@cache
def zip_bomb() -> bytes:
    """A workbook whose sheet unpacks to 300 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(300):
                part.write(b"0" * 2**20)
    return out.getvalue()


#: Fault → (status, content of the answer for a source).
FAULTS: dict[str, tuple[int, Callable[[str], bytes]]] = {
    "error body with 200": (200, ERROR_BODY.__getitem__),
    "CAPTCHA with 200": (200, lambda _: payloads.CAPTCHA),
    "504 page with 200": (200, lambda _: payloads.GATEWAY),
    "504 text with 200": (200, lambda _: payloads.GATEWAY_TEXT),
    "script of a firewall with 200": (200, lambda _: payloads.FIREWALL),
    "412": (412, lambda _: payloads.FIREWALL),
    "429": (429, lambda _: b'{"statusCode": 429, "message": "Rate limit is exceeded."}'),
    "500": (500, lambda _: b"Internal Server Error"),
    "304 without an archived document": (304, lambda _: b""),
    "HTML without a table": (200, lambda _: b"<!DOCTYPE html><html><body><p>Statistics</p></body></html>" + b" " * 99),
    "cut off": (200, lambda name: GOOD[name][: len(GOOD[name]) // 3]),
    "cut off late": (200, lambda name: GOOD[name][:-250]),
    "cut-off gzip": (200, lambda name: gzip.compress(GOOD[name])[:-30]),
    "XML with entities": (200, with_entities),
    "gzip bomb": (200, lambda _: payloads.gzip_bomb()),
    "zip bomb": (200, lambda _: zip_bomb()),
    "GBK": (200, lambda name: GOOD[name] and "<html><body><p>海关总署 进出口总值</p></body></html>".encode("gbk")),
    "UTF-16": (200, lambda _: '[{"page": 1}]'.encode("utf-16")),
    "binary": (200, lambda _: bytes(range(256)) * 8),
    "empty": (200, lambda _: b""),
    "blank": (200, lambda _: b"\r\n  \r\n"),
    "a new column": (200, lambda name: NEW_COLUMN[name]()),
    "a changed unit": (200, lambda name: CHANGED_UNIT[name]()),
    "JSON of another source": (200, lambda _: json.dumps({"elapsedTime": "1", "count": 0, "data": []}).encode()),
}


#: Bytes of an answer: as shipped in CI, less elsewhere, since a bomb is unpacked so far and takes a second.
LARGEST = FetchSettings().max_bytes if HEAVY else 16 * 2**20


def collect(name: str, server: HTTPServer, kept: list[Document]) -> list[Parsed]:
    """What a run does with a source: ask, keep, read; only the address is a test's."""
    source = load_sources()[name]
    made = Settings(
        _env_file=None,
        sources={name: SourceSettings(base_url=server.url_for(""))},
        fetch=FetchSettings(interval=0, backoff=0, retries=1, max_bytes=LARGEST),
    )
    one = replace(source, requests=lambda _: [Request(payloads.GOOD[name][1])])
    parsed = []
    for document in fetch_documents(one, made):
        kept.append(document)
        parsed.append(one.parse(document))
    return parsed


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SOURCES)
def test_a_fault_is_one_clear_line_and_its_bytes_are_kept(name: str, fault: str, httpserver: HTTPServer) -> None:
    status, content = FAULTS[fault]
    body = content(name)
    httpserver.expect_request(payloads.GOOD[name][1]).respond_with_data(body, status=status)
    kept: list[Document] = []
    with pytest.raises((FetchError, ParseError)) as caught:
        collect(name, httpserver, kept)
    message = str(caught.value)
    assert "\n" not in message
    assert 15 < len(message) < 600
    if isinstance(caught.value, FetchError) and caught.value.document:
        kept.append(caught.value.document)
    assert [bool(document.content) for document in kept] == ([bool(body)] if status != 304 else [])


@pytest.mark.parametrize("name", SOURCES)
def test_without_a_fault_the_same_way_gives_figures(name: str, httpserver: HTTPServer) -> None:
    httpserver.expect_request(payloads.GOOD[name][1]).respond_with_data(GOOD[name])
    kept: list[Document] = []
    (parsed,) = collect(name, httpserver, kept)
    assert [document.content for document in kept] == [GOOD[name]]
    assert len(parsed.readings) >= 8
    assert not parsed.unreadable
    assert not parsed.notices


@pytest.mark.parametrize("name", SOURCES)
def test_gzip_without_its_header_is_read(name: str, httpserver: HTTPServer) -> None:
    httpserver.expect_request(payloads.GOOD[name][1]).respond_with_data(gzip.compress(GOOD[name]))
    kept: list[Document] = []
    assert len(collect(name, httpserver, kept)) == 1
    assert [document.content for document in kept] == [GOOD[name]]


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_a_payload_and_every_fault(name: str) -> None:
    assert name in GOOD
    assert name in ERROR_BODY
    assert name in NEW_COLUMN
    assert name in CHANGED_UNIT


@pytest.mark.parametrize("name", SOURCES)
def test_a_duplicate_cell_is_two_readings_for_the_rules_to_judge(name: str) -> None:
    twice = {
        "ft900": lambda: payloads.ft900(
            {"2021": {"December": payloads.FT900_2021["December"], "Dec.": payloads.FT900_2021["November"]}}, None
        ),
        "gacc": lambda: payloads.gacc_headline(
            rows=[*payloads.HEADLINE_ROWS, ("Total Export", "3,999.9", *payloads.HEADLINE_ROWS[3][2:])]
        ),
        "ons": lambda: payloads.ons([*payloads.ONS_ROWS, ("  Exports of goods", "BOKG", (1, 2, 3))]),
        "safe": lambda: payloads.safe((*payloads.SAFE_USD, ("1.货物", (1, 2), (3, 4), (-2, -2)))),
        "worldbank": lambda: payloads.worldbank(
            [payloads.worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, value) for value in (1.0, 2.0)]
        ),
    }
    frame = load_sources()[name].parse(Document(name, twice[name](), "file", released="2030-01-01")).readings
    cells = frame[frame["flow"] == "X"]
    assert cells.duplicated(["reporter", "partner", "product", "flow", "measure", "period", "released"]).any()
    assert cells["position"].is_unique


FUZZED = {**GOOD, "table": b'dataset,reporter,flow,period,value,unit,cite\nd,CHN,X,2019,1.0,USD million,"a, b"\n' * 3}


@pytest.mark.parametrize("name", FUZZED)
@given(data=st.data())
def test_whatever_happens_to_the_bytes_the_answer_is_a_line_or_sound_readings(name: str, data: st.DataObject) -> None:
    content = bytearray(FUZZED[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        upto = at + data.draw(st.sampled_from([0, 1, 1, 2, 40, len(content)]))
        content[at:upto] = data.draw(st.one_of(st.binary(max_size=6), st.sampled_from([b"<td>", b'"', b"9" * 30])))
    document = Document(name, bytes(content), "file", released="2030-01-01")
    message, parsed = "", None
    try:
        parsed = load_sources()[name].parse(document)
    except TradeledgerError as exc:
        message = str(exc)
    assert "\n" not in message
    if parsed is not None:
        OBSERVATIONS.validate(parsed.readings, lazy=True)
