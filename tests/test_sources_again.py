"""Sources asked again: conditionally, half an answer, with the key of a Secret block."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archives import lies
from prefect import get_client
from prefect.blocks.system import Secret
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request as Asked
from werkzeug import Response

from flows import collect, steps
from flows.server import keys
from flows.steps import job as jobs
from schemas.errors import FetchError, ParseError
from schemas.settings import load_settings
from sources import registry, worldbank
from storage import queries
from storage.ledger import Ledger
from tests import payloads

ADDRESS = "/v2/country/all/indicator/NE.EXP.GNFS.CD"
KEY = "1e5-n0t-to-be-seen"


@pytest.fixture(autouse=True)
def one_indicator(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> None:
    """The World Bank is a server of ours, asked for exports only, without waits."""
    monkeypatch.setattr(worldbank, "ASKED", ("NE.EXP.GNFS.CD",))
    monkeypatch.setenv("TRADELEDGER_SOURCES__WORLDBANK__BASE_URL", httpserver.url_for(""))
    for name in ("INTERVAL", "BACKOFF", "RETRIES"):
        monkeypatch.setenv(f"TRADELEDGER_FETCH__{name}", "0")


def page(number: int, pages: int) -> bytes:
    """One row a page."""
    rows = [payloads.worldbank_row("NE.EXP.GNFS.CD", "DNK", 2018 + number, 240_000_000_000 + number)]
    return payloads.worldbank(rows, page=number, pages=pages, per_page=1, total=pages)


def job() -> steps.Job:
    return steps.Job("worldbank", load_settings())


def run() -> Any:
    """One collection without Prefect; raises what it failed with."""
    done = steps.collected(job(), steps.Asked())
    if isinstance(done, steps.Broken):
        raise done.error
    return done


def conditional(asked: Asked) -> Response:
    if asked.headers.get("If-None-Match") == '"v1"':
        return Response(status=304)
    return Response(page(1, 1), headers={"ETag": '"v1"'})


def test_a_source_is_asked_again_with_what_the_ledger_knows(httpserver: HTTPServer) -> None:
    httpserver.expect_request(ADDRESS).respond_with_handler(conditional)
    first, second = run(), run()
    assert (first.run.outcome, second.run.outcome) == ("published", "unchanged")
    assert [response.status_code for _, response in httpserver.log] == [200, 304]
    assert second.documents[0].sha256 == first.documents[0].sha256
    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        assert len(list(queries.documents(ledger))) == 1


def test_a_document_lost_from_the_archive_is_asked_for_in_full(httpserver: HTTPServer) -> None:
    httpserver.expect_request(ADDRESS).respond_with_handler(conditional)
    lost = lies(job().archive, run().documents[0].sha256)
    lost.unlink()
    run()
    assert [response.status_code for _, response in httpserver.log] == [200, 200]
    assert lost.exists()


def test_an_answer_that_failed_is_asked_for_in_full(httpserver: HTTPServer) -> None:
    bad = Response(b"[{}]", headers={"ETag": '"v0"'})
    answers = iter([bad, Response(page(1, 1))])
    httpserver.expect_request(ADDRESS).respond_with_handler(lambda _: next(answers))
    with pytest.raises(FetchError, match="another shape"):
        run()
    assert run().run.outcome == "published"
    assert "If-None-Match" not in httpserver.log[-1][0].headers


def test_not_modified_without_an_archived_document_is_said(httpserver: HTTPServer) -> None:
    httpserver.expect_request(ADDRESS).respond_with_data(b"", status=304)
    with pytest.raises(FetchError, match=r"304 .* no earlier answer of it is archived"):
        run()


@pytest.mark.parametrize(
    ("body", "status", "error", "said", "pages"),
    [
        (b"closed", 500, FetchError, "answered 500 .*page=2", (1,)),
        (b"[{", 200, ParseError, "page 2 is damaged or cut-off JSON", (1, 3)),
    ],
)
def test_of_half_an_answer_all_bytes_are_kept_and_nothing_is_published(
    body: bytes, status: int, error: type[Exception], said: str, pages: tuple[int, ...], httpserver: HTTPServer
) -> None:
    for number, answer in ((1, Response(page(1, 3))), (2, Response(body, status)), (3, Response(page(3, 3)))):
        httpserver.expect_request(ADDRESS, query_string=_query(number)).respond_with_response(answer)
    with pytest.raises(error, match=said):
        run()
    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        kept = [row["document"] for row in queries.documents(ledger)]
        assert [row["outcome"] for row in queries.runs(ledger)] == ["failed"]
        assert list(queries.show(ledger)) == []
    assert {job().archive.get(sha) for sha in kept} == {body, *(page(number, 3) for number in pages)}


def _query(number: int) -> dict[str, str]:
    return {"format": "json", "per_page": str(worldbank.PER_PAGE), "page": str(number)}


@pytest.mark.usefixtures("prefect_harness")
def test_the_key_of_a_block_travels_in_the_header_and_is_seen_nowhere(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    known = dict(registry.load_sources())
    monkeypatch.setitem(known, "worldbank", replace(worldbank.SOURCE, key_header="X-Key"))
    monkeypatch.setattr(jobs, "find_source", known.__getitem__)
    httpserver.expect_request(ADDRESS).respond_with_data(page(1, 1))
    Secret(value=SecretStr(KEY)).save(keys.name("worldbank"), overwrite=True)
    try:
        collect.collect("worldbank", return_state=True)
    finally:
        Secret.delete(keys.name("worldbank"))
    assert httpserver.log[0][0].headers["X-Key"] == KEY
    with get_client(sync_client=True) as client:
        seen = [str(client.read_artifacts()), str(client.read_flow_runs()), str(client.read_logs())]
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert len(files) > 1
    assert not [text for text in (*seen, caplog.text) if KEY in text]
    assert not [content for content in files if KEY.encode() in content]


@pytest.mark.usefixtures("prefect_harness")
def test_a_set_key_comes_before_a_block_and_no_block_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys.stored("worldbank") is None
    one = job()
    monkeypatch.setattr(jobs, "find_source", lambda _: replace(worldbank.SOURCE, key_header="X-Key"))
    assert steps.keyed(one, keys.stored).source("worldbank").key is None
    monkeypatch.setenv("TRADELEDGER_SOURCES__WORLDBANK__KEY", "set")
    own = steps.keyed(job(), pytest.fail).source("worldbank").key
    assert own is not None
    assert own.get_secret_value() == "set"


def test_a_source_without_keys_asks_for_none() -> None:
    assert steps.keyed(job(), pytest.fail) == load_settings()
