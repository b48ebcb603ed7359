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
