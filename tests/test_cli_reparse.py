"""Kept documents read again: rehearsed, asked about, recorded as corrections; a release date learned later."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from archives import lies
from test_cli_reading import BROKEN, FIRST, keep, rows

from cli import reparse
from cli.formats import changes
from cli.main import run
from flows.steps import job as jobs
from schemas.documents import Document, Notice, Parsed, Unreadable
from schemas.errors import ParseError, UsageError
from schemas.settings import load_settings
from sources.registry import find_source
from sources.shared.tables import tidy
from storage.archive import Archive


def misread(document: Document) -> Parsed:
    """Imports one unit too low, so that the total still holds."""
    parsed = find_source("table").parse(document)
    frame = parsed.readings.copy()
    frame.loc[frame["flow"] == "M", "mantissa"] -= 1
    return replace(parsed, readings=frame)


def use(monkeypatch, parse) -> None:
    source = replace(find_source("table"), parse=parse, parser_version=99)
    monkeypatch.setattr(jobs, "find_source", lambda _: source)


def keep_misread() -> None:
    with pytest.MonkeyPatch.context() as then:
        use(then, misread)
        keep("table", FIRST)


@pytest.fixture
def kept(home, once, capsys):
    once(home, keep_misread)
    return rows(capsys, "show")


def test_a_better_parser_makes_corrections(kept, capsys):
    assert run(["reparse", "--format", "json"]) == 0
    seen = capsys.readouterr()
    (change,) = json.loads(seen.out)
    assert list(change) == list(changes.FIELDS)
    assert (change["flow"], change["previous"], change["value"]) == ("M", "11560000000", "11570000000")
    assert change["kind"] == "correction"
    assert "nothing was written" in seen.err
    assert rows(capsys, "show") == kept
    assert len(rows(capsys, "runs")) == 1
    assert run(["reparse", "table", "--yes"]) == 0
    assert "recorded as reparse of table" in capsys.readouterr().err
    assert [one["kind"] for one in rows(capsys, "revisions")] == ["correction"]
    assert [one["value"] for one in rows(capsys, "show", "--flow", "M")] == ["11570000000"]
    (traced,) = rows(capsys, "show", "--flow", "M", "--trace")
    assert (traced["run_kind"], traced["read_by"], traced["parser_version"]) == ("reparse", 2, 1)
    first = rows(capsys, "runs")[-1]["recorded_at"]
    assert [one["value"] for one in rows(capsys, "show", "--flow", "M", "--as-of", first)] == ["11560000000"]
    assert run(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err
    assert len(rows(capsys, "runs")) == 2


@pytest.mark.usefixtures("prefect_harness")
def test_a_mended_transcription_takes_the_place_of_the_old_one(home, capsys):
    keep("table", FIRST)
    (old,) = rows(capsys, "documents")
    mended = FIRST.replace("11.57", "11.56")
    assert mended != FIRST
    path = home.parent / "mended.csv"
    path.write_text(mended)
    assert run(["ingest", "table", str(path), "--replaces", old["document"][:8]]) == 0
    assert "correction" in capsys.readouterr().out
    (change,) = rows(capsys, "revisions")
    assert (change["kind"], change["previous"], change["value"]) == ("correction", "11570000000", "11560000000")
    assert [one["value"] for one in rows(capsys, "show", "--flow", "M")] == ["11560000000"]
    assert rows(capsys, "findings") == []
    new, was = rows(capsys, "documents")
    assert (new["replaced_in"], was["replaced_in"], was["document"]) == ("", 2, old["document"])
    # What was replaced is not read again.
    assert run(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err
    for sha, why in ((old, "was replaced in run 2"), (new, "cannot take its own place")):
        assert run(["ingest", "table", str(path), "--replaces", sha["document"]]) == 2
        assert why in capsys.readouterr().err
    assert run(["ingest", "table", str(path), "--replaces", "ffff"]) == 2
    assert "there is no document 'ffff'" in capsys.readouterr().err


def test_no_document_is_replaced_where_there_is_no_ledger(home, capsys):
    path = home.parent / "mended.csv"
    path.write_text(FIRST)
    assert run(["ingest", "table", str(path), "--replaces", "abc"]) == 2
    assert "table has no document 'abc': there is no ledger yet" in capsys.readouterr().err
    assert not home.exists() or not any(home.iterdir())


@pytest.mark.parametrize("agreed", [True, False])
def test_a_person_is_asked(kept, capsys, monkeypatch, agreed):
    monkeypatch.setattr(reparse.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(reparse.typer, "confirm", lambda *_, **__: agreed)
    assert run(["reparse"]) == 0
    capsys.readouterr()
    assert len(rows(capsys, "runs")) == 1 + agreed


def test_what_a_reparse_holds_is_news(home, monkeypatch, capsys):
    def blind(document: Document) -> Parsed:
        parsed = find_source("table").parse(document)
        return replace(parsed, readings=parsed.readings[parsed.readings["flow"] != "X"].reset_index(drop=True))

    with monkeypatch.context() as then:
        use(then, blind)
        keep("table", BROKEN)
    assert run(["reparse", "--yes"]) == 3
    seen = capsys.readouterr()
    assert "quarantined" in seen.err
    assert {one["pending"] for one in rows(capsys, "show", "--with-held")} == {"held"}


@pytest.mark.parametrize("decided", [False, True])
def test_a_better_parser_has_nothing_to_say_against_the_document(home, monkeypatch, capsys, decided):
    """The same readings, but what held them is not said any more; what a person said of them still is."""

    def suspicious(document: Document) -> Parsed:
        return replace(find_source("table").parse(document), notices=[Notice("unit", "the unit is doubtful")])

    with monkeypatch.context() as then:
        use(then, suspicious)
        keep("table", FIRST)
    assert (rows(capsys, "show"), len(rows(capsys, "review"))) == ([], 1)
    if decided:
        (block,) = rows(capsys, "review")
        assert run(["review", block["block"], "reject", "--reason", "doubtful"]) == 0
    assert run(["reparse", "--yes"]) == 0
    capsys.readouterr()
    assert len(rows(capsys, "show")) == (0 if decided else 3)
    assert (rows(capsys, "review"), rows(capsys, "findings")) == ([], [])


@pytest.mark.parametrize("released", ["", "2022-03-17"])
def test_what_was_rejected_is_not_asked_about_again(home, capsys, released):
    """The right figures came later, with the same release date: both together would contradict each other."""
    keep("table", BROKEN)
    (block,) = rows(capsys, "review")
    assert run(["review", block["block"], "reject", "--reason", "a misprint"]) == 0
    keep("table", BROKEN.replace("95.99", "99.99"))
    capsys.readouterr()
    shown = rows(capsys, "show")
    # Of its own release, so it stays marked where it says something else.
    assert {one["flow"]: one["pending"] for one in shown if one["pending"]} == {"X": "rejected"}
    more = ["--document", block["document"], "--released", released] if released else []
    assert run(["reparse", "--yes", *more]) == 0
    assert "no figure would change" in capsys.readouterr().err
    assert (rows(capsys, "show"), rows(capsys, "review")) == (shown, [])


def test_a_document_that_cannot_be_read_again_stays(kept, monkeypatch, capsys):
    keep("table", FIRST.replace("goods", "services"))

    def picky(document: Document) -> Parsed:
        if b"services" in document.content:
            raise ParseError("no services any more")
        return find_source("table").parse(document)

    use(monkeypatch, picky)
    before = rows(capsys, "show", "--product", "services")
    assert run(["reparse", "--yes"]) == 0
    assert "stays as it was: no services any more" in capsys.readouterr().err
    assert rows(capsys, "show", "--product", "services") == before
    assert [one["value"] for one in rows(capsys, "show", "--flow", "M", "--product", "goods")] == ["11570000000"]


def test_a_release_date_learned_later(kept, capsys):
    sha = kept[0]["document"]
    assert run(["reparse", "--document", sha[:8], "--released", "2999-01-01", "--yes"]) == 2
    assert "is to come" in capsys.readouterr().err
    assert run(["reparse", "--document", sha[:8], "--released", "2020-04-01", "--yes"]) == 0
    capsys.readouterr()
    assert {one["released"] for one in rows(capsys, "show")} == {"2020-04-01"}
    assert rows(capsys, "show", "--released-by", "2020-03-31") == []
    assert rows(capsys, "runs")[0]["kind"] == "assignment"


def test_what_is_damaged_stays_as_it_was_and_the_others_are_read_again(kept, monkeypatch, capsys):
    keep("table", FIRST.replace("goods", "services"))
    lies(Archive(load_settings().documents), rows(capsys, "documents")[0]["document"]).write_bytes(b"no zlib")
    assert run(["reparse", "--yes"]) == 0
    seen = capsys.readouterr()
    assert "stays as it was" in seen.err
    assert "is damaged" in seen.err
    assert [one["kind"] for one in rows(capsys, "revisions")] == ["correction"]
    # Nor does a source that was renamed keep the others from being read.
    source = find_source("table")
    known = {"table": source, "bulletins": find_source("bulletins")}

    def gone(source_id: str):
        if source_id == "bulletins":
            raise UsageError("there is no source 'bulletins'")
        return known[source_id]

    keep("bulletins", FIRST.replace("goods", "other"))
    monkeypatch.setattr(jobs, "find_source", gone)
    assert run(["reparse"]) == 0
    assert "bulletins stays as it was: there is no source" in capsys.readouterr().err
    assert run(["reparse", "bulletins"]) == 2


def test_wrong_usage_and_damage_are_one_line(kept, capsys):
    assert run(["reparse", "--released", "2020-04-01"]) == 2
    assert run(["reparse", "nope"]) == 2
    assert run(["reparse", "--document", "00000000"]) == 2
    capsys.readouterr()
    lies(Archive(load_settings().documents), kept[0]["document"]).write_bytes(b"no zlib")
    assert run(["reparse", "--yes"]) == 1
    seen = capsys.readouterr()
    assert "is damaged" in seen.err
    assert seen.err.count("\n") == 1


def listed(position: str, severity: str = "error"):
    """A parser that lists imports, of row 4, in place of reading them."""

    def parse(document: Document) -> Parsed:
        parsed = find_source("table").parse(document)
        fault = Unreadable(position, "11.57", "a code we know", document.sha256, "us-trade", severity)
        left = parsed.readings[parsed.readings["flow"] != "M"].reset_index(drop=True)
        return replace(parsed, readings=left, unreadable=[fault])

    return parse


@pytest.mark.parametrize("where", ["row {row}, column 2 (reporter)", "row {row}", "row {row}, {column}"])
def test_what_becomes_unreadable_keeps_its_figure_pending(home, monkeypatch, capsys, where):
    keep("table", FIRST)
    before = rows(capsys, "show", "--trace")
    (imports,) = [one for one in before if one["flow"] == "M"]
    row, column = imports["position"].split(", ")
    with monkeypatch.context() as now:
        use(now, listed(where.format(row=row.removeprefix("row "), column=column)))
        assert run(["reparse", "--yes"]) == 3
        assert "1 unreadable" in capsys.readouterr().err
        for again in (False, True):
            after = rows(capsys, "show", "--trace")
            marks = {one["flow"]: (one["value"], one["pending"]) for one in after}
            assert marks == {one["flow"]: (one["value"], "unreadable" * (one["flow"] == "M")) for one in before}
            assert rows(capsys, "revisions") == []
            if not again:
                run(["reparse", "--yes"])
                capsys.readouterr()
    assert run(["reparse", "--yes"]) == 0
    capsys.readouterr()
    assert [(one["value"], one["pending"]) for one in rows(capsys, "show")] == [
        (one["value"], one["pending"]) for one in before
    ]


@pytest.mark.parametrize(
    ("position", "severity"), [("row {row}", "warning"), ("row 99", "error"), ("row {row}, column 99", "error")]
)
def test_what_is_named_as_not_to_be_read_or_is_gone_is_a_correction(home, monkeypatch, capsys, position, severity):
    keep("table", FIRST)
    (imports,) = [one for one in rows(capsys, "show", "--trace") if one["flow"] == "M"]
    row = imports["position"].split(", ")[0].removeprefix("row ")
    use(monkeypatch, listed(position.format(row=row), severity))
    run(["reparse", "--yes"])
    capsys.readouterr()
    assert "M" not in [one["flow"] for one in rows(capsys, "show")]
    (change,) = rows(capsys, "revisions")
    assert (change["kind"], change["previous"], change["value"]) == ("correction", imports["value"], "")


def test_a_code_that_a_list_drops_withdraws_nothing(home, monkeypatch, capsys):
    keep("table", FIRST)
    before = [one["value"] for one in rows(capsys, "show")]

    def parse(document: Document) -> Parsed:
        with monkeypatch.context() as dropped:
            dropped.setitem(tidy._CHECKS, "reporter", (lambda _: False, "expected an area code"))
            return find_source("table").parse(document)

    use(monkeypatch, parse)
    assert run(["reparse", "--yes"]) == 3
    capsys.readouterr()
    after = rows(capsys, "show")
    assert [one["value"] for one in after] == before
    assert {one["pending"] for one in after} == {"unreadable"}
