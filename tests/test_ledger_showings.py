"""The same bytes shown again, after others, are a release of their own: A → B → A is three."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

import pytest
from ledgers import collect as publish
from ledgers import document, frame
from pytest_httpserver import HTTPServer
from test_cli_reading import rows
from werkzeug import Response

from cli.main import run as command
from flows import steps
from flows.steps import fetching
from flows.steps import job as jobs
from schemas.documents import Parsed, Unreadable
from schemas.errors import ParseError, UsageError
from schemas.settings import load_settings
from sources.registry import find_source
from sources.shared.web import session
from sources.source import Request
from storage import queries
from storage.archive import Archive
from storage.ledger import Batch, Ledger
from storage.reparse import assignment
from storage.state import sequences
from tests import payloads

#: Exhibit 1 as printed, less its foot, which is of another release.
A = payloads.ft900(foot=None)

EXPORTS = ("--flow", "X", "--product", "total", "--period", "2022-02")


def fed(content: str, released: str, value: str) -> Batch:
    made = document(content, released=released)
    return Batch("table", [made], Parsed(frame({("X", "2019"): value}, released, made.sha256)), 1)


def history(ledger: Ledger) -> list[tuple[str, str, str]]:
    return [(row["previous"], row["value"], row["released"]) for row in queries.revisions(ledger)]


def test_the_bytes_of_an_earlier_document_under_a_later_date_are_a_third_version(ledger):
    for content, released, value in (("a", "2021-01-10", "10"), ("b", "2021-02-10", "11"), ("a", "2021-03-10", "10")):
        assert publish(ledger, fed(content, released, value)).outcome == "published"
    assert history(ledger) == [("10", "11", "2021-02-10"), ("11", "10", "2021-03-10")]
    (shown,) = queries.show(ledger)
    assert (shown["value"], shown["released"], shown["document"]) == ("10", "2021-03-10", document("a").sha256)
    assert [row["value"] for row in queries.show(ledger, released_by="2021-02-28")] == ["11"]
    assert [row["released"] for row in queries.documents(ledger)] == ["2021-03-10", "2021-02-10", "2021-01-10"]
    for content, released, value in (("a", "2021-01-10", "10"), ("a", "2021-03-10", "10"), ("b", "2021-02-10", "11")):
        assert publish(ledger, fed(content, released, value)).outcome == "unchanged"
    assert len(list(queries.documents(ledger))) == 3


def test_the_same_bytes_under_a_later_date_with_nothing_between_confirm(ledger):
    publish(ledger, fed("a", "2021-01-10", "10"))
    assert publish(ledger, fed("a", "2021-03-10", "10")).outcome == "unchanged"
    assert history(ledger) == []
    # Released between the two, so the second figure is news again.
    publish(ledger, fed("b", "2021-02-10", "11"))
    assert history(ledger) == [("10", "11", "2021-02-10"), ("11", "10", "2021-03-10")]


def test_of_several_dates_the_wrong_one_is_named(ledger, tmp_path):
    archive = Archive(tmp_path)
    archive.put(b"a")
    for content, released, value in (("a", "2021-01-10", "10"), ("b", "2021-02-10", "11"), ("a", "2021-03-10", "10")):
        publish(ledger, fed(content, released, value))
    sha = document("a").sha256
    with pytest.raises(UsageError, match=r"was shown on 2021-01-10, 2021-03-10: say with --was"):
        assignment(ledger, archive, sha, "2021-02-20")
    with pytest.raises(UsageError, match=r"was not shown on '2021-02-10': expected 2021-01-10, 2021-03-10"):
        assignment(ledger, archive, sha, "2021-02-20", was="2021-02-10")
    publish(ledger, assignment(ledger, archive, sha, "2021-02-20", was="2021-03-10"), kind="assignment")
    assert [row["released"] for row in queries.show(ledger)] == ["2021-02-20"]
    assert [row["released"] for row in queries.documents(ledger)] == ["2021-02-20", "2021-02-10", "2021-01-10"]
    # It was never shown again: its date is that of the first.
    publish(ledger, assignment(ledger, archive, sha, "2021-01-10", was="2021-02-20"), kind="assignment")
    assert [row["value"] for row in queries.show(ledger)] == ["11"]
    assert not list(queries.findings(ledger))


def test_a_document_that_was_moved_does_not_come_back_under_its_old_date(ledger, tmp_path):
    archive = Archive(tmp_path)
    archive.put(b"a")
    publish(ledger, fed("a", "2021-01-10", "10"))
    publish(ledger, assignment(ledger, archive, document("a").sha256, "2021-02-10"), kind="assignment")
    assert publish(ledger, fed("a", "2021-02-10", "10")).outcome == "unchanged"
    with pytest.raises(UsageError, match=r"came as released 2021-01-10 before and was moved to 2021-02-10: .* reparse"):
        publish(ledger, fed("a", "2021-01-10", "10"))


# ── from an agency ───────────────────────────────────────────────────────────────────────────────────────────────────


class Clock(datetime):
    """A clock that stands at ``at``."""

    at = datetime(2022, 9, 7, 12, 0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return cls.at.replace(tzinfo=tz or UTC)


@pytest.fixture
def agency(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """FT-900 from a server of ours; what is called with bytes (and a time) to be collected."""
    monkeypatch.setenv("TRADELEDGER_SOURCES__FT900__BASE_URL", httpserver.url_for(""))
    monkeypatch.setenv("TRADELEDGER_FETCH__INTERVAL", "0")
    monkeypatch.setattr(session, "datetime", Clock)
    monkeypatch.setattr(fetching, "datetime", Clock)
    now: dict[str, bytes] = {}
    httpserver.expect_request(re.compile(".*")).respond_with_handler(
        lambda asked: _answer(now.get(asked.path, now["content"]))
    )

    def collected(content: bytes, at: datetime = Clock.at, **others: bytes) -> str:
        now.clear()
        now.update({"content": content} | {f"/{path}": answer for path, answer in others.items()})
        monkeypatch.setattr(Clock, "at", at)
        job = steps.Job("ft900", load_settings())
        documents = steps.fetch(job)
        validated = steps.validate(job, documents, steps.parse(job, documents))
        return steps.publish(job, validated).run.outcome

    return collected


def _answer(content: bytes) -> Any:
    return Response(content, headers={"ETag": f'"{hash(content)}"'})


@cache
def restated() -> bytes:
    """Exhibit 1 with exports and imports of goods in February one million higher.

    Made once: a workbook says when it was saved, so the next second's would be another document.
    """
    rows = dict(payloads.FT900_2022)
    for label in ("February", "Jan. - Feb."):
        # exports and imports: total, goods
        rows[label] = tuple(figure + (at in (3, 4, 6, 7)) for at, figure in enumerate(rows[label]))
    return payloads.ft900({"2021": payloads.FT900_2021, "2022": rows}, foot=None)


@pytest.mark.parametrize(
    "times",
    [
        [datetime(2022, 9, day, 12, 0) for day in (7, 8, 9, 9)],
        [datetime(2022, 9, 7, hour, 30) for hour in (12, 13, 14, 15)],
        [datetime(2022, 9, 7, 12, 30)] * 4,
    ],
    ids=["days", "hours", "one minute"],
)
def test_an_agency_that_takes_a_revision_back_makes_a_third_version(agency, capsys, times):
    b = restated()
    assert [agency(content, at) for content, at in zip((A, b, A, A), times, strict=True)] == [
        *["published"] * 3,
        "unchanged",
    ]
    changes = rows(capsys, "revisions", *EXPORTS)
    assert len({one["released"] for one in changes}) == 2
    assert changes[0]["previous"] == changes[1]["value"] != changes[0]["value"] == changes[1]["previous"]
    assert rows(capsys, "findings") == []
    shown = rows(capsys, "documents")
    assert [one["released_not_after"] for one in shown] == [True] * 3
    assert sorted({one["released"] for one in shown}, reverse=True) == [one["released"] for one in shown]
    # Read again they are the same three, though two of them are one document.
    assert command(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err


def test_a_better_parser_reads_a_document_in_each_of_its_showings(agency, capsys, monkeypatch):
    known = find_source("ft900")

    def misread(one: Any) -> Parsed:
        parsed = known.parse(one)
        changed = parsed.readings.copy()
        wrong = changed["period"].isin(["2022-02", "2022-01/2022-02"]) & changed["flow"].isin(["X", "M"])
        changed.loc[wrong & changed["product"].isin(["total", "goods"]), "mantissa"] += 5
        return replace(parsed, readings=changed)

    with monkeypatch.context() as then:
        then.setattr(jobs, "find_source", lambda _: replace(known, parse=misread))
        for content, day in ((A, 7), (restated(), 8), (A, 9)):
            agency(content, datetime(2022, 9, day, 12, 0))
    before = rows(capsys, "show", *EXPORTS)
    assert command(["reparse", "--yes"]) == 0
    capsys.readouterr()
    (after,) = rows(capsys, "show", *EXPORTS)
    assert int(before[0]["value"]) - int(after["value"]) == 5_000_000
    kinds = [one["kind"] for one in rows(capsys, "revisions", *EXPORTS)]
    assert sorted(kinds) == ["correction"] * 3 + ["revision"] * 2


def day(number: int) -> datetime:
    return datetime(2022, 9, number, 12, 0)


def use(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """FT-900, but for these."""
    source = replace(find_source("ft900"), **changes)
    monkeypatch.setattr(jobs, "find_source", lambda _: source)


def exports(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    return [(one["value"], one["released"]) for one in rows(capsys, "show", *EXPORTS)]


def test_an_agency_that_goes_on_showing_what_was_replaced_brings_nothing_back(agency, capsys, tmp_path):
    agency(A, day(7))
    (old,) = rows(capsys, "documents")
    mended = tmp_path / "mended.xlsx"
    mended.write_bytes(restated())
    job = steps.Job("ft900", load_settings(), kind="transcription")
    instead = steps.replaced(job, old["document"])
    documents = steps.read_files(job, [str(mended)], "2022-09-07")
    steps.archive(job, documents)
    steps.publish(job, steps.validate(job, documents, steps.parse(job, documents), instead=instead))
    before = exports(capsys)
    assert [agency(A, day(8)), agency(A, day(9))] == ["unchanged"] * 2
    assert exports(capsys) == before
    assert [one["replaced_in"] for one in rows(capsys, "documents")] == ["", 2]
    assert rows(capsys, "findings") == []
    old_file = tmp_path / "old.xlsx"
    old_file.write_bytes(A)
    documents = steps.read_files(steps.Job("ft900", load_settings()), [str(old_file)], "2022-09-07")
    with pytest.raises(UsageError, match="was replaced in run 2: to take that back"):
        steps.validate(replace(job, kind="collect"), documents, steps.parse(job, documents))


def test_the_date_a_person_assigned_stands_whatever_the_source_says_of_it(agency, capsys, monkeypatch):
    address = next(iter(find_source("ft900").requests(None))).url  # type: ignore[misc]
    use(monkeypatch, requests=lambda _: [Request(address, released="2022-09-07")])
    agency(A, day(8))
    (kept,) = rows(capsys, "documents")
    assert command(["reparse", "--document", kept["document"], "--released", "2022-09-05", "--yes"]) == 0
    capsys.readouterr()
    assert [agency(A, day(9)), agency(A, day(10))] == ["unchanged"] * 2
    assert [released for _, released in exports(capsys)] == ["2022-09-05"]


def test_what_could_be_read_only_later_is_released_when_it_was_first_seen(agency, capsys, monkeypatch):
    agency(A, day(7))

    def closed(_: Any) -> Parsed:
        raise ParseError("another shape")

    with monkeypatch.context() as then:
        use(then, parse=closed)
        for number in (8, 9):
            with pytest.raises(ParseError):
                agency(restated(), day(number))
            job = steps.Job("ft900", load_settings())
            steps.fail(job, ParseError("another shape"), steps.fetch(job))
    assert agency(restated(), day(10)) == "published"
    assert [one["released"] for one in rows(capsys, "documents")] == ["2022-09-08", "2022-09-07"]
    assert [released for _, released in exports(capsys)] == ["2022-09-08"]
    assert command(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err


def test_the_same_bytes_at_two_addresses_are_of_two_dates(agency, capsys, monkeypatch):
    """The second had something else before."""
    use(monkeypatch, requests=lambda _: [Request("u1"), Request("u2")])
    b = restated()
    only = payloads.ft900({"2021": payloads.FT900_2021}, foot=None)
    assert agency(A, day(7), u1=A, u2=only) == "published"
    agency(A, day(8), u1=A, u2=A)
    assert [agency(A, day(number), u1=A, u2=A) for number in (9, 10)] == ["unchanged"] * 2
    assert [one["released"] for one in rows(capsys, "documents")] == ["2022-09-08", "2022-09-07", "2022-09-07"]
    assert len({one["document"] for one in rows(capsys, "documents")}) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", one["document"]) for one in rows(capsys, "documents"))
    assert agency(b, day(11), u1=b, u2=A) == "published"
    assert [released for _, released in exports(capsys)] == ["2022-09-11"]
    assert command(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err


@pytest.mark.parametrize("released", ["2021-01-10", "2021-02-10"])
@pytest.mark.parametrize("value", ["", "10"])
def test_what_could_not_be_read_is_no_more_once_its_document_was_replaced(ledger, released, value):
    old = document("a", released="2021-01-10")
    fault = Unreadable("row 3", "1O", "a number", old.sha256, "trade")
    figures = frame({("M", "2019"): value} if value else {}, "2021-01-10", old.sha256)
    publish(ledger, Batch("table", [old], Parsed(figures, [fault]), 1))
    assert [row["rule"] for row in queries.findings(ledger)] == ["readable"]
    new = document("b", released=released)
    mended = Parsed(frame({("X", "2019"): "10"}, released, new.sha256))
    one = Batch("table", [new], mended, 1, replaced=[replace(old, showing=1)])
    assert publish(ledger, one, kind="transcription").outcome == "published"
    assert list(queries.findings(ledger)) == []
    assert [row["replaced_in"] for row in queries.documents(ledger)] == ["", 2]
    assert [row["flow"] for row in queries.show(ledger)] == ["X"]


# ── corrected in place: under a date that the source states ──────────────────────────────────────────────────────────

DATE = "2022-09-07"
TITLE = "Exhibit 1. U.S. International Trade in Goods and Services"


@pytest.fixture
def dated(agency, monkeypatch):
    """An agency whose two addresses state one release date."""
    use(monkeypatch, requests=lambda _: [Request("u1", released=DATE), Request("u2", released=DATE)])
    return agency


@cache
def other(more: int = 0) -> bytes:
    """What the second address says: 2021, exports and imports of goods in November higher by ``more``."""
    november = (figure + more * (at in (3, 4, 6, 7)) for at, figure in enumerate(payloads.FT900_2021["November"]))
    return payloads.ft900({"2021": payloads.FT900_2021 | {"November": tuple(november)}}, foot=None)


@cache
def current(more: int = 0) -> bytes:
    """What the first says: the months of 2022, those figures of February higher."""
    rows = dict(payloads.FT900_2022)
    for label in ("February", "Jan. - Feb."):
        rows[label] = tuple(figure + more * (at in (3, 4, 6, 7)) for at, figure in enumerate(rows[label]))
    return payloads.ft900({"2022": rows}, foot=None)


def test_a_correction_in_place_and_its_withdrawal_are_revisions_under_one_date(dated, capsys):
    a, b, o = current(), current(1), other()
    assert [dated(content, day(at), u2=o) for at, content in enumerate((a, b, a, a), 7)] == [
        *["published"] * 3,
        "unchanged",
    ]
    changes = rows(capsys, "revisions", *EXPORTS)
    assert [(one["released"], one["previous_released"], one["kind"]) for one in changes] == [
        (f"{DATE}+2", DATE, "revision"),
        (f"{DATE}+3", f"{DATE}+2", "revision"),
    ]
    assert exports(capsys) == [(changes[1]["value"], f"{DATE}+3")]
    assert changes[1]["value"] == changes[0]["previous"] != changes[0]["value"]
    for bound, released in ((DATE, f"{DATE}+3"), (f"{DATE}+2", f"{DATE}+2"), ("2022-09-06", None)):
        found = rows(capsys, "show", *EXPORTS, "--released-by", bound)
        assert [one["released"] for one in found] == ([released] if released else [])
    runs = rows(capsys, "runs")
    then = rows(capsys, "show", *EXPORTS, "--as-of", runs[-1]["recorded_at"])
    assert [(one["value"], one["released"]) for one in then] == [(changes[0]["previous"], DATE)]
    said = rows(capsys, "findings")
    assert {(one["rule"], one["severity"]) for one in said} == {("in-place", "warning")}
    assert all(f"under the unchanged release date {DATE}" in one["sentence"] for one in said)
    assert rows(capsys, "review") == []
    assert [one["released"] for one in rows(capsys, "documents")] == [DATE] * 4
    assert command(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err
    assert command(["verify"]) == 0


def test_pages_corrected_in_one_run_are_one_sequence_and_others_in_the_next(dated, capsys):
    assert dated(current(), day(7), u2=other()) == "published"
    assert dated(current(1), day(8), u2=other(2)) == "published"
    assert {one["released"] for one in rows(capsys, "revisions")} == {f"{DATE}+2"}
    assert dated(current(1), day(9), u2=other(4)) == "published"
    assert {one["released"] for one in rows(capsys, "revisions")} == {f"{DATE}+2", f"{DATE}+3"}
    assert exports(capsys)[0][1] == f"{DATE}+2"


def test_an_address_that_joins_late_joins_every_sequence(agency, capsys, monkeypatch):
    with monkeypatch.context() as then:
        use(then, requests=lambda _: [Request("u1", released=DATE)])
        assert [agency(content, day(at)) for at, content in ((7, current()), (8, current(1)))] == ["published"] * 2
    use(monkeypatch, requests=lambda _: [Request("u1", released=DATE), Request("u2", released=DATE)])
    assert agency(current(1), day(9), u2=other()) == "published"
    late = rows(capsys, "show", "--flow", "X", "--product", "total", "--period", "2021-11")
    assert [one["released"] for one in late] == [DATE]
    assert exports(capsys)[0][1] == f"{DATE}+2"
    assert len({one["released"] for one in rows(capsys, "revisions")}) == 1


def test_a_sequence_that_a_person_moved_to_another_date_stays_there(dated, capsys):
    a, b = current(), current(1)
    assert [dated(content, day(at), u2=other()) for at, content in ((7, a), (8, b))] == ["published"] * 2
    (document,) = {row["document"] for row in rows(capsys, "show", *EXPORTS)}
    assert command(["reparse", "--document", document, "--released", "2022-09-08", "--yes"]) == 0
    capsys.readouterr()
    assert [released for _, released in exports(capsys)] == ["2022-09-08"]
    outcomes = [
        # The second address says the same in other bytes.
        dated(content, day(at), u2=payloads.ft900({"2021": payloads.FT900_2021}, foot=None, title=f"{TITLE}, {at}"))
        for at, content in ((9, b), (10, a), (11, b))
    ]
    assert outcomes == ["unchanged"] * 3
    assert [released for _, released in exports(capsys)] == ["2022-09-08"]
    assert rows(capsys, "findings") == []


def test_two_addresses_with_the_same_answer_are_corrected_each_by_itself(dated, capsys):
    a, b = current(), current(1)
    assert dated(a, day(7)) == "published"  # both
    assert len(rows(capsys, "documents")) == 2
    assert dated(a, day(8)) == "unchanged"
    assert dated(b, day(9), u2=a) == "quarantined"  # one says so still
    assert {row["released"] for row in rows(capsys, "review")} == {f"{DATE}+2"}
    assert exports(capsys)[0][1] == DATE
    assert dated(b, day(10), u2=b) == "published"
    assert exports(capsys)[0][1] == f"{DATE}+3"
    assert dated(b, day(11)) == "unchanged"
    assert command(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err


def test_a_page_that_left_out_a_month_is_set_right_in_place(agency, capsys, monkeypatch):
    """What is proposed as gone stands in the sequences of its document, and nothing else is missing in the next."""
    with monkeypatch.context() as then:
        use(then, requests=lambda _: [Request("u1", released="2022-08-07")])
        assert agency(current(), datetime(2022, 8, 8, 12, 0)) == "published"
    use(monkeypatch, requests=lambda _: [Request("u1", released=DATE)])
    lacking = {"2022": {label: row for label, row in payloads.FT900_2022.items() if label != "January (R)"}}
    more = {"2022": lacking["2022"] | {"February": tuple(figure + 1 for figure in lacking["2022"]["February"])}}
    assert agency(payloads.ft900(lacking, foot=None), day(7)) == "quarantined"
    assert agency(payloads.ft900(more, foot=None), day(8)) == "quarantined"
    assert {row["released"] for row in rows(capsys, "review")} == {f"{DATE}+2"}
    assert agency(current(1), day(9)) == "published"
    assert rows(capsys, "review") == []
    assert exports(capsys)[0][1] == f"{DATE}+3"
    assert command(["reparse", "--yes"]) == 0
    assert "no figure would change" in capsys.readouterr().err
    assert command(["verify"]) == 0


def test_a_twentieth_sequence_ends_the_run_with_a_sentence(dated, capsys, monkeypatch):
    monkeypatch.setattr(sequences, "SEQUENCES", 2)
    assert [dated(content, day(at)) for at, content in ((7, current()), (8, current(1)))] == ["published"] * 2
    before = exports(capsys)
    with pytest.raises(ParseError, match=rf"the release of {DATE} of .* would have 3 sequences, .* at most 2: "):
        dated(current(), day(9))
    assert exports(capsys) == before
