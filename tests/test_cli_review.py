"""``review``: what is held, and one decision about it, without a server."""

import json

import pytest

from cli import review
from cli.main import run
from tests.test_cli_reading import BROKEN, FIRST, keep

BLOCK = "cultural/CHN/WLD/goods/_T/2019/USD"


def keep_both() -> None:
    keep("table", FIRST)
    keep("table", BROKEN)


@pytest.fixture
def ledger(home, once):
    return once(home, keep_both)


def rows(capsys, *arguments: str) -> list[dict]:
    capsys.readouterr()
    assert run([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def exports(capsys) -> tuple[str, str]:
    (row,) = rows(capsys, "show", "--flow", "X")
    return row["value"], row["pending"]


def test_list(ledger, capsys):
    (held,) = rows(capsys, "review")
    assert list(held) == list(review.FIELDS)
    assert (held["block"], held["released"], held["state"], held["figures"]) == (BLOCK, "2022-03-17", "held", 3)
    assert "exports 95.99 + imports 11.57" in held["sentence"]
    assert run(["review"]) == 0
    assert BLOCK in capsys.readouterr().out


def test_accept(ledger, capsys):
    assert run(["review", BLOCK, "accept", "--reason", "the agency confirmed it", "--who", "Ada"]) == 0
    assert "accepted by Ada" in capsys.readouterr().out
    assert exports(capsys) == ("95990000000", "")
    assert rows(capsys, "review") == []
    (decided,) = rows(capsys, "review", "--all")
    assert (decided["state"], decided["who"], decided["why"]) == ("accepted", "Ada", "the agency confirmed it")


def test_reject_is_remembered_and_the_first_decision_stands(ledger, capsys):
    assert run(["review", BLOCK, "reject", "--reason", "a slip", "--who", "Ada"]) == 0
    assert exports(capsys) == ("99890000000", "rejected")
    before = rows(capsys, "runs")
    assert run(["review", BLOCK, "accept", "--reason", "no, it is right", "--who", "Bob"]) == 1
    assert "had been decided already: rejected by Ada" in capsys.readouterr().out
    assert run(["review", BLOCK, "reject", "--reason", "as I said", "--who", "Bob"]) == 0
    capsys.readouterr()
    assert rows(capsys, "runs") == before
    assert exports(capsys) == ("99890000000", "rejected")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([BLOCK], "accept or reject"),
        ([BLOCK, "waive"], "waive"),
        ([BLOCK, "accept"], "--reason"),
        ([BLOCK, "accept", "--reason", "  "], "--reason"),
        (["no/such/block", "accept", "--reason", "x"], "no/such/block"),
        ([BLOCK, "reject", "--reason", "x", "--until", "2030-01-01"], "--until"),
        ([BLOCK, "accept", "--reason", "x", "--until", "soon"], "soon"),
        ([BLOCK, "accept", "--reason", "x", "--released", "1999-01-01"], "1999-01-01"),
    ],
)
def test_wrong_usage_decides_nothing(ledger, capsys, arguments, said):
    before = rows(capsys, "runs")
    assert run(["review", *arguments]) == 2
    seen = capsys.readouterr()
    assert said in seen.err
    assert len(seen.err.splitlines()) == 1
    assert rows(capsys, "runs") == before
    assert len(rows(capsys, "review")) == 1


WRONG = """dataset,reporter,product,flow,measure,period,value,unit,released
cultural,CHN,goods,T,level,2018,100.00,USD billion,2022-03-17
cultural,CHN,goods,X,level,2018,60.00,USD billion,2022-03-17
cultural,CHN,goods,M,level,2018,40.00,USD billion,2022-03-17
cultural,CHN,goods,T,level,2019,150.00,USD billion,2022-03-17
cultural,CHN,goods,X,level,2019,66.00,USD billion,2022-03-17
cultural,CHN,goods,M,level,2019,44.00,USD billion,2022-03-17
cultural,CHN,goods,B,level,2019,22.00,USD billion,2022-03-17
cultural,CHN,goods,T,level,2020,121.00,USD billion,2022-03-17
cultural,CHN,goods,X,level,2020,72.60,USD billion,2022-03-17
cultural,CHN,goods,M,level,2020,48.40,USD billion,2022-03-17
cultural,CHN,goods,T,growth_yoy,2020,10.0,%,2022-03-17
cultural,CHN,toys,T,level,2019,9.00,USD billion,2022-03-17
cultural,CHN,toys,X,level,2019,6.00,USD billion,2022-03-17
cultural,CHN,toys,M,level,2019,4.00,USD billion,2022-03-17
"""


@pytest.fixture
def two_cases(home, once):
    """A wrong total for which two blocks are held, and a block by itself."""
    return once(home, lambda: keep("table", WRONG))


def test_a_case_is_one_line_with_its_blocks(two_cases, capsys):
    assert run(["review"]) == 0
    said = capsys.readouterr().out
    assert len([line for line in said.splitlines() if "2022-03-17" in line]) == 2
    assert "total 150.00 bn USD should be 109.985–110.015 (breaks" in said
    assert f"{BLOCK}, {BLOCK.replace('2019', '2020')}" in said
    held = rows(capsys, "review")
    assert [row["case"] for row in held] == [BLOCK, BLOCK, BLOCK.replace("goods", "toys")]
    assert {row["case"] for row in rows(capsys, "findings")} == {row["case"] for row in held}


@pytest.mark.parametrize(("verdict", "figure"), [("accept", "150000000000"), ("reject", None)])
def test_a_case_is_decided_in_one_transaction(two_cases, capsys, verdict, figure):
    asked = ["review", "--case", BLOCK, verdict, "--reason", "as printed", "--who", "Ada"]
    before = len(rows(capsys, "runs"))
    assert run(asked) == 0
    assert f"{verdict}ed 2 blocks: as printed" in capsys.readouterr().out
    assert [row["block"] for row in rows(capsys, "review")] == [BLOCK.replace("goods", "toys")]
    totals = rows(capsys, "show", "--flow", "T", "--product", "goods", "--period", "2019", "--measure", "level")
    assert [row["value"] for row in totals] == ([figure] if figure else [])
    assert len(rows(capsys, "runs")) == before + 1
    assert run(asked) == 0
    assert "nothing of" in capsys.readouterr().err
    assert run([*asked[:3], "reject" if verdict == "accept" else "accept", "--reason", "no"]) == 1
    assert len(rows(capsys, "runs")) == before + 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--case", BLOCK], "accept --reason"),
        (["--case", BLOCK, "reopen", "--reason", "x"], "accepted or rejected whole"),
        (["--case", BLOCK, "accept"], "--reason"),
        (["--case", "no/such", "accept", "--reason", "x"], "no case 'no/such'"),
        (["--case", BLOCK, "accept", "--reason", "x", "--rule", "total"], "whole"),
    ],
)
def test_wrong_usage_of_a_case_decides_nothing(two_cases, capsys, arguments, said):
    assert run(["review", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert len(rows(capsys, "review")) == 3


class Prefect:
    """What a decision tells Prefect: an API that answers as it is said to, and what reaches it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, there: bool = True, breaks: bool = False) -> None:
        from flows import environment
        from flows.server import events, reviews

        self.told: list[tuple] = []
        self.breaks = breaks
        monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
        if there:
            monkeypatch.setattr(environment, "answers", lambda *_, **__: True)
        monkeypatch.setattr(events, "emit", lambda *said: self.told.append(said))
        monkeypatch.setattr(reviews, "settle", self.settle)

    def settle(self, *_args: object) -> None:
        if self.breaks:
            raise ConnectionError
        self.told.append(("settled",))


def test_a_decision_is_told_to_the_prefect_that_is_configured(ledger, capsys, monkeypatch):
    prefect = Prefect(monkeypatch)
    assert run(["review", BLOCK, "reject", "--reason", "a slip", "--who", "Ada"]) == 0
    said = {"source": "table", "block": BLOCK, "released": "2022-03-17", "verdict": "reject", "who": "Ada",
            "reason": "a slip"}  # fmt: skip
    assert prefect.told == [("tradeledger.block.decided", "block", BLOCK, BLOCK, said), ("settled",)]
    assert run(["review", BLOCK, "accept", "--reason", "no, it is right", "--who", "Bob"]) == 1
    assert prefect.told[2:] == [("settled",)]  # the first decision stands: no second event
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("there", "said"), [(False, "no Prefect answers at http://127.0.0.1:9/api"), (True, "Prefect could not be told")]
)
def test_prefect_that_cannot_be_told_changes_nothing_about_a_decision(ledger, capsys, monkeypatch, there, said):
    Prefect(monkeypatch, there=there, breaks=True)
    assert run(["review", BLOCK, "reject", "--reason", "a slip", "--who", "Ada"]) == 0
    assert said in capsys.readouterr().err
    assert exports(capsys)[1] == "rejected"


def test_all_blocks_of_a_document_at_once(home, capsys):
    keep("table", FIRST)
    more = BROKEN + BROKEN.partition("\n")[2].replace(",goods,", ",services,")
    keep("table", more)
    held = rows(capsys, "review")
    assert len(held) == 2
    (sha,) = {row["document"] for row in held}
    assert run(["review", sha[:10], "reject", "--reason", "a slip", "--who", "Ada"]) == 0
    assert capsys.readouterr().out.count("rejected by Ada") == 2
    assert rows(capsys, "review") == []
    assert run(["review", sha, "reject", "--reason", "a slip"]) == 2
    assert f"no block of document {sha[:12]} waits" in capsys.readouterr().err
    assert run(["review", "abcdef12", "reject", "--reason", "a slip"]) == 2
    assert "there is no document 'abcdef12'" in capsys.readouterr().err


def test_of_several_held_releases_each_has_its_date_in_its_id(ledger, capsys):
    keep("table", BROKEN.replace("2022", "2023").replace("95.99", "94.99"))
    first, second = rows(capsys, "review")
    assert [first["block"], second["block"]] == [f"{BLOCK}/2022-03-17", f"{BLOCK}/2023-03-17"]
    assert run(["review", BLOCK, "accept", "--reason", "so printed"]) == 2
    assert run(["review", first["block"], "reject", "--reason", "a slip"]) == 0
    assert [row["block"] for row in rows(capsys, "review")] == [BLOCK]


def test_a_block_that_was_held_anew_is_listed_with_the_reason_of_each_time(ledger, capsys):
    keep("table", BROKEN.replace("111.55", "111.65"))
    then, now = rows(capsys, "review", "--all")
    assert (then["state"], now["state"]) == ("rejudged", "held")
    assert "111.65" not in then["sentence"]
    assert "111.65" in now["sentence"]
