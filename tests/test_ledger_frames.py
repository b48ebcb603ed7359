"""What earlier releases said, for rules that compare: every change and the last printing, never the repetitions."""

from __future__ import annotations

from ledgers import batch, collect, release

from storage.frames import other_releases, release_frames
from storage.ledger import Ledger

FIRST = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}
REVISED = FIRST | {("T", "2019"): "11", ("X", "2019"): "7"}
#: Release → what it says; June leaves imports out.
SAID = {"2020-01": FIRST, "2020-02": FIRST, "2020-03": FIRST, "2020-04": REVISED, "2020-05": REVISED,
        "2020-06": {("T", "2019"): "11", ("X", "2019"): "7"}}  # fmt: skip


def known(ledger: Ledger, touched: str) -> set[tuple[str, str]]:
    context = ledger.context(batch(("another", f"{touched}-20", FIRST)))
    frame = other_releases(ledger, context)
    return set(zip(frame["flow"].astype(str), frame["released"].astype(str).str[:7], strict=True))


def test_changes_and_what_was_said_last(ledger: Ledger) -> None:
    for month, figures in SAID.items():
        release(ledger, month, f"{month}-10", figures)
    first = {(flow, "2020-01") for flow in "TXM"}
    latest = {("T", "2020-06"), ("X", "2020-06"), ("M", "2020-05")}
    changed = {("T", "2020-04"), ("X", "2020-04")}
    assert known(ledger, "2020-07") == first | changed | latest
    # Before a release that comes late, what was printed last stands there too.
    assert known(ledger, "2020-03") == first | changed | latest | {(flow, "2020-03") for flow in "TXM"}


def test_a_release_that_is_touched_is_not_among_them(ledger: Ledger) -> None:
    for month, figures in SAID.items():
        release(ledger, month, f"{month}-10", figures)
    again = batch(("more of April", "2020-04-10", {("B", "2019"): "3"}))
    frame = other_releases(ledger, ledger.context(again))
    assert "2020-04-10" not in set(frame["released"].astype(str))
    assert collect(ledger, again).outcome == "published"


def test_one_release_once(ledger: Ledger) -> None:
    release(ledger, "first", "2020-01-10", FIRST)
    frame = other_releases(ledger, ledger.context(batch(("second", "2020-02-10", REVISED))))
    (whole,) = [one for _, _, one in release_frames(ledger)]
    assert sorted(frame["mantissa"]) == sorted(whole["mantissa"])
    assert len(other_releases(ledger, ledger.context(batch(("first again", "2020-01-10", REVISED))))) == 0
