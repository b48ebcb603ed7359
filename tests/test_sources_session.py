"""The polite session: what it says, waits for, retries, refuses, and never lets out."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Asked
from werkzeug import Response

from schemas.documents import Document
from schemas.errors import FetchError
from schemas.settings import FetchSettings, Settings, SourceSettings
from sources.registry import load_sources
from sources.shared.web.fetching import check_source, fetch_documents
from sources.shared.web.session import PoliteSession
from sources.source import Request, Source
from tests import payloads

SECRET = "s3cr3t-key"


def settings(base: str, **fetch: Any) -> Settings:
    quick = {"backoff": 0.0, "interval": 0.0, "read_timeout": 2.0, "connect_timeout": 2.0, **fetch}
    return Settings(
        _env_file=None,
        contact="someone@example.org",
        sources={"demo": SourceSettings(base_url=base, key=SECRET)},
        fetch=FetchSettings(**quick),
    )


def source(**changes: Any) -> Source:
    made = {
        "id": "demo",
        "title": "",
        "publisher": "",
        "licence": "",
        "landing_page": "",
        "cadence": "",
        "datasets": (),
        "parse": lambda _: None,
        "requests": lambda _: [Request("data/file.csv")],
        "base_url": "http://never.asked.example",
    }
    return Source(**{**made, **changes})


def ask(server: HTTPServer, known: Document | None = None, **fetch: Any) -> Document:
    with PoliteSession(source(), settings(server.url_for(""), **fetch)) as session:
        return session.get(Request("data/file.csv", {"a": "1"}), known)


def test_it_says_who_asks_and_keeps_what_came(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv", query_string={"a": "1"}).respond_with_data(
        b"x,y\n", headers={"ETag": '"1"', "Last-Modified": "Tue, 05 Apr 2022 12:30:00 GMT"}, content_type="text/csv"
    )
    document = ask(httpserver)
    asked, _ = httpserver.log[0]
    assert asked.headers["User-Agent"].startswith("tradeledger/")
    assert "(someone@example.org)" in asked.headers["User-Agent"]
    assert (document.content, document.name, document.media_type) == (b"x,y\n", "file.csv", "text/csv")
    assert document.url == httpserver.url_for("/data/file.csv?a=1")
    assert (document.etag, document.last_modified) == ('"1"', "Tue, 05 Apr 2022 12:30:00 GMT")
    assert document.released == datetime.now(UTC).date().isoformat()
    assert document.released_not_after


def test_it_asks_conditionally_and_takes_not_modified_for_an_answer(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"", status=304)
    known = Document("demo", b"old", "file.csv", etag='"1"', last_modified="then")
    assert ask(httpserver, known) is known
    asked, _ = httpserver.log[0]
    assert (asked.headers["If-None-Match"], asked.headers["If-Modified-Since"]) == ('"1"', "then")


def test_the_same_bytes_are_the_known_document(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"old")
    known = Document("demo", b"old", "file.csv", released="2020-01-01")
    assert ask(httpserver, known) is known


def test_not_modified_without_an_archived_document_is_an_error(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"", status=304)
    with pytest.raises(FetchError, match=r"304 .* no earlier answer of it is archived"):
        ask(httpserver)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_retried(httpserver: HTTPServer, status: int) -> None:
    said = {"Retry-After": "0"} if status == 429 else {}  # a 429 that does not say when asks not to be asked
    httpserver.expect_ordered_request("/data/file.csv").respond_with_data(b"wait", status=status, headers=said)
    httpserver.expect_ordered_request("/data/file.csv").respond_with_data(b"wait", status=status, headers=said)
    httpserver.expect_ordered_request("/data/file.csv").respond_with_data(b"x")
    assert ask(httpserver).content == b"x"
    assert len(httpserver.log) == 3


def test_retry_after_is_honoured(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/data/file.csv").respond_with_data(b"", status=429, headers={"Retry-After": "1"})
    httpserver.expect_ordered_request("/data/file.csv").respond_with_data(b"x")
    begun = time.monotonic()
    assert ask(httpserver).content == b"x"
    assert time.monotonic() - begun >= 1


def test_a_longer_wait_than_ours_ends_the_run(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"", status=429, headers={"Retry-After": "3600"})
    begun = time.monotonic()
    with pytest.raises(FetchError, match="answered 429"):
        ask(httpserver)
    assert len(httpserver.log) == 1
    assert time.monotonic() - begun < 5


def test_retry_after_makes_no_other_status_worth_a_retry(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"", status=413, headers={"Retry-After": "0"})
    with pytest.raises(FetchError, match="answered 413"):
        ask(httpserver)
    assert len(httpserver.log) == 1


def test_retries_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(
        b"slow down", status=429, headers={"Retry-After": "0"}
    )
    with pytest.raises(FetchError, match=r"429 .*slow down.*fewer requests") as caught:
        ask(httpserver, retries=2)
    assert len(httpserver.log) == 3
    assert caught.value.document is not None
    assert caught.value.document.content == b"slow down"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 412, 451, 500, 501])
def test_what_may_not_pass_is_asked_once_and_its_answer_kept(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"<html>no</html>", status=status)
    with pytest.raises(FetchError, match=f"answered {status}") as caught:
        ask(httpserver)
    assert len(httpserver.log) == 1
    assert caught.value.document is not None
    assert "\n" not in str(caught.value)


def test_error_bodies_with_200_are_not_retried(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(payloads.GATEWAY_TEXT)
    assert ask(httpserver).content == payloads.GATEWAY_TEXT
    assert len(httpserver.log) == 1


def test_gzip_is_unpacked_with_and_without_its_header(httpserver: HTTPServer) -> None:
    packed = gzip.compress(b"x,y\n")
    for headers in ({"Content-Encoding": "gzip"}, {}):
        httpserver.expect_oneshot_request("/data/file.csv").respond_with_data(packed, headers=headers)
        assert ask(httpserver).content == b"x,y\n"


def test_damaged_gzip_is_asked_for_again_and_kept_as_it_came(httpserver: HTTPServer) -> None:
    packed = gzip.compress(b"x,y\n" * 1000)[:-20]
    httpserver.expect_request("/data/file.csv").respond_with_data(packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match=r"after 2 tries: .* gzip data that breaks off after") as caught:
        ask(httpserver, retries=1)
    assert caught.value.document is not None
    assert caught.value.document.content == packed
    assert len(httpserver.log) == 2


def test_size_is_capped_while_streaming_and_bombs_stay_packed(httpserver: HTTPServer) -> None:
    def endless(_: Asked) -> Response:
        return Response((b"x" * 2**16 for _ in range(10_000)), mimetype="text/plain")

    httpserver.expect_oneshot_request("/data/file.csv").respond_with_handler(endless)
    with pytest.raises(FetchError, match="sends more than 1000000 bytes"):
        ask(httpserver, max_bytes=1_000_000)
    bomb = payloads.gzip_bomb()
    httpserver.expect_oneshot_request("/data/file.csv").respond_with_data(bomb)
    with pytest.raises(FetchError, match="unpack to more than 1000000") as caught:
        ask(httpserver, max_bytes=1_000_000)
    assert caught.value.document is not None
    assert caught.value.document.content == bomb


def test_an_unknown_encoding_is_refused(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"x", headers={"Content-Encoding": "br"})
    with pytest.raises(FetchError, match="encoded as 'br'"):
        ask(httpserver)


@pytest.fixture
def breaking() -> Iterator[tuple[str, list[int]]]:
    """A server that promises 100 bytes and hangs up after 5, or at once."""
    listener = socket.create_server(("127.0.0.1", 0))
    count: list[int] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                count.append(1)
                if len(count) % 2:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", count
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_broken_connections_are_retried_and_cut_off_answers_never_used(breaking: tuple[str, list[int]]) -> None:
    base, count = breaking
    with (
        PoliteSession(source(), settings(base, retries=2)) as session,
        pytest.raises(FetchError, match="after 3 tries: cut short: 5 of 100 bytes") as caught,
    ):
        session.get(Request("file"))
    assert caught.value.document is None
    assert len(count) == 3


def test_a_slow_answer_times_out(httpserver: HTTPServer) -> None:
    def slow(_: Asked) -> Response:
        time.sleep(1)
        return Response(b"x")

    httpserver.expect_request("/data/file.csv").respond_with_handler(slow)
    with pytest.raises(FetchError, match="timed out"):
        ask(httpserver, read_timeout=0.2, retries=0)


def test_nobody_there_is_one_line() -> None:
    with (
        PoliteSession(source(), settings("http://user:pass@127.0.0.1:9", retries=0)) as session,
        pytest.raises(FetchError) as caught,
    ):
        session.get(Request("file"))
    way_out = "save the page and `tradeledger ingest demo FILE`"
    assert str(caught.value) == f"unreachable: the connection failed or broke; {way_out}: http://127.0.0.1:9/file"


def test_a_certificate_that_cannot_be_verified_is_refused(tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    certificate = tmp_path / "self-signed.pem"
    certificate.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(host="localhost", ssl_context=context) as server:
        server.expect_request("/data/file.csv").respond_with_data(b"x")
        with pytest.raises(FetchError, match="TLS certificate could not be verified"):
            ask(server, retries=0)


def test_requests_to_a_host_keep_their_distance(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"x")
    begun = time.monotonic()
    for _ in range(3):
        ask(httpserver, interval=0.2)
    assert time.monotonic() - begun >= 0.4


def test_a_key_travels_in_its_header_and_nowhere_else(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/data/file.csv").respond_with_data(b"no", status=403)
    keyed = source(key_header="X-Key")
    with (
        PoliteSession(keyed, settings(httpserver.url_for(""))) as session,
        pytest.raises(FetchError) as caught,
    ):
        session.get(Request("data/file.csv"))
    asked, _ = httpserver.log[0]
    assert asked.headers["X-Key"] == SECRET
    document = caught.value.document
    assert document is not None
    assert SECRET not in f"{caught.value!r} {document.url} {document.name} {caplog.text} {settings('')!r}"


def test_a_key_is_not_taken_along_a_redirect(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(
        b"", status=302, headers={"Location": httpserver.url_for("/other")}
    )
    with (
        PoliteSession(source(key_header="X-Key"), settings(httpserver.url_for(""))) as session,
        pytest.raises(FetchError, match="answered 302"),
    ):
        session.get(Request("data/file.csv"))
    assert len(httpserver.log) == 1


def test_pages_and_indexes_are_followed_once_and_progress_is_told(httpserver: HTTPServer) -> None:
    def follow(document: Document) -> list[Request]:
        return [Request("a"), Request("b"), Request("a")] if document.name == "index" else []

    for path in ("index", "a", "b"):
        httpserver.expect_request(f"/{path}").respond_with_data(path)
    seen: list[tuple[int, int]] = []
    made = source(requests=lambda _: [Request("index", index=True)], follow=follow)
    documents = list(
        fetch_documents(made, settings(httpserver.url_for("")), progress=lambda done, of: seen.append((done, of)))
    )
    assert [document.content for document in documents] == [b"a", b"b"]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_page_that_only_leads_to_its_figures_has_none(httpserver: HTTPServer) -> None:
    def follow(document: Document) -> list[Request]:
        return [Request("frame", released="2026-04-14", instead=True)] if document.name == "page" else []

    for path in ("page", "frame", "whole", "other"):
        httpserver.expect_request(f"/{path}").respond_with_data(path)
    base = httpserver.url_for("").rstrip("/")
    made = source(requests=lambda _: [Request("page"), Request("whole")], follow=follow)
    documents = list(fetch_documents(made, settings(base)))
    assert [(one.name, one.released_not_after) for one in documents] == [("whole", True), ("frame", False)]
    elsewhere = source(requests=made.requests, sites={base: lambda _: [Request("other")]})
    assert [one.name for one in fetch_documents(elsewhere, settings(base))] == ["other"]


def test_a_worldbank_answer_over_pages(httpserver: HTTPServer) -> None:
    rows = [payloads.worldbank_row("NE.EXP.GNFS.CD", "DNK", year, year * 1e9) for year in range(1960, 1990)]

    def page(asked: Asked) -> Response:
        number = int(asked.args["page"])
        part = rows[(number - 1) * 10 : number * 10]
        return Response(payloads.worldbank(part, page=number, pages=3, per_page=10, total=30), mimetype="text/json")

    httpserver.expect_request("/v2/country/all/indicator/NE.EXP.GNFS.CD").respond_with_handler(page)
    worldbank = load_sources()["worldbank"]
    first = next(iter(worldbank.requests(None))) if worldbank.requests else None
    assert first is not None
    one = Source(**{**vars(worldbank), "requests": lambda _: [first]})
    made = Settings(
        _env_file=None,
        sources={"worldbank": SourceSettings(base_url=httpserver.url_for(""))},
        fetch=FetchSettings(interval=0),
    )
    frames = [one.parse(document).readings for document in fetch_documents(one, made)]
    assert [len(frame) for frame in frames] == [10, 10, 10]


def test_the_nightly_check_says_reach_and_shape(httpserver: HTTPServer) -> None:
    ft900 = load_sources()["ft900"]
    address = payloads.GOOD["ft900"][1]
    made = Settings(
        _env_file=None,
        sources={"FT900": SourceSettings(base_url=httpserver.url_for(""))},
        fetch=FetchSettings(interval=0, backoff=0),
    )
    httpserver.expect_oneshot_request(address).respond_with_data(payloads.ft900())
    good = check_source(ft900, made)
    assert (good.reached, good.shaped) == (True, True)
    assert "63 figures" in good.sentence
    httpserver.expect_oneshot_request(address).respond_with_data(payloads.ft900())
    few = check_source(replace(ft900, expected_rows=(64, None)), made)
    assert (few.reached, few.shaped) == (True, False)
    assert "63 figures, expected 64 or more" in few.sentence
    httpserver.expect_oneshot_request(address).respond_with_data(payloads.CAPTCHA)
    assert (check_source(ft900, made).reached, check_source(ft900, made).shaped) != (True, True)
    away = check_source(
        ft900, made.model_copy(update={"sources": {"ft900": SourceSettings(base_url="http://127.0.0.1:9")}})
    )
    assert (away.reached, away.shaped) == (False, False)
    assert check_source(load_sources()["table"], made).shaped
