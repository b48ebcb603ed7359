"""What earlier releases said, for rules that compare: every change and the last printing, never the repetitions."""

from __future__ import annotations

import pytest
from ledgers import batch, collect, release
from sqlalchemy import text

from storage.encoding import versions
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


def test_what_is_read_of_a_long_history(ledger: Ledger) -> None:
    """Twenty vintages in which everything changes: the last ten changes of each figure, whenever a release comes."""
    for at in range(20):
        moved = {cell: str(100 + at * (at % 2)) for cell in FIRST if cell[0] != "M"}
        release(ledger, str(at), f"20{at + 10}-01-10", moved | {("M", "2019"): "0"}, dataset="trade")
    context = ledger.context(batch(("another", "2030-01-20", FIRST)))
    frame = other_releases(ledger, context)
    months = frame["released"].astype(str).str[:4]
    assert sorted(months[frame["flow"] == "X"]) == [str(year) for year in range(2020, 2030)]
    assert sorted(months[frame["flow"] == "M"]) == ["2010", "2029"]  # its only figure, and the last printing of it
    late = other_releases(ledger, ledger.context(batch(("late", "2012-01-20", FIRST))))
    years = sorted(late["released"].astype(str).str[:4][late["flow"] == "X"])
    assert years == ["2010", "2011", "2012", *(str(year) for year in range(2020, 2030))]


@pytest.mark.parametrize("few", [1, 3])
def test_the_last_releases_of_a_cell_say_what_all_would(monkeypatch, tmp_path, few: int) -> None:
    """Rows of a ledger are the same, read whole or only the last of each cell: late, withdrawn and moved ones too."""
    wrong = {("T", "2019"): "99", ("X", "2019"): "6", ("M", "2019"): "4"}
    said = [("a", "05", FIRST), ("b", "09", REVISED), ("c", "02", REVISED), ("d", "07", FIRST), ("e", "07", wrong),
            ("f", "11", FIRST), ("g", "12", REVISED), ("h", "10", FIRST), ("i", "08", REVISED)]  # fmt: skip

    def rows(name: str) -> list[tuple[object, ...]]:
        with Ledger.open(f"sqlite:///{tmp_path / name}.db", create=True) as made:
            for document, month, figures in said:
                release(made, document, f"2020-{month}-10", figures)
            release(made, "a", "2020-05-10", {("T", "2019"): "10"}, version=2)
            with made.reading() as conn:
                return [tuple(row) for row in conn.execute(text("SELECT * FROM version"))]

    whole = rows("whole")
    monkeypatch.setattr(versions, "_FEW", few)
    monkeypatch.setattr(versions, "_DEEP", -1)
    assert rows("few") == whole
