"""From a figure back to what it rests on: the document, its bytes, and the run that read it."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from archives import lies
from test_cli_reading import BROKEN, FIRST, HEADER, SECOND, keep, keep_three, row, rows

from cli import show
from cli.main import run
from schemas.settings import load_settings
from storage.archive import Archive


@pytest.fixture
def kept(home: Path, once: Callable[..., Path]) -> Path:
    return once(home, keep_three)


def sha_of(content: str) -> str:
    return sha256(content.encode()).hexdigest()


def test_a_document_comes_back_byte_for_byte(kept, capsysbinary, tmp_path):
    sha = sha_of(SECOND)
    assert run(["documents", sha[:9].upper(), "--extract"]) == 0
    assert capsysbinary.readouterr().out == SECOND.encode()
    target = tmp_path / "again.csv"
    target.write_text("what was there before")
    assert run(["documents", sha, "--extract", "--output", str(target)]) == 0
    assert target.read_bytes() == SECOND.encode()
    assert sorted(os.listdir(tmp_path)) == ["again.csv", "home"]
    assert capsysbinary.readouterr().out == b""


def test_one_document_of_several(kept, capsys):
    (one,) = rows(capsys, "documents", sha_of(FIRST)[:9])
    assert one["document"] == sha_of(FIRST)
    assert run(["documents", "", "--extract"]) == 2
    assert run(["documents", "--output", "x"]) == 2
    capsys.readouterr()
    assert run(["documents", "0000000", "--extract"]) == 2
    assert "there is no document '0000000'" in capsys.readouterr().err


def test_the_beginning_of_several_is_not_enough(home, capsys):
    keep("table", *(FIRST.replace("2020", str(2001 + number)) for number in range(17)))  # of 17 digits two are the same
    first = [one["document"][0] for one in rows(capsys, "documents")]
    twice = next(digit for digit in first if first.count(digit) > 1)
    assert run(["documents", twice, "--extract"]) == 2
    assert "several documents begin with" in capsys.readouterr().err


def test_a_damaged_document_is_one_line(kept, capsysbinary, tmp_path):
    path = lies(Archive(load_settings().documents), sha_of(FIRST))
    path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    target = tmp_path / "never.csv"
    assert run(["documents", sha_of(FIRST), "--extract", "-o", str(target)]) == 1
    seen = capsysbinary.readouterr()
    assert seen.out == b""
    assert seen.err.count(b"\n") == 1
    assert b"is damaged" in seen.err
    assert not target.exists()
    path.unlink()
    assert run(["documents", sha_of(FIRST), "--extract"]) == 1
    assert b"is not in" in capsysbinary.readouterr().err


def test_the_history_of_findings(kept, capsys):
    balance = HEADER + row("B", "84.42", "2022-03-17")
    # All that the two documents said is said again: what one of them alone said would still be a question.
    good = BROKEN.replace("2022", "2023").replace("95.99", "99.98") + row("B", "88.41", "2023-03-17")
    for content in (balance, good, BROKEN.replace("2022", "2024").replace("95.99", "96.98")):
        keep("table", content)
    block = "cultural/CHN/WLD/goods/_T/2019/USD"
    assert run(["review", block, "accept", "--reason", "as printed", "--who", "ann"]) == 0
    capsys.readouterr()
    found = [one for one in rows(capsys, "findings", "--history") if one["rule"] == "total"]
    seen = [(one["run"], one["released"], one["state"], one["ended"], one["ended_run"]) for one in found]
    assert seen == [
        (3, "2022-03-17", "resolved", "superseded", 5),  # a balance came beside it: the same, in other words
        (6, "2024-03-17", "resolved", "accepted", 7),
    ]
    assert found[0]["document"] == sha_of(BROKEN)
    assert [one["ended_documents"] for one in found] == [[sha_of(good)], []]
    assert (found[1]["decided_by"], found[1]["reason"]) == ("ann", "as printed")
    times = {one["run"]: one["recorded_at"] for one in rows(capsys, "runs")}
    assert [(one["recorded_at"], one["ended_at"]) for one in found] == [
        (times[one["run"]], times[one["ended_run"]]) for one in found
    ]
    (then,) = rows(capsys, "findings", "--history", "--as-of", times[3])
    assert (then["state"], then["ended"], then["ended_at"]) == ("new", "", "")
    assert run(["findings", "--history"]) == 0
    said = capsys.readouterr().out
    assert f"superseded by run 5 ({sha_of(good)[:12]})" in said
    assert "accepted by ann: as printed" in said


def test_the_trace_of_a_figure(kept, capsys):
    (plain,) = rows(capsys, "show", "--flow", "X")
    (traced,) = rows(capsys, "show", "--flow", "X", "--trace")
    assert list(traced) == [*plain, *show.TRACE_FIELDS]
    assert {name: traced[name] for name in plain} == plain
    assert (traced["document"], traced["name"], traced["position"]) == (sha_of(SECOND), "1.csv", "row 3, column 8")
    assert (traced["run"], traced["run_kind"], traced["read_by"], traced["parser_version"]) == (2, "collect", 2, 1)
    (held,) = rows(capsys, "show", "--flow", "X", "--trace", "--with-held")
    assert (held["document"], held["read_by"]) == (sha_of(BROKEN), 3)
    assert run(["review", "cultural/CHN/WLD/goods/_T/2019/USD", "accept", "--reason", "as printed"]) == 0
    capsys.readouterr()
    (accepted,) = rows(capsys, "show", "--flow", "X", "--trace")
    assert (accepted["run"], accepted["run_kind"], accepted["read_by"]) == (4, "decision", 3)
    assert accepted["parser_version"] == 1
    assert run(["show", "--trace"]) == 0
    assert "4 (decision)" in capsys.readouterr().out


def test_the_trace_names_the_prefect_run(home, capsys):
    keep("table", FIRST, prefect_run="89132a21")
    assert {one["prefect_run"] for one in rows(capsys, "show", "--trace")} == {"89132a21"}
