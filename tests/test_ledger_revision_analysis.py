"""Revision triangles and measures, compared with sums done by hand and with a plain model of random histories."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from ledgers import release
from test_cli_reading import BROKEN, FIRST, SECOND, keep, rows

from cli import revisions
from cli.main import run
from schemas.figures import decimal_text
from storage.encoding import codes
from storage.queries.cells import Version
from storage.revision_analysis import measures, summary, triangle


def exports(values):
    return {("X", period): value for period, value in values.items()}


def test_measures_by_hand(ledger):
    release(ledger, "a", "2021-01-10", exports({"2018": "10", "2019": "20"}))
    release(ledger, "b", "2021-02-10", exports({"2018": "12", "2019": "20", "2020": "30"}))
    release(ledger, "c", "2021-03-10", exports({"2018": "11", "2019": "20.1", "2020": "29", "2021": "40"}))
    (one,) = summary(ledger)
    # 2018: +2 − 1; 2019 only gains a digit; 2020: −1; 2021 has had no later release.
    assert (one["cells"], one["revised"], one["share_revised"]) == (3, 2, "66.666666666666…")
    assert (one["sum_revision"], one["sum_absolute_revision"], one["mean_revision"]) == ("0", "2", "0")
    assert one["mean_absolute_revision"] == "0.666666666666…"
    assert one["relative_mean_absolute_revision"] == decimal_text(Fraction(200) / (11 + Fraction("20.1") + 29))
    assert (one["upward"], one["downward"]) == (1, 1)
    assert (one["mean_releases_until_final"], one["max_releases_until_final"]) == ("1.5", 2)
    assert (one["step"], one["releases"]) == ("0.1", 3)
    (before,) = summary(ledger, released_by="2021-02-28")
    assert (before["cells"], before["sum_revision"], before["mean_revision"]) == (2, "2", "1")


def test_the_triangle_carries_on_what_a_release_left_alone(ledger):
    release(ledger, "a", "2021-01-10", exports({"2018": "10", "2019": "20"}))
    release(ledger, "b", "2021-02-10", exports({"2018": "12", "2019": "20", "2020": "30"}))
    seen = [(r["period"], r["vintage"], r["released"], r["value"], r["since"], r["kind"]) for r in triangle(ledger)]
    assert seen == [
        ("2018", 1, "2021-01-10", "10", "2021-01-10", ""),
        ("2018", 2, "2021-02-10", "12", "2021-02-10", "revision"),
        ("2019", 1, "2021-01-10", "20", "2021-01-10", ""),
        ("2019", 2, "2021-02-10", "20", "2021-01-10", ""),
        ("2020", 1, "2021-02-10", "30", "2021-02-10", ""),
    ]


def test_a_bound_and_a_gap_are_no_revisions(ledger):
    release(ledger, "a", "2021-01-10", exports({"2018": ">10", "2019": "20", "2020": "M"}))
    release(ledger, "b", "2021-02-10", exports({"2018": "9", "2019": "M", "2020": "30"}))
    release(ledger, "c", "2021-03-10", exports({"2018": "8", "2019": "20", "2020": "30"}))
    (one,) = summary(ledger)
    assert (one["cells"], one["revised"], one["sum_absolute_revision"]) == (2, 0, "0")
    assert (one["mean_releases_until_final"], one["max_releases_until_final"]) == ("", 0)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.integers(-20, 20)), min_size=1, max_size=5, unique_by=lambda p: p[0]),
        max_size=5,
    )
)
def test_measures_agree_with_a_plain_model(histories):
    """Whole figures of one step: every change of value is a revision, and they add up to last less first."""
    dates = sorted({at for history in histories for at, _ in history})
    cells = [sorted(history) for history in histories]
    stands = [
        [pair for i, pair in enumerate(cell) if not i or pair[1] != cell[i - 1][1]] for cell in cells
    ]  # only change is a row
    made = [[Version(at, 1, value, codes.pack(0), 1, 0) for at, value in cell] for cell in stands]
    found = measures(made, dates)
    eligible = [cell for cell in stands if cell[0][0] < dates[-1]]
    if not eligible:
        assert found is None
        return
    assert found is not None
    moved = [cell[-1][1] - cell[0][1] for cell in eligible]
    assert found["cells"] == len(eligible)
    assert found["revised"] == sum(len(cell) > 1 for cell in eligible)
    assert found["mean_revision"] == decimal_text(Fraction(sum(moved), len(moved)))
    assert found["mean_absolute_revision"] == decimal_text(Fraction(sum(map(abs, moved)), len(moved)))
    waits = [dates.index(cell[-1][0]) - dates.index(cell[0][0]) for cell in eligible if len(cell) > 1]
    assert found["max_releases_until_final"] == max(waits, default=0)


def test_the_commands(home, capsys):
    for content in (FIRST, SECOND, BROKEN):
        keep("table", content)
    found = rows(capsys, "revisions", "--summary")
    assert [list(one) for one in found] == [list(revisions.SUMMARY_FIELDS)] * 3
    assert {one["flow"]: (one["revised"], one["mean_revision"]) for one in found} == {
        "M": (0, "0"),
        "T": (1, "100000000"),
        "X": (1, "100000000"),
    }
    vintages = rows(capsys, "revisions", "--triangle", "--flow", "X")
    assert [list(one) for one in vintages] == [list(revisions.VINTAGE_FIELDS)] * 2
    assert [one["value"] for one in vintages] == ["99890000000", "99990000000"]
    assert run(["revisions", "--triangle"]) == 0
    said = capsys.readouterr().out
    assert "2020-03-17" in said
    assert "99.99 bn USD*" in said
    assert run(["revisions", "--summary"]) == 0
    assert "100.0 %" in capsys.readouterr().out
    assert run(["revisions", "--triangle", "--limit", "1"]) == 0
    seen = capsys.readouterr()
    assert "the first 1 series" in seen.err
    assert seen.out.count("* revised") == 1
    assert run(["revisions", "--triangle", "--product", "none"]) == 0
    assert "nothing found" in capsys.readouterr().err
    assert run(["revisions", "--triangle", "--summary"]) == 2
