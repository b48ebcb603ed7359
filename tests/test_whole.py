"""A file that ends within its last figure: a person is asked, and the answer is kept."""

import json

import pytest

from cli.main import run
from flows import replay, steps
from schemas.documents import Document
from schemas.settings import load_settings
from sources.shared.tables.tidy import parse_tidy
from storage import queries
from storage.decisions import decide
from storage.documents import kept_documents
from storage.ledger import Ledger

HEAD = "dataset,reporter,flow,period,unit,released,value"
ROWS = ("goods,FRA,X,2021,EUR million,2022-03-01,43210.9", "goods,FRA,X,2022,EUR million,2023-03-01,48.7")
CUT = "\n".join((HEAD, *ROWS))


def asked(content: str, *, whole: bool = False) -> list[str]:
    notices = parse_tidy(Document("table", content.encode(), "cut.csv", whole=whole)).notices
    assert all((one.rule, one.figure) == ("whole", True) for one in notices)
    return [f"{one.position}: {one.about}" for one in notices]


@pytest.mark.parametrize(
    ("head", "first", "last", "about"),
    [
        (HEAD, *ROWS, "value 48.7"),
        ("dataset,reporter,flow,value,unit,period", "d,FRA,X,7.1,EUR,2021", "d,FRA,X,7.3,EUR,2022", "period 2022"),
        ("dataset,reporter,flow,period,value,unit", "d,FRA,X,2021,7,EUR million", "d,FRA,X,2022,7,EUR", "unit EUR"),
        ("dataset,reporter,flow,period,value,unit,product", "d,FRA,X,2021,7,EUR,goods", "d,FRA,M,2021,7,EUR,go", "go"),
        ("dataset,reporter,flow,period,value,unit,partner", "d,FRA,X,2021,7,EUR,ITA", "d,FRA,M,2021,7,EUR,", "partner"),
    ],
)
def test_a_last_field_that_may_go_on_is_asked_about(head, first, last, about):
    cut = "\n".join((head, first, last))
    (said,) = asked(cut)
    assert said.startswith("row 3, column ")
    assert about in said
    assert asked(cut, whole=True) == asked(cut + "\n") == asked(cut + "\r") == []


@pytest.mark.parametrize(
    ("head", "first", "last"),
    [
        (HEAD, ROWS[0], ROWS[1].replace("48.7", '"48.7"')),
        (HEAD, ROWS[0], ROWS[1].replace("48.7", "")),
        ("dataset,reporter,flow,period,value,unit", "d,FRA,X,2021,7,EUR", "d,FRA,M,2021,7,EUR"),
        ("dataset,reporter,flow,period,value,unit", "d,FRA,X,2021,7,EUR", "d,FRA,M,2021,7,%"),
        ("dataset,reporter,flow,value,unit,period", "d,FRA,X,7,EUR,2021", "d,FRA,X,7,EUR,2021-01/2021-02"),
        ("dataset,reporter,flow,period,value,unit,cite", "d,FRA,X,2021,7,EUR,", "d,FRA,M,2021,7,EUR,p. 1"),
        ("dataset,reporter,flow,period,value,unit,released", "d,FRA,X,2021,7,EUR,", "d,FRA,M,2021,7,EUR,2022-03-01"),
        ("dataset,reporter,flow,period,value,unit,product", "d,FRA,X,2021,7,EUR,wine", "d,FRA,M,2021,7,EUR,wine"),
        ("dataset,reporter,flow,period,value,unit,partner", "d,FRA,X,2021,7,EUR,ITA", "d,FRA,M,2021,7,EUR,DEU"),
        (HEAD, ROWS[0], "goods,FRA"),
        (HEAD, ROWS[0] + "\n" + ROWS[1], ",,,,,,"),
    ],
)
def test_an_honest_end_is_not(head, first, last):
    assert asked("\n".join((head, first, last))) == []


def test_check_asks_and_takes_the_answer(tmp_path, capsys):
    path = tmp_path / "cut.csv"
    path.write_text(CUT)
    assert run(["check", str(path), "--format", "json"]) == 3
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["rule"], row["severity"], row["position"]) == ("whole", "error", "cut.csv, row 3, column 7")
    assert "the file ends at its last figure, 48.7" in row["sentence"]
    assert run(["check", str(path), "--whole"]) == 0


def ingest(content: str, *, whole: bool = False) -> steps.Collected:
    job = steps.Job("table", load_settings())
    documents = [Document("table", content.encode(), "cut.csv", whole=whole)]
    steps.archive(job, documents)
    return steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))


def again() -> replay.Rehearsal:
    job = steps.Job("table", load_settings(), kind="reparse")
    with job.ledger() as ledger:
        kept = list(replay.told_apart(kept_documents(ledger, job.archive, "table")))
    return replay.rehearse(job, kept)


def shown() -> list[str]:
    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        return sorted(row["value"] for row in queries.show(ledger))


def test_only_the_block_of_that_figure_waits_and_the_word_frees_it(home):
    done = ingest(CUT)
    assert (done.run.outcome, done.run.counts["published"], done.run.counts["held"]) == ("quarantined", 1, 1)
    assert done.run.counts["parsed"] == 2
    assert shown() == ["43210900000"]
    assert ingest(CUT).run.outcome == "unchanged"
    # A document that joins the release of what waits does not answer the question.
    ingest(f"{HEAD}\ngoods,FRA,M,2022,EUR million,2023-03-01,12.5\n")
    assert shown() == ["12500000", "43210900000"]
    assert not again().changes
    ingest(CUT, whole=True)
    assert shown() == ["12500000", "43210900000", "48700000"]
    assert not again().changes
    assert ingest(CUT).run.counts["held"] == 0


def test_a_document_said_to_be_whole_stays_so(home):
    assert ingest(CUT, whole=True).run.outcome == "published"
    assert again().idle
    assert ingest(CUT).run.outcome == "unchanged"
    assert len(shown()) == 2


@pytest.mark.parametrize(("verdict", "figures"), [("accept", 2), ("reject", 1)])
def test_a_person_may_answer_by_review(home, verdict, figures):
    ingest(CUT)
    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        (held,) = queries.held(ledger)
        decide(ledger, held["block"], verdict, why="seen on the page", who="ann")
    assert len(shown()) == figures
    assert not again().changes
    assert ingest(CUT).run.outcome == "unchanged"
    assert len(shown()) == figures
