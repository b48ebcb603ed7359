"""One layer asks again; whatever an agency does, a fetch ends, and only a whole answer of its own host is taken."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flows import collect, steps
from schemas.errors import FetchError, Unreachable
from schemas.settings import FetchSettings, load_settings
from sources.shared.sniff import gunzip
from sources.shared.web import transport
from sources.shared.web.exchange import Answer
from sources.shared.web.patience import asked_wait
from sources.shared.web.redirects import redirected
from sources.shared.web.session import PoliteSession
from sources.source import Request
from tests import payloads
from tests.test_sources_session import ask, settings, source

HEAD = b"HTTP/1.1 200 OK\r\n"
Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(serve: Serve) -> Iterator[tuple[str, list[int]]]:
    """A server that does with each connection what is said, and how many there were."""
    listener, count = socket.create_server(("127.0.0.1", 0)), list[int]()

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            serve(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                count.append(1)
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", count
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def failed(base: str, **fetch: Any) -> str:
    with PoliteSession(source(), settings(base, **fetch)) as session, pytest.raises(FetchError) as caught:
        session.get(Request("file"))
    return str(caught.value)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(b"12345 " * 100, mtime=0)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (HEAD + b"Content-Length: 5000\r\n\r\n" + b"x" * 1000, "cut short: 1,000 of 5,000 bytes"),
        (HEAD + b"Content-Length: 5000\r\n\r\n", "cut short: 0 of 5,000 bytes"),
        (HEAD + b"Content-Length: 3\r\n\r\n98765", "more than the 3 bytes it announced"),
        (CHUNKED + b"3\r\nabc\r\n", "cut short: its end never came"),
        (CHUNKED + b"9\r\nabc", "cut short: its end never came"),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n" + PACKED[:-9], "gzip data that breaks off"),
        (HEAD + b"\r\n" + PACKED[:-4] + b"1234", "damaged gzip"),
    ],
)
def test_an_answer_that_is_not_whole_is_asked_for_again_and_never_read(sent: bytes, said: str) -> None:
    with serving(lambda connection: connection.sendall(sent)) as (base, count):
        assert said in failed(base, retries=1)
    assert len(count) == 2


def test_a_whole_answer_after_a_cut_one_is_taken() -> None:
    bodies = iter([b"123", b"12345"])
    with (
        serving(lambda c: c.sendall(HEAD + b"Content-Length: 5\r\n\r\n" + next(bodies))) as (base, count),
        PoliteSession(source(), settings(base)) as session,
    ):
        assert session.get(Request("file")).content == b"12345"
    assert len(count) == 2


def test_several_parts_of_gzip_are_one() -> None:
    assert gunzip(gzip.compress(b"1") + gzip.compress(b"2") + b"\0" * 9, "f") == b"12"


def drip(head: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(400):
            connection.sendall(b"1")
            time.sleep(0.02)

    return serve


@pytest.mark.parametrize("head", [HEAD + b"Content-Length: 999\r\n\r\n", HEAD + b"X: ", b"", CHUNKED])
def test_a_fetch_ends_though_bytes_keep_coming(head: bytes) -> None:
    with serving(drip(head)) as (base, _):
        begun = time.monotonic()
        said = failed(base, document_timeout=0.4)
    assert time.monotonic() - begun < 2
    assert "did not answer" in said


def black_hole() -> tuple[socket.socket, list[socket.socket]]:
    """A port whose backlog is full: a SYN is not answered."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
        waiting.append(one)
    return listener, waiting


@pytest.mark.parametrize(
    "kind",
    ["refused", "black hole", "no such name", "a name that takes for ever", "silent TLS", "silent", "hangs up"],
)
def test_who_cannot_be_reached_ends_the_run_soon_whatever_the_retries(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.ExitStack() as stack:
        base = {"refused": "http://127.0.0.1:9", "no such name": "http://nowhere.invalid"}.get(
            kind, "http://slow.example"
        )
        if kind == "black hole":
            listener, waiting = black_hole()
            for one in (listener, *waiting):
                stack.enter_context(one)
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        elif kind in ("silent", "silent TLS", "hangs up"):
            base, _ = stack.enter_context(serving(lambda _: time.sleep(0.0 if kind == "hangs up" else 1)))
            base = base.replace("http:", "https:") if kind == "silent TLS" else base
        elif kind == "a name that takes for ever":
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: time.sleep(2))
        begun = time.monotonic()
        said = failed(base, retries=1000, backoff=0.05, reach_timeout=0.5, connect_timeout=0.3)
        assert time.monotonic() - begun < 1.5
    reason, _, address = said.removeprefix("unreachable: ").partition(
        "; save the page and `tradeledger ingest demo FILE`: "
    )
    assert address == f"{base}/file"  # the last, to be copied whole
    assert reason
    assert Unreachable.WORD in said[:60]
    limits = FetchSettings()
    assert limits.reach_timeout < 30
    assert limits.document_timeout < 600


@pytest.mark.parametrize("late", ["head", "body"])
def test_a_slow_server_is_not_out_of_reach_once_it_said_something(late: str) -> None:
    def slowly(connection: socket.socket) -> None:
        connection.sendall(b"HTTP" if late == "head" else HEAD + b"Content-Length: 2\r\n\r\n")
        time.sleep(0.4)
        connection.sendall(b"/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" if late == "head" else b"ok")

    with (
        serving(slowly) as (base, count),
        PoliteSession(source(), settings(base, reach_timeout=0.2)) as session,
    ):
        assert session.get(Request("file")).content == b"ok"
    assert len(count) == 1


def test_a_host_that_answered_before_may_think_for_longer_about_the_next_page() -> None:
    waits = iter([0.0, 0.4])

    def think(connection: socket.socket) -> None:
        time.sleep(next(waits))
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")

    with serving(think) as (base, count), PoliteSession(source(), settings(base, reach_timeout=0.2)) as session:
        assert [session.get(Request(name)).content for name in ("one", "two")] == [b"ok", b"ok"]
    assert len(count) == 2


def test_no_tls_is_asked_once() -> None:
    with serving(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as (base, count):
        assert "no TLS connection could be made" in failed(base.replace("http:", "https:"))
    assert len(count) == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0", 0), ("-5", None), ("", None), ("soon", None), ("1.5", None), ("9" * 400, 10**18 - 1)],
)
def test_retry_after(said: str, seconds: float | None) -> None:
    answer = Answer(429, "", dict_(said))
    assert asked_wait(answer) == (None if seconds is None else pytest.approx(seconds))


def test_retry_after_as_a_date() -> None:
    now = datetime.now(UTC)
    assert asked_wait(Answer(503, "", dict_(format_datetime(now + timedelta(days=1), usegmt=True)))) > 86_000  # type: ignore[operator]
    assert asked_wait(Answer(503, "", dict_(format_datetime(now - timedelta(days=1))))) == 0


def dict_(said: str) -> Any:
    return {"Retry-After": said}


@pytest.mark.parametrize(
    ("url", "target", "ends"),
    [
        ("https://a.example/x", "/y", "https://a.example/y"),
        ("http://a.example/x", "https://a.example/y", "https://a.example/y"),
        ("https://u:p@a.example/x", "//A.example/y", "https://A.example/y"),
        ("https://a.example/x", "http://a.example/y", "without TLS"),
        ("https://a.example/x", "https://b.example/y", "another host, https://b.example/y"),
        ("http://a.example/x", "http://a.example:8080/y", "another host"),
        ("http://a.example/x", "https://b.example/y", "another host"),
        ("http://a.example/x", "file:///etc/passwd", "no address of the web"),
        ("http://a.example/x", "http://[::1/y", "no address"),
    ],
)
def test_a_redirect_keeps_host_and_tls_at_every_step(url: str, target: str, ends: str) -> None:
    if ends.startswith("http"):
        assert redirected(url, target, url) == ends
    else:
        with pytest.raises(FetchError, match=ends):
            redirected(url, target, url)


def test_the_address_that_was_asked_is_kept(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(b"", status=302, headers={"Location": "/new?b=2"})
    httpserver.expect_request("/new", query_string={"b": "2"}).respond_with_data(b"x")
    assert ask(httpserver).url == httpserver.url_for("/data/file.csv?a=1")


def test_redirects_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data/file.csv").respond_with_data(
        b"", status=301, headers={"Location": "/data/file.csv"}
    )
    with pytest.raises(FetchError, match="redirected more than 5 times"):
        ask(httpserver)


def test_an_interrupted_exchange_lets_go() -> None:
    watches: list[transport.Watch] = []

    def work(watch: transport.Watch) -> None:
        watches.append(watch)
        watch.connected.set()
        watch.heard.set()
        watch.over.wait(5)

    with pytest.raises(transport.NotDone):
        transport.within(work, transport.Waits(1, 1, 0.05))
    assert watches[0].over.is_set()


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_harness")
@pytest.mark.parametrize(("status", "wait", "asked"), [(403, "", 1), (503, "86400", 1), (503, "", 5)])
def test_through_the_flow_nothing_multiplies(
    status: int, wait: str, asked: int, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADELEDGER_SOURCES__FT900__BASE_URL", httpserver.url_for(""))
    for name in ("INTERVAL", "BACKOFF"):
        monkeypatch.setenv(f"TRADELEDGER_FETCH__{name}", "0")
    headers = {"Retry-After": wait} if wait else {}
    httpserver.expect_request(payloads.GOOD["ft900"][1]).respond_with_data(
        b"\x1b[31mno\0", status=status, headers=headers
    )
    with pytest.raises(FetchError) as caught:
        collect.run("ft900", steps.Asked())
    assert len(httpserver.log) == asked
    assert str(caught.value).isprintable()
    with steps.Job("ft900", load_settings()).ledger() as ledger:
        from storage import queries

        (row,) = queries.runs(ledger)
    assert row["message"] == str(caught.value)
    assert ("asks to wait 86,400 s" in row["message"]) is (wait == "86400")
