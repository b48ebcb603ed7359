"""Documents of one release that contradict each other, as a person meets them: what stands, waits, and decides."""

from __future__ import annotations

import hashlib
from itertools import permutations

import pytest
from test_cli_reading import HEADER, keep, row, rows

from cli.main import run

DAY, LATER = "2021-08-02", "2021-09-01"


def table(released: str = DAY, **figures: str) -> str:
    """Figures of 2019 by flow; ``other`` are exports of 2018."""
    lines = [row(flow, value, released) for flow, value in figures.items() if flow != "other"]
    return HEADER + "".join(lines) + (row("X", figures["other"], released, "2018") if "other" in figures else "")


def sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


ONE, TWO = table(X="50.0", other="41.0"), table(X="52.0", other="41.0")
PLAIN, BESIDE = table(X="60.0", M="35.0", B="25.0"), table(X="62.0", B="27.0")
BLOCK = "cultural/CHN/WLD/goods/_T/2019/USD"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[str, str, str]]:
    """By flow and period: value in billions, release, mark."""
    return {
        f"{one['flow']} {one['period']}": (str(int(one["value"]) / 10**9), one["released"], one["pending"])
        for one in rows(capsys, "show", *arguments)
    }


def decide(capsys: pytest.CaptureFixture[str], verdict: str, content: str = "") -> str:
    which = ["--document", sha(content)] if content else []
    assert run(["review", BLOCK, verdict, "--reason", "by telephone", *which]) == 0
    return capsys.readouterr().out


def test_what_stands_stays_and_is_marked_until_a_person_says_which_one_counts(home, capsys):
    assert not keep("table", ONE).quarantined
    second = keep("table", TWO)
    assert second.quarantined
    counts = second.run.counts
    assert (counts["held"], counts["unchanged"] + counts["repeated"]) == (1, 1), "what is unchanged is counted"
    assert shown(capsys) == {"X 2019": ("50.0", DAY, "held"), "X 2018": ("41.0", DAY, "")}
    assert shown(capsys, "--with-held")["X 2019"] == ("52.0", DAY, "held")
    assert f"published now: exports 52.0 bn USD ({DAY}+2)" in decide(capsys, "accept")
    assert shown(capsys) == {"X 2019": ("52.0", f"{DAY}+2", ""), "X 2018": ("41.0", DAY, "")}
    (found,) = rows(capsys, "revisions")
    assert (found["previous"], found["value"], found["released"]) == ("50000000000", "52000000000", f"{DAY}+2")
    assert rows(capsys, "findings") == []


def test_a_later_release_revises_what_stands(home, capsys):
    for content in (ONE, TWO, table(LATER, X="52.0", other="41.0")):
        keep("table", content)
    assert shown(capsys)["X 2019"] == ("52.0", LATER, "")
    (found,) = rows(capsys, "revisions")
    assert (found["previous"], found["released"]) == ("50000000000", LATER)
    assert rows(capsys, "review") == []


def test_only_the_block_that_is_contradicted_waits(home, capsys):
    keep("table", PLAIN)
    keep("table", BESIDE)
    found = shown(capsys)
    assert {cell: one[0] for cell, one in found.items()} == {"X 2019": "60.0", "M 2019": "35.0", "B 2019": "25.0"}
    said = decide(capsys, "reject")
    assert f"published now: exports 60.0 bn USD ({DAY}), balance 25.0 bn USD ({DAY})" in said
    marks = {cell: one[2] for cell, one in shown(capsys).items()}
    assert marks == {"X 2019": "rejected", "M 2019": "", "B 2019": "rejected"}


def test_what_is_contradicted_in_another_block_is_said(home, capsys):
    """A base joins beside growth from another one: the rate's block fails, the base's waits."""
    rate = f"cultural,CHN,goods,X,growth_yoy,USD,2019,10.0,%,,{DAY},\n"
    keep("table", table(X="55.0") + rate)
    assert keep("table", table(other="40.0")).quarantined
    (block,) = rows(capsys, "review")
    assert (block["block"], block["cause"]) == (BLOCK.replace("2019", "2018"), "joining-fails")
    assert "10.0 %" in block["sentence"]


def test_of_two_that_came_together_nothing_stands_until_one_is_accepted(home, capsys):
    assert keep("table", ONE, TWO).quarantined
    assert shown(capsys) == {"X 2018": ("41.0", DAY, "")}
    assert run(["review", BLOCK, "accept", "--reason", "which one?"]) == 2
    said = capsys.readouterr().err
    assert all(f"--document {sha(content)[:12]}" in said for content in (ONE, TWO))
    assert run(["review", BLOCK, "reject", "--reason", "this one", "--document", sha(ONE)]) == 2
    assert "accept the one that counts" in capsys.readouterr().err
    decide(capsys, "accept", TWO)
    assert shown(capsys)["X 2019"][:2] == ("52.0", DAY)
    assert rows(capsys, "review") == []
    assert run(["review", BLOCK, "accept", "--reason", "the other", "--document", sha(ONE)]) == 1, "it was decided"


@pytest.mark.parametrize("together", [False, True])
def test_in_every_order_the_same_is_contested_and_is_decided(home, capsys, tmp_path, monkeypatch, together):
    """Of three documents each order, each of them accepted: the same figures."""
    three = [table(X="50.0", M="20.0"), table(X="52.0", M="20.0"), table(X="53.0", M="20.0", T="73.0")]
    marks, answers = set(), {content: set() for content in three}
    for at, order in enumerate(list(permutations(three))[::2]):
        for accepted in three:
            monkeypatch.setenv("TRADELEDGER_HOME", str(tmp_path / f"{at}-{three.index(accepted)}"))
            for some in [order] if together else [(one,) for one in order]:
                keep("table", *some)
            marks.add(frozenset((cell, one[2]) for cell, one in shown(capsys, "--with-held").items()))
            decide(capsys, "accept", accepted)
            assert rows(capsys, "review") == []
            figures = shown(capsys)
            answers[accepted].add((figures["X 2019"][0], figures["M 2019"][0]))
    assert marks == {frozenset({("X 2019", "held"), ("M 2019", "held"), ("T 2019", "held")})}
    assert answers == dict(zip(three, ({("50.0", "20.0")}, {("52.0", "20.0")}, {("53.0", "20.0")}), strict=True))


def test_what_is_read_again_stays_decided(home, capsys):
    keep("table", ONE)
    keep("table", TWO)
    decide(capsys, "accept")
    before = shown(capsys)
    assert keep("table", TWO).run.outcome == "unchanged"
    assert keep("table", table(M="9.0")).run.outcome == "published"
    keep("table", ONE, TWO, table(M="9.0", other="41.0"))
    assert shown(capsys)["X 2019"] == before["X 2019"]
    keep("table", ONE, TWO, table(M="9.0", B="41.0"))  # beside what is in force it does not hold, and nobody saw it
    assert shown(capsys)["X 2019"] == (*before["X 2019"][:2], "held")


@pytest.mark.parametrize("accepted", [False, True])
def test_what_two_documents_say_otherwise_is_listed_with_its_place(home, capsys, accepted):
    """Whatever became of them: what is printed in the other precision differs too, what both say alike does not."""
    one, two = table(X="50.0", M="20.0", T="70.0", other="41.0"), table(X="52.0", M="20.00", B="32.0", other="41.0")
    keep("table", one)
    keep("table", two)
    if accepted:
        decide(capsys, "accept", two)
    found = rows(capsys, "documents", "--diff", sha(one)[:8], sha(two)[:8])
    assert [(row["flow"], row["period"], row["value_a"], row["value_b"], row["step_b"]) for row in found] == [
        ("M", "2019", "20000000000", "20000000000", "10000000"),
        ("X", "2019", "50000000000", "52000000000", "100000000"),
    ]
    assert [row["position_b"] for row in found] == ["row 3, column 8", "row 2, column 8"]
    back = rows(capsys, "documents", "--diff", sha(two)[:8], sha(one)[:8])
    assert [(row["value_b"], row["value_a"]) for row in back] == [(row["value_a"], row["value_b"]) for row in found]
    assert run(["documents", "--diff", sha(one), sha(two)]) == 0
    said = capsys.readouterr()
    assert [word in said.out for word in ("50.0", "52.0", "column 8")] == [True] * 3
    assert [f"1 cell only {sha(content)[:12]} says" in said.err for content in (one, two)] == [True] * 2
    assert rows(capsys, "documents", "--diff", sha(one), sha(one)) == []
    assert run(["documents", "--diff", sha(one), "123456"]) == 2
    assert run(["documents", sha(one), "--diff", sha(one), sha(two)]) == 2


def everything(capsys: pytest.CaptureFixture[str], as_of: str = "") -> tuple[object, ...]:
    """What stands, what waits and what is found, less when it was recorded."""
    when = ["--as-of", as_of] if as_of else []
    found = sorted((one["rule"], one["sentence"], one["document"]) for one in rows(capsys, "findings"))
    waits = sorted(
        (one["block"], one["cause"], one["document"], len(one["readings"])) for one in rows(capsys, "review")
    )
    return shown(capsys, *when), shown(capsys, "--with-held", *when), *(() if as_of else (waits, found))


@pytest.mark.parametrize("verdict", ["accept", "reject"])
@pytest.mark.parametrize(
    ("batches", "document"),
    [
        ([[ONE], [TWO]], ""),
        ([[ONE], [TWO]], ONE),
        ([[ONE, TWO]], TWO),
        ([[PLAIN], [BESIDE]], ""),
        ([[table(LATER, X="50.0", M="20.0", T="90.0")]], ""),
        ([[table(X="5.0")], [table(LATER, X="50.0", M="20.0", T="90.0")]], ""),
    ],
)
def test_a_decision_that_is_taken_back_never_was_and_may_be_made_again(home, capsys, batches, document, verdict):
    document = document if verdict == "accept" else ""
    for some in batches:
        keep("table", *some)
    before = everything(capsys)
    decide(capsys, verdict, document)
    decided, stamp = everything(capsys), rows(capsys, "runs")[0]["recorded_at"]
    for said in ("reopened", "had been decided already: reopened"):
        assert run(["review", BLOCK, "reopen", "--reason", "not so", "--who", "Bob"]) == 0
        assert said in capsys.readouterr().out
        assert everything(capsys) == before
    assert everything(capsys, stamp) == decided[:2]
    assert run(["verify"]) == 0, capsys.readouterr().out
    capsys.readouterr()
    for released in {DAY, LATER}:  # judged again, with a document that joins its release, it waits still
        keep("table", table(released, other="41.0"))
    again = everything(capsys)
    assert again[2:] == before[2:]
    for now, then in zip(again[:2], before[:2], strict=True):
        assert now | {"X 2018": ()} == then | {"X 2018": ()}
    decide(capsys, verdict, document)
    now, then = ({cell: one[0] for cell, one in shown.items()} for shown in (everything(capsys)[0], decided[0]))
    assert now | {"X 2018": ""} == then | {"X 2018": ""}
    assert everything(capsys)[2:] == decided[2:]


def test_many_are_decided_at_once_and_what_is_not_clear_is_left(home, capsys):
    """A block that documents contradict, two whose figures do not add up; each way to say which."""
    keep("table", ONE, TWO)
    more = "".join(row(flow, value, LATER, "2017") for flow, value in (("X", "7.0"), ("B", "1.0"), ("M", "2.0")))
    keep("table", table(LATER, X="50.0", M="20.0", T="90.0") + more)
    assert len(rows(capsys, "review")) == 3
    for asked, said in (
        (["accept"], "--rule, --source, --document or --all"),
        (["accept", "--all"], "--reason"),
        (["reopen", "--all", "--reason", "x"], "review BLOCK reopen"),
        (["accept", "--rule", "nonsense", "--reason", "x"], "nonsense"),
        (["--rule", "total"], "--rule"),
    ):
        assert run(["review", *asked]) == 2
        assert said in capsys.readouterr().err
    before = len(rows(capsys, "runs"))
    assert run(["review", "reject", "--rule", "total", "--reason", "a slip"]) == 0
    assert "rejected 1 block: a slip" in capsys.readouterr().out
    assert run(["review", "accept", "--all", "--reason", "so printed"]) == 0
    said = capsys.readouterr().out
    assert "accepted 1 block: so printed" in said
    assert f"published now: exports 7.0 bn USD ({LATER})" in said
    assert f"left 1, of which documents contradict each other and none was named with --document: {BLOCK}/{DAY}" in said
    assert run(["review", "accept", "--document", sha(TWO), "--reason", "by telephone"]) == 0
    assert "accepted 1 block: by telephone" in capsys.readouterr().out
    assert shown(capsys)["X 2019"][:2] == ("52.0", DAY)
    assert rows(capsys, "review") == []
    for source in ([], ["--source", "table"]):
        assert run(["review", "reject", "--all", *source, "--reason", "again"]) == 0
        assert "rejected 0 blocks: again" in capsys.readouterr().out
    assert len(rows(capsys, "runs")) == before + 3


def test_many_of_one_rule_are_one_run(home, capsys):
    more = "".join(row(flow, value, LATER, "2017") for flow, value in (("X", "7.0"), ("M", "2.0"), ("T", "5.0")))
    keep("table", table(LATER, X="50.0", M="20.0", T="90.0") + more)
    before = everything(capsys)
    assert run(["review", "accept", "--source", "table", "--reason", "so printed"]) == 0
    assert "accepted 2 blocks" in capsys.readouterr().out
    assert rows(capsys, "runs")[0]["kind"] == "decision"
    assert [one[2] for one in shown(capsys).values()] == [""] * 6
    for period in ("2019", "2017"):
        assert run(["review", BLOCK.replace("2019", period), "reopen", "--reason", "no"]) == 0
        capsys.readouterr()
    assert everything(capsys) == before
