"""Everything that is hashed or packed into a ledger, as it was: what stands there must be found again, for ever.

A value here changes on purpose only, with a migration or a second way of reading what was written by the first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from decided import CAME, DECIDED, HEADER, KINDS, collect, contradicting, document

from flows.page.report import summary
from flows.steps import Collected
from schemas.documents import Document
from schemas.errors import UsageError
from schemas.findings import Finding, block_id, dated_block, undated_block
from schemas.positions import pack as pack_position
from schemas.release_dates import release_order
from storage import queries
from storage.database.sums import Sum
from storage.encoding import codes
from storage.encoding.cell_lists import pack_cells, unpack_cells
from storage.encoding.columns import Readings, make_key
from storage.ledger import Ledger
from storage.publish.findings import fingerprint
from storage.state.held import Wanted, figures_digest
from storage.verify import damage

LEDGERS = sorted((Path(__file__).parent / "released_schemas" / "decided").glob("*.db"))


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


READINGS = Readings(
    make_key(ints(7, 7, 3, 9), ints(2, 2, 5, 1)),
    ints(*[codes.release_code("2022-07-07")] * 4),
    ints(11145, 1114, 0, -88),
    ints(*(codes.pack(*one) for one in ((7,), (8, "~"), (0, "=", "nearest", "M"), (-2, "=", "truncated", "P", 2)))),
    ints(4, 4, 4, 5),
    ints(pack_position(2, 10), pack_position(3, 10), pack_position(4, 10), pack_position(1, 2, 3)),
)
FINDING = Finding(
    *("total", "error", "fails", "trade", "CHN", "WLD", "total", "_T", "2019", "USD", "20", "10", "10", "1"),
    *("trade/CHN/WLD/total/_T/2019/USD", "2020-01-15", "ab" * 32, "row 2, column 10", "2019: 20 is not 10"),
)


def test_the_fingerprint_of_a_held_block():
    seen = frozenset({("total", "2019", "20", "10"), ("unit", "", "it says two units", "")})
    wanted = Wanted("trade", FINDING.block, int(READINGS.released[0]), "rules", READINGS, seen)
    assert wanted.fingerprint == "438e64167bb6335ec45b9ea698e37a96b1e631fbb1e5c51e22ab17b8f64ec82d"


def test_the_digest_of_figures():
    assert figures_digest(READINGS) == "f5f09a10b893290214e189bc4402dbc721b03c177ed6080bedae4e500572af87"


def test_the_fingerprint_of_a_finding():
    said = "total|trade/CHN/WLD/total/_T/2019/USD|2019|2020-01-15|fails|20|10|2019: 20 is not 10"
    assert FINDING.fingerprint == fingerprint(FINDING) == said


def test_the_sum_of_rows():
    rows = [(1, "trade", None, b"\x00\xff", -3), (2, "Außenhandel", 2**62, b"", 0)]
    found = Sum()
    assert list(found.over(("id", "dataset", "mantissa", "cells", "packed"), rows)) == rows
    assert (found.count, found.total) == (2, 5167437503)


def test_the_cells_of_a_printing():
    """Compressed bytes may differ from one zlib to the next; what they are read as may not."""
    written = bytes.fromhex(
        "04000000000c00000078016367f8c30600021e010a000c0000007801636260fe0300010e010203160000007801e36a6080000754fa87fd7f206062000035cb0640"
    )
    for packed in (written, pack_cells(READINGS.key, READINGS.position)):
        key, position = unpack_cells(packed)
        assert key.tolist() == READINGS.key.tolist() == [7340034, 7340034, 3145733, 9437185]
        assert position.tolist() == READINGS.position.tolist() == [32778, 49162, 65546, 844424930148354]


def test_block_ids():
    block = block_id("trade", "CHN", "WLD", "", "_T", "2025-01/2025-02", "USD")
    assert block == "trade/CHN/WLD/-/_T/2025-01..2025-02/USD"
    assert dated_block(block, "2025-03-07") == f"{block}/2025-03-07"
    for released in ("2025-03-07", "2025-03-07+2"):
        assert undated_block(dated_block(block, released)) == (block, released)
    assert undated_block(block) == (block, "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("1970-01-01", 0), ("2022-07-07", 628490240), ("2022-07-07T00:00", 628490260)),
        *(("2022-07-07T08:30", 628500460), ("2022-07-07+2", 628490241), ("2022-07-07T08:30+19", 628500478)),
    ],
)
def test_release_codes(text, code):
    assert codes.release_code(text) == code
    assert codes.release_text(code) == text


def test_releases_sort_by_their_codes():
    names = ["2022-07-06", "2022-07-07", "2022-07-07+2", "2022-07-07+10", "2022-07-07T08:30", "2022-07-07T08:30+2"]
    for order in (codes.release_code, release_order):
        assert sorted(names[3:] + names[:3], key=order) == names
    assert [codes.base(codes.release_code(name)) == codes.release_code(name) for name in names] == [
        *(True, True, False, False, True, False)
    ]
    assert [codes.sequence(codes.release_code(name)) for name in names] == [1, 1, 2, 10, 1, 2]
    for name in ("2022-07-07+1", "2022-07-07+0", "2022-07-07+20", "2022-07-07+02", "2022-07-07T08:30+", "+2"):
        with pytest.raises(UsageError, match="no release date"):
            codes.release_code(name)


@pytest.mark.parametrize(
    ("bound", "last"),
    [("07", "07T08:30+2"), ("07+2", "07+2"), ("07T08:30", "07T08:30+2"), ("06+2", "06"), ("07T08:29", "07+3")],
)
def test_a_bound_covers_all_sequences_unless_one_is_said(bound, last):
    names = [f"2022-07-{name}" for name in ("07T08:30+2", "07T08:30", "07+3", "07+2", "07", "06")]
    inside = [name for name in names if codes.release_code(name) <= codes.release_bound(f"2022-07-{bound}")]
    assert inside[0] == f"2022-07-{last}"


@pytest.mark.parametrize(
    ("said", "packed"),
    [
        ((0,), 124),
        ((7,), 152),
        ((-30, "≥"), 772),
        ((30, "~", "truncated"), 3572),
        ((9, "=", "nearest", "M"), 53408),
        ((-1, "<", "nearest", "NA", 3), 62075),
        *(((0, "=", "nearest", status), 124 + (at << 12)) for at, status in enumerate(codes.STATUSES[:16])),
    ],
)
def test_what_belongs_to_a_figure(said, packed):
    assert codes.pack(*said) == packed
    assert codes.unpack(packed) == (*said[:4], *("=", "nearest", "")[len(said) - 1 :])


def test_old_statuses_keep_their_places():
    assert codes.STATUSES[:16] == (
        *("", "A", "P", "E", "F", "B", "I", "N", "O", "S", "U", "D", "R", "M", "C", "NA"),
    )  # fmt: skip


@pytest.mark.parametrize("path", sorted((LEDGERS[0].parent / "whole").glob("*.db")), ids=lambda path: path.stem)
def test_a_block_that_was_decided_whole_stays_so(tmp_path, path):
    """Two documents of one release contradict each other: read again, they say what was decided about both."""
    copy = tmp_path / "ledger.db"
    copy.write_bytes(path.read_bytes())
    with Ledger.open(f"sqlite:///{copy}", create=True) as ledger:
        decided = [(row["block"], row["state"]) for row in queries.held(ledger, all_=True) if row["state"] != "held"]
        assert sorted(decided) == sorted(
            (f"{dataset}/{reporter}/WLD/films/_T/2019/USD", f"{verdict}ed")
            for dataset in CAME
            for reporter, verdict in DECIDED.items()
            if verdict
        )
        shown = [{**row, "run": 0} for row in queries.show(ledger, reporter="USA")]
        assert {row["flow"]: row["value"] for row in shown} == {"X": "10000000", "M": "4000000", "T": "14000000"}
        for dataset in CAME:
            for reporter in ("USA", "DEU"):
                assert collect(ledger, *contradicting(dataset, reporter), version=2).outcome == "unchanged"
        assert set(decided) <= {(row["block"], row["state"]) for row in queries.held(ledger, all_=True)}
        assert [{**row, "run": 0} for row in queries.show(ledger, reporter="USA")] == shown
        assert [one for one in damage(ledger) if one.wrong] == []


@pytest.mark.parametrize("path", sorted((LEDGERS[0].parent / "whole").glob("*.db")), ids=lambda path: path.stem)
def test_what_nobody_decided_gives_back_what_came_first(tmp_path, path):
    """A contradiction had withdrawn it; the next run that judges the release says so, and only that one."""
    copy = tmp_path / "ledger.db"
    copy.write_bytes(path.read_bytes())
    with Ledger.open(f"sqlite:///{copy}", create=True) as ledger:
        decided = {row["block"]: row["state"] for row in queries.held(ledger, all_=True) if row["state"] != "held"}
        assert list(queries.show(ledger, reporter="CHN")) == []
        for dataset in CAME:
            both = contradicting(dataset, "CHN")
            assert collect(ledger, *both, version=2).outcome == "unchanged", "nothing new, and nothing is judged"
            for year, back in ((2018, 3 if dataset == "after" else 0), (2017, 0)):
                third = f"{HEADER}{dataset},CHN,films,X,level,,{year},9.0,USD million\n".encode()
                run = collect(ledger, Document("table", third, "third.csv", released="2020-01-15"))
                said = "3 figures that were withdrawn for a contradiction are back" if back else ""
                assert run.message == said
                assert summary(Collected(run)).endswith(said)
                assert (run.counts["published"], run.still_held) == (1, int(back == 0))
        rows = {row["flow"]: row for row in queries.show(ledger, reporter="CHN", period="2019")}
        assert {row["dataset"] for row in rows.values()} == {"after"}, "of two that came together nothing stands"
        assert {flow: row["value"] for flow, row in rows.items()} == {"X": "10000000", "M": "4000000", "T": "14000000"}
        assert {row["pending"] for row in rows.values()} == {"held"}
        (waits,) = [row for row in queries.held(ledger) if row["block"].startswith("after/CHN/")]
        assert [reading["value"] for reading in waits["readings"]] == ["11000000"]
        assert decided.items() <= {row["block"]: row["state"] for row in queries.held(ledger, all_=True)}.items()
        assert [one for one in damage(ledger) if one.wrong] == []


def test_there_are_such_ledgers():
    assert LEDGERS


@pytest.mark.parametrize("path", LEDGERS, ids=lambda path: path.stem)
def test_what_persons_decided_is_found_again(tmp_path, path):
    """A newer parser that reads the same, then a later release that prints the same: nobody is asked anew."""
    copy = tmp_path / "ledger.db"
    copy.write_bytes(path.read_bytes())
    with Ledger.open(f"sqlite:///{copy}", create=True) as ledger:
        states = {row["block"]: row["state"] for row in queries.held(ledger, all_=True)}
        kinds = {(block.split("/")[0], state) for block, state in states.items()}
        assert kinds == {(kind, state) for kind in KINDS for state in ("held", "accepted", "rejected")}
        shown = list(queries.show(ledger))
        findings = [row["sentence"] for row in queries.findings(ledger)]
        for kind in KINDS:
            for reporter in DECIDED:
                run = collect(ledger, document(kind, reporter, "2020-01-15"), version=2)
                assert (run.outcome, run.counts["published"], list(run.findings)) == ("unchanged", 0, []), kind
        assert {row["block"]: row["state"] for row in queries.held(ledger, all_=True)} == states
        assert [{**row, "run": 0} for row in queries.show(ledger)] == [{**row, "run": 0} for row in shown]
        assert [row["sentence"] for row in queries.findings(ledger)] == findings
        assert [one for one in damage(ledger) if one.wrong] == []
        for kind in KINDS:
            for reporter, verdict in DECIDED.items():
                run = collect(ledger, document(kind, reporter, "2020-02-15"))
                assert run.outcome == ("unchanged" if verdict else "quarantined"), (kind, reporter)
                assert bool(run.counts["rejected"]) == (verdict == "reject"), (kind, reporter)
