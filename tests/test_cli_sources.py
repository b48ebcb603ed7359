"""``sources --check``: does each live source answer, in the shape its parser expects?"""

import json
import re

import pytest
from pytest_httpserver import HTTPServer

from cli.main import run
from sources.registry import load_sources


@pytest.fixture
def answers(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """Every live source is asked at a server of ours, without waiting in between."""
    for source in load_sources().values():
        if source.requests:
            monkeypatch.setenv(f"TRADELEDGER_SOURCES__{source.id.upper()}__BASE_URL", httpserver.url_for(""))
    monkeypatch.setenv("TRADELEDGER_FETCH__INTERVAL", "0")
    monkeypatch.setenv("TRADELEDGER_FETCH__BACKOFF", "0")
    return httpserver


def test_a_source_that_answers_in_another_shape(answers, capsys):
    answers.expect_request(re.compile(".*")).respond_with_data("<html>504 Gateway Time-out</html>")
    assert run(["sources", "--check", "--format", "json"]) == 1
    rows = {row["source"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == load_sources().keys()
    assert rows["bulletins"]["reached"]
    assert rows["bulletins"]["shaped"]
    assert rows["worldbank"]["reached"]
    assert not rows["worldbank"]["shaped"]
    assert "504" in rows["worldbank"]["sentence"] or "HTML" in rows["worldbank"]["sentence"]
