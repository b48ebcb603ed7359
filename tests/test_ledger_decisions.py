"""What a decision covers, and what supersedes what is held, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools

import pytest
from ledgers import batch, collect, release, shown

from storage import queries
from storage.decisions import decide

GOOD = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}
BAD = GOOD | {("T", "2019"): "20"}
BLOCK = "trade/CHN/WLD/total/_T/2019/USD"


@pytest.mark.parametrize(
    "figures",
    [
        {("T", "2019"): ["15", "40"], ("X", "2019"): "10", ("M", "2019"): "5"},
        {("T", "2019"): "16", ("X", "2019"): "10", ("M", "2019"): ["4", "5"]},
        {("T", "2019"): [">90", ">80"], ("X", "2019"): "10", ("M", "2019"): "5"},
    ],
)
def test_a_rejection_covers_the_same_readings_in_another_order(ledger, figures):
    assert release(ledger, "first", "2021-01-10", figures).outcome == "quarantined"
    decide(ledger, BLOCK, "reject", why="misprinted")
    turned = {cell: printed[::-1] if isinstance(printed, list) else printed for cell, printed in figures.items()}
    run = release(ledger, "second", "2021-02-10", dict(reversed(turned.items())))
    assert (run.outcome, run.counts["rejected"]) == ("unchanged", 4)
    assert not list(queries.held(ledger))
