"""Charts of the report: what they print is what was published."""

from __future__ import annotations

from typing import Any

import pytest

from flows import charts


def cells(monkeypatch: pytest.MonkeyPatch, *versions: tuple[str, str, str]) -> list[str]:
    """The texts of a triangle of one period, release by release."""
    drawn: list[Any] = []
    monkeypatch.setattr(charts, "data_uri", lambda figure: str(drawn.append(figure)))
    charts.triangle(
        "Revisions",
        [{"period": "2022", "released": date, "value": value, "step": step} for date, value, step in versions],
    )
    (table,) = drawn[0].axes[0].tables
    return [box.get_text().get_text() for (row, column), box in table.get_celld().items() if row > 0 and column == 0]


def test_a_triangle_prints_the_published_digits(monkeypatch):
    mn, bn = "1000000", "10000000"
    assert cells(monkeypatch, ("2022-03-08", "-75025000000", mn), ("2022-04-05", "-75100000000", mn)) == [
        "−75,025 mn",
        "−75,100 mn (+0.1%)",
    ]
    assert cells(monkeypatch, ("2022-03-08", "111450000000", bn), ("2022-04-05", "111400000000", bn)) == [
        "111.45 bn",
        "111.40 bn (−0.0%)",
    ]


def test_a_figure_printed_finer_than_the_one_that_came_after_keeps_its_digits(monkeypatch):
    assert cells(monkeypatch, ("2022-03-08", "111450000000", "100000000"), ("2022-04-05", "0.25", "0.01")) == [
        "111.45 bn",
        "0.25 (−100.0%)",
    ]
