"""What a document that covers a window leaves out: found, held with its document, proposed as gone; never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from schemas.datasets import Dataset
from schemas.errors import DeclarationError
from schemas.history.coverage import Vanished, vanished
from schemas.observations import combine, readings
from schemas.positions import NOWHERE

MONTHS = [f"2019-{month:02d}" for month in range(1, 7)]


def release(released: str, periods: Sequence[str], flow: str = "X", **columns: Any) -> pd.DataFrame:
    return readings(
        {
            "dataset": "d",
            "reporter": "CHN",
            "flow": flow,
            "unit": "USD",
            "period": list(periods),
            "mantissa": [5] * len(periods),
            "exponent": 6,
            "position": 1 << 14,
            "released": released,
            "document": released,
            **columns,
        }
    )


def missing(
    current: pd.DataFrame, earlier: pd.DataFrame, known: Sequence[str] = (), **declared: Any
) -> tuple[set[tuple[str, str]], Vanished]:
    datasets = {"d": Dataset("d", **({"covers": "dataset"} | declared))}
    found = vanished(current, earlier, datasets, set(current["document"]), {"d": list(known)})
    return set(zip(found.readings["flow"], found.readings["period"], strict=True)), found


def test_within_the_window_it_vanished_before_it_only_left() -> None:
    cells, found = missing(release("2019-09-01", MONTHS[2:4] + MONTHS[5:]), release("2019-08-01", MONTHS))
    assert cells == {("X", "2019-05")}
    (row,) = found.readings.to_dict("records")
    assert (row["status"], row["position"], row["released"], row["document"]) == ("M", NOWHERE, *["2019-09-01"] * 2)
    assert pd.isna(row["mantissa"])
    (finding,) = found.findings
    assert (finding.severity, finding.released, finding.left, finding.position) == (
        "error",
        "2019-09-01",
        "5000000",
        "",
    )
    assert finding.block == "d/CHN/WLD/total/_T/2019-05/USD"
    assert finding.sentence == (
        "2019-05 CHN trade: exports 5 of the release of 2019-08-01 is missing from that of 2019-09-01, "
        "which covers the period"
    )
    (notice,) = found.notices
    assert notice.document == "2019-09-01"
    assert notice.sentence.startswith(
        "1 figure published before is missing, though documents of d print all its series"
    )


def test_a_document_that_ends_too_early_or_lacks_a_series() -> None:
    both = combine([release("2019-08-01", MONTHS), release("2019-08-01", MONTHS, "M")])
    assert missing(release("2019-09-01", MONTHS[1:3], "X"), both)[0] == {
        ("X", "2019-04"), ("X", "2019-05"), ("X", "2019-06"),
        ("M", "2019-02"), ("M", "2019-03"), ("M", "2019-04"), ("M", "2019-05"), ("M", "2019-06"),
    }  # fmt: skip
    # Of one that promises only the series it prints, from the first to the last, just gaps are known.
    assert missing(release("2019-09-01", MONTHS[1:3]), both, covers="series")[0] == set()
    assert missing(release("2019-09-01", (MONTHS[1], MONTHS[4])), both, covers="series")[0] == {
        ("X", "2019-03"),
        ("X", "2019-04"),
    }


@pytest.mark.parametrize("covers", ["series", "dataset"])
def test_kinds_of_periods_have_windows_of_their_own_and_spans_none(covers: str) -> None:
    earlier = release("2019-08-01", ["2017", "2018", "2018-Q4", "2019-01", "2019-01/2019-05", "2019-01/2019-06"])
    current = release("2019-09-01", ["2018", "2018-Q4", "2019-01", "2019-01/2019-07"])
    assert missing(current, earlier, covers=covers)[0] == set()


def test_another_document_of_the_release_has_it() -> None:
    earlier = release("2019-08-01", MONTHS)
    beside = release("2019-09-01", MONTHS[1:2], document="beside")
    current = combine([beside, release("2019-09-01", [MONTHS[0], *MONTHS[2:]])])
    assert missing(current, earlier)[0] == set()


def test_what_an_earlier_release_of_the_same_run_had() -> None:
    current = combine([release("2019-08-01", MONTHS), release("2019-09-01", [MONTHS[0], *MONTHS[2:]])])
    cells, found = missing(current, combine(()))
    assert cells == {("X", "2019-02")}
    assert set(found.readings["document"]) == {"2019-09-01"}


def test_an_older_document_that_comes_late_warns_of_what_the_latest_release_lacks() -> None:
    late = release("2019-08-01", MONTHS)
    cells, found = missing(late, release("2019-09-01", [MONTHS[1], *MONTHS[3:]]))
    assert (cells, list(found.notices)) == (set(), [])
    (finding,) = found.findings
    assert (finding.severity, finding.released, finding.document, finding.position) == (
        "warning", "2019-08-01", "2019-08-01", "row 1",
    )  # fmt: skip
    assert finding.sentence == (
        "2019-03 CHN trade: exports 5 of the release of 2019-08-01 is missing from that of 2019-09-01, "
        "which covers the period"
    )
    # One between them had it: whether it vanished after that was asked when the last one came.
    between = release("2019-08-15", MONTHS[2:3])
    both = combine([between, release("2019-09-01", [MONTHS[1], *MONTHS[3:]])])
    assert list(missing(late, both)[1].findings) == []
    # Absent from as many releases as declared, or beside a document that has it, nothing is said.
    dates = ["2019-08-01", "2019-08-15", "2019-09-01"]
    lacking = release("2019-09-01", [MONTHS[1], *MONTHS[3:]])
    assert list(missing(late, lacking, dates, absences=2)[1].findings) == []
    assert len(missing(late, lacking, dates, absences=3)[1].findings) == 1


def test_what_was_said_to_be_missing_or_comes_later_has_not_vanished() -> None:
    gone = release("2019-08-15", MONTHS[1:2], mantissa=pd.array([None], dtype="Int64"), status="M")
    earlier = combine([release("2019-08-01", MONTHS), gone])
    current = release("2019-09-01", [MONTHS[0], *MONTHS[2:]])
    assert missing(current, earlier)[0] == set()
    assert missing(release("2019-07-01", [MONTHS[0], *MONTHS[2:]]), release("2019-08-01", MONTHS))[0] == set()


def test_absent_for_as_many_releases_as_declared_it_is_gone_without_a_finding() -> None:
    earlier, current = release("2019-08-01", MONTHS), release("2019-11-01", [MONTHS[0], *MONTHS[2:]])
    held = ["2019-07-01", "2019-08-01", "2019-09-01"]
    cells, found = missing(current, earlier, held, absences=3)
    assert cells == {("X", "2019-02")}
    assert len(found.findings) == len(found.notices) == 1
    cells, found = missing(current, earlier, [*held, "2019-10-01"], absences=3)
    assert cells == {("X", "2019-02")}
    assert not found.findings
    assert not found.notices
    assert missing(current, earlier, [*held, "2019-10-01"])[1].findings  # never by itself


def test_what_the_dataset_declares_about_the_rule() -> None:
    earlier, current = release("2019-08-01", MONTHS), release("2019-09-01", [MONTHS[0], *MONTHS[2:]])
    assert missing(current, earlier, covers="")[1].findings == ()
    assert missing(current, earlier, identities={"coverage": "off"})[1].findings == ()
    cells, found = missing(current, earlier, identities={"coverage": "warning"})
    assert (cells, [finding.severity for finding in found.findings], found.notices) == (set(), ["warning"], [])
    with pytest.raises(DeclarationError, match="is no window"):
        Dataset("d", covers="everything")


def test_every_combination_of_five_months() -> None:
    """Enumerated: of a series, what is between its first and last period (or from its first on) and not printed."""
    earlier = release("2019-08-01", MONTHS[:5])
    for bits in range(1, 1 << 5):
        printed = [at for at in range(5) if bits >> at & 1]
        current = release("2019-09-01", [MONTHS[at] for at in printed])
        for covers, end in (("dataset", 4), ("series", printed[-1])):
            expected = {("X", MONTHS[at]) for at in range(printed[0], end + 1) if at not in printed}
            assert missing(current, earlier, covers=covers)[0] == expected


@pytest.mark.parametrize("status", ["M", "C", "NA", "O", "Q", "B"])
def test_a_figure_that_loses_its_value_is_as_absent(status: str) -> None:
    earlier = release("2019-08-01", MONTHS)
    value: Any = pd.array([5, None, *[5] * 4], dtype="Int64")
    marked = release("2019-09-01", MONTHS, mantissa=value, status=["", status, *[""] * 4])
    cells, found = missing(marked, earlier)
    assert cells == set()  # the document says it itself
    (finding,) = found.findings
    assert (finding.rule, finding.severity, finding.period, finding.left) == ("coverage", "error", "2019-02", "5000000")
    assert "exports 5 of the release of 2019-08-01 has no value in that of 2019-09-01" in finding.sentence
    assert [notice.document for notice in found.notices] == ["2019-09-01"]
    # Another document of the release has it, it never had one, or the dataset only warns.
    beside = release("2019-09-01", MONTHS[1:2], document="other")
    assert not missing(combine([marked, beside]), earlier)[1].findings
    assert not missing(marked, release("2019-08-01", [MONTHS[0], *MONTHS[2:]]))[1].findings
    warned = missing(marked, earlier, identities={"coverage": "warning"})[1]
    assert [one.severity for one in warned.findings] == ["warning"]
    assert not warned.notices
    # Once it was said, the next release that says so too says nothing new.
    later = release("2019-10-01", MONTHS, mantissa=value, status=["", status, *[""] * 4])
    assert not missing(later, combine([earlier, marked]))[1].findings


def test_the_sequences_of_a_date_are_one_release() -> None:
    """What the corrected page leaves out stands in the first one; what both leave out has vanished, once."""
    earlier = release("2019-08-01", MONTHS)
    first, again = release("2019-09-01", MONTHS), release("2019-09-01+2", [*MONTHS[:2], *MONTHS[3:]])
    assert missing(combine([first, again]), earlier)[0] == set()
    both = combine([again, release("2019-09-01", [*MONTHS[:2], *MONTHS[3:]])])
    cells, found = missing(both, earlier)
    assert cells == {("X", MONTHS[2])}
    assert set(found.readings["released"]) == {one.released for one in found.findings} == {"2019-09-01"}
    known = ["2019-09-01", "2019-09-01+2", "2019-09-01+10"]
    assert missing(again, earlier, known, absences=2)[1].findings  # it stayed away from one release so far
