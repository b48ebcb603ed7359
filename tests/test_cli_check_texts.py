"""``check`` and ``ingest`` of press texts: figures underlined where they stand, pages by their address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from cli.formats.underlined import coloured, marked
from cli.main import run
from flows.page import texts
from flows.steps import Job
from schemas.documents import Document
from schemas.settings import load_settings

TEXT = """In 2019, China's total trade in cultural products was US$111.45 billion. Exports were
US$99.89 billion and imports were US$13.57 billion.

2019年，我国文化服务出口104.2亿美元。
"""
SOUND = TEXT.replace("13.57", "11.57")


def test_a_text_is_known_and_its_figures_are_underlined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    file = tmp_path / "release.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert run(["check", str(file)]) == 3
    lines = capsys.readouterr().out.split("\n")
    at = lines.index("US$99.89 billion and imports were US$13.57 billion.")
    assert lines[at + 1] == "^" * 16 + " " * 18 + "^" * 16
    chinese = next(number for number, line in enumerate(lines) if line.startswith("2019年"))
    assert lines[chinese + 1] == " " * 24 + "." * 11  # Chinese signs are two columns wide
    file.write_text(SOUND, encoding="utf-8")
    assert run(["check", str(file)]) == 0
    assert "=" * 16 + " " * 18 + "=" * 16 in capsys.readouterr().out
    assert not home.exists()


def test_what_is_listed_counts_and_json_has_the_fields_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    file = tmp_path / "release.txt"
    file.write_text("In 2019, China's exports of widgets were $5.1 billion.", encoding="utf-8")
    assert run(["check", str(file), "--format", "json"]) == 3
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["rule"], row["source"], row["position"]) == ("readable", "prose", "release.txt, row 1, column 42")
    assert "widgets" in row["sentence"]


def test_options_say_what_the_text_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str], home: Path) -> None:
    file = tmp_path / "release.txt"
    file.write_text("In 2019, exports were $5.1 billion, imports were $4.1 billion.", encoding="utf-8")
    assert run(["check", str(file)]) == 3
    assert run(["check", str(file), "--reporter", "FRA"]) == 0
    assert "2 figures;" in capsys.readouterr().out.splitlines()[-1]


def test_underlines_move_no_cursor_and_are_as_wide_as_what_they_mark() -> None:
    spans = [(0, 2, "agrees"), (3, 5, "contradicts")]
    assert list(coloured("ab\x1b12", spans)) == ["\x1b[4;32mab\x1b[0m\\x1b\x1b[4;1;31m12\x1b[0m"]
    assert list(marked("额一 5", [(1, 2, "not judged"), (3, 4, "agrees")])) == ["额一 5", "  .. ="]
    assert list(marked("none", [])) == ["none"]


def test_a_page_is_taken_by_its_address_and_kept_whole(
    httpserver: HTTPServer, capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADELEDGER_FETCH__INTERVAL", "0")
    monkeypatch.setenv("TRADELEDGER_FETCH__RETRIES", "0")
    page = f"<html><head><title>News</title></head><body><p>{SOUND}</p><nav>3 more</nav></body></html>"
    httpserver.expect_request("/news", query_string="id=7").respond_with_data(page, content_type="text/html")
    httpserver.expect_request("/gone").respond_with_data("not here", status=404)
    address = httpserver.url_for("/news?id=7")
    assert run(["check", address]) == 0
    assert "4 figures" in capsys.readouterr().out
    assert not home.exists()
    assert run(["ingest", "prose", address, "--released", "2022-07-07"]) == 0
    capsys.readouterr()
    assert run(["documents", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["url"], row["released"]) == (address, "2022-07-07")
    for command in (["check"], ["ingest", "prose"]):
        assert run([*command, httpserver.url_for("/gone")]) == 1
        assert "answered 404" in capsys.readouterr().err


def test_the_report_of_a_run_shows_the_text(home: Path) -> None:
    document = Document("prose", TEXT.encode(), "release.txt", released="2022-07-07")
    page = "\n".join(texts.section(Job("prose", load_settings()), [document]))
    assert "🔴 **US$99.89 billion** and imports were 🔴 **US$13.57 billion**." in page
    assert "⚪ **104.2亿美元**" in page
    assert texts.section(Job("table", load_settings()), [document]) == []
