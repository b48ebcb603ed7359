"""The triangle of the report: what it prints is what was published."""

from __future__ import annotations

from flows.page.pictures.triangles import triangle


def cells(*versions: tuple[str, str, str]) -> list[str]:
    """The texts of a triangle of one period, release by release."""
    rows = [{"period": "2022", "released": date, "value": value, "step": step} for date, value, step in versions]
    return [line.split(" | ")[1].removesuffix(" |") for line in triangle("Revisions", rows).splitlines()[4:]]


def test_a_triangle_prints_the_published_digits():
    mn, bn = "1000000", "10000000"
    assert cells(("2022-03-08", "-75025000000", mn), ("2022-04-05", "-75100000000", mn)) == [
        "−75,025 mn",
        "−75,100 mn (+0.1%)",
    ]
    assert cells(("2022-03-08", "111450000000", bn), ("2022-04-05", "111400000000", bn)) == [
        "111.45 bn",
        "111.40 bn (−0.0%)",
    ]


def test_a_figure_printed_finer_than_the_one_that_came_after_keeps_its_digits():
    assert cells(("2022-03-08", "111450000000", "100000000"), ("2022-04-05", "0.25", "0.01")) == [
        "111.45 bn",
        "0.25 (−100.0%)",
    ]


def test_a_triangle_is_a_table_with_its_releases_and_periods():
    rows = [
        {"period": "2021", "released": "2022-03-08", "value": "11", "step": "1"},
        {"period": "2022", "released": "2022-04-05", "value": "12", "step": "1"},
    ]
    assert triangle("a|b", rows).splitlines() == [
        "### a\\|b",
        "",
        "| released | 2021 | 2022 |",
        "|---|---:|---:|",
        "| 2022-03-08 | 11 |  |",
        "| 2022-04-05 |  | 12 |",
    ]
