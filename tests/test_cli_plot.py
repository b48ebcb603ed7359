"""Charts: what they show, in a terminal and as PNG; when there is none, and how to narrow a question."""

from __future__ import annotations

import struct
import sys
from math import nan
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes

from cli.main import run
from flows.page.pictures import charts, odd_figures
from flows.page.pictures.lines import Line, Picture, place, ticks
from schemas.findings import Suspect
from storage import queries
from tests.test_cli_reading import HEADER, keep

YEARS = range(2011, 2020)


def tidy(
    released: str, flow: str = "X", product: str = "goods", measure: str = "", unit: str = "USD billion", **values: str
) -> str:
    """Lines of a tidy CSV: ``y2019="99.9"``."""
    basis = "USD" if measure else ""
    lines = (f"own,USA,{product},{flow},{measure},{basis},{name[1:].replace('_', '-')},{value},{unit},,{released},\n"
             for name, value in values.items())  # fmt: skip
    return "".join(lines)


def years(last: str = "", **more: str) -> dict[str, str]:
    return {f"y{year}": f"{80 + year % 7}.{year % 10}" for year in YEARS} | ({"y2019": last} if last else {}) | more


FIRST = HEADER + tidy("2020-03-17", **years()) + tidy("2020-03-17", "M", **years())


def drawn(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> tuple[str, str]:
    assert run(["plot", *arguments]) == status
    out, err = capsys.readouterr()
    return out, err


@pytest.fixture
def ledger(home: Path, once: Any) -> Any:
    def prepare() -> None:
        keep("table", FIRST)
        keep("table", HEADER + tidy("2021-03-17", y2018="99.9", y2020="91.0"))
        odd = (
            tidy("2022-03-17", y2021="99.0")
            + tidy("2022-03-17", "M", y2021="11.0")
            + tidy("2022-03-17", "T", y2021="111.0")
        )
        assert keep("table", HEADER + odd).quarantined

    return once(home, prepare)


@pytest.mark.usefixtures("ledger")
class TestPlot:
    def test_a_few_series_in_a_terminal(self, capsys):
        out, _ = drawn(capsys, "--reporter", "USA")
        lines = out.splitlines()
        assert lines[0] == "USA goods (own), bn USD"
        assert [line for line in lines if "⠤" in line and "exports" in line]
        assert [name for name in ("2011", "2013", "2021") if name in lines[-6] + lines[-5]]
        assert max(map(len, lines)) <= 80
        assert {"⠤a⠤ imports", "⠤b⠤ exports", "⠤A⠤ imports, held", "⠤B⠤ exports, held"} <= set(lines)

    def test_a_png(self, capsys, tmp_path):
        file = tmp_path / "usa.png"
        out, err = drawn(capsys, "--flow", "X", "--output", str(file))
        assert (out, "a chart in" in err) == ("", True)
        head = file.read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        assert struct.unpack(">II", head[16:24])[0] > 600

    def test_vintages_are_what_was_known_after_each_release(self, capsys, monkeypatch):
        seen: list[Picture] = []
        monkeypatch.setattr("cli.plot._show", lambda picture, _: seen.append(picture))
        drawn(capsys, "--flow", "X", "--vintages")
        (picture,) = seen
        assert [(line.label, line.kind) for line in picture.lines] == [
            ("2020-03-17", "earlier"),
            ("2021-03-17", "published"),
        ]
        assert [line.points.get("2018") for line in picture.lines] == [82.8, 99.9]
        assert [line.points.get("2020") for line in picture.lines] == [None, 91.0]

    def test_a_triangle_in_figures(self, capsys, tmp_path):
        out, _ = drawn(capsys, "--flow", "X", "--triangle")
        (row,) = [line.split() for line in out.splitlines() if line.startswith("2018")]
        assert row == ["2018", "82.8", "bn", "USD", "99.9", "bn", "USD*"]
        file = tmp_path / "t.png"
        drawn(capsys, "--flow", "X", "--triangle", "-o", str(file))
        assert file.read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--reporter", "CHN"], "nothing published matches --reporter CHN: `tradeledger show`"),
            (["--vintages"], "2 series match, expected one: narrow by --flow"),
            (["--vintages", "--triangle"], "ask for one at a time"),
            (["--output", "x.pdf"], "a chart is a PNG"),
            (["--unit", "CNY"], "nothing of it is in CNY: these units are there: USD"),
            (["--frequency", "month"], "no figure of it is about a month: there are periods of a year"),
        ],
    )
    def test_what_cannot_be_drawn_is_said_with_the_way_out(self, capsys, arguments, said):
        out, err = drawn(capsys, *arguments, status=2)
        assert out == ""
        assert said in err
        assert err.count("\n") == 1

    def test_without_matplotlib_a_png_says_how_to_install_it(self, capsys, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        _, err = drawn(capsys, "--output", "x.png", status=1)
        assert "pip install 'tradeledger[charts]'" in err


def test_two_points_are_no_chart(home, capsys):
    keep("table", HEADER + tidy("2020-03-17", y2018="1.0", y2019="2.0"))
    _, err = drawn(capsys, status=1)
    assert "2 figures, and a chart wants 3 or more: `tradeledger show`" in err


def test_many_series_say_how_to_narrow(home, capsys):
    products = [f"kind-{number}" for number in range(7)]
    keep(
        "table",
        HEADER + "".join(tidy("2020-03-17", product=one, y2017="1.0", y2018="1.5", y2019="2.0") for one in products),
    )
    _, err = drawn(capsys, status=2)
    assert "7 series match, at most 6 are drawn: narrow by --product (kind-0, kind-1, kind-2" in err
    assert "7 in all" in err


def test_years_and_months_are_not_one_line(home, capsys):
    months = {f"y2018_{month:02}": f"{7 + month / 10:.1f}" for month in range(1, 13)}
    keep("table", HEADER + tidy("2020-03-17", y2016="90.0", y2017="91.0", y2018="92.0", **months))
    out, err = drawn(capsys)
    assert "not drawn: 3 of a year (--frequency)" in err
    assert "2018-01" in out
    assert "2016" in drawn(capsys, "--frequency", "year")[0]


# ── the chart of an odd figure ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> list[Axes]:
    """The axes of what is drawn."""
    seen: list[Axes] = []
    monkeypatch.setattr(charts, "data_uri", lambda figure: seen.append(figure.axes[0]) or "data:x")
    return seen


def series(**values: str) -> list[dict[str, Any]]:
    return [{"period": name[1:], "value": value} for name, value in values.items()]


ODD = Suspect(
    flow="X", measure="level", period="2019", value="99980000000", low="99875000000", high="99885000000", slip=""
)


def test_an_odd_figure_has_its_history_its_interval_and_its_revision(axes):
    known = series(y2016="91000000000", y2017="92500000000", y2018="95000000000", y2020="98000000000")
    assert charts.odd_figure("USA goods", "USD", known, ODD, {"2020-03-17": "99880000000"}) == "data:x"
    (drawn,) = axes
    assert drawn.get_ylabel() == "bn USD"
    points = {line.get_label(): list(line.get_ydata()) for line in drawn.get_lines()}
    assert points["published"] == [91.0, 92.5, 95.0, pytest.approx(nan, nan_ok=True), 98.0]  # no line where it was not
    assert points["2020-03-17: 99.88"] == [99.88]
    assert points["printed: 99.98"] == [99.98]
    assert [list(line.get_ydata()) for line in drawn.get_lines() if line.get_marker() == "_"] == [
        [pytest.approx(99.88)]
    ]
    assert [text.get_text() for text in drawn.get_xticklabels()] == ["2016", "2017", "2018", "2019", "2020"]
    named = [text.get_text() for text in drawn.get_legend().get_texts()]
    assert named == ["published", "2020-03-17: 99.88", "printed: 99.98", "would fit: 99.875 to 99.885"]


@pytest.mark.parametrize("known", [{}, {"y2018": "9"}, {"y2018": "9", "y2020": "9"}])
def test_an_odd_figure_without_a_history_has_no_chart(axes, known):
    assert charts.odd_figure("USA goods", "USD", series(**known), ODD) == ""
    assert axes == []


def test_an_odd_growth_rate_has_a_chart_in_per_cent(home, axes):
    rates = {f"y{year}": f"{year % 5}.0" for year in YEARS}
    keep("table", HEADER + tidy("2020-03-17", measure="growth_yoy", unit="%", **rates))
    contradiction = tidy("2021-03-17", y2019="100.0", y2020="110.0") + tidy(
        "2021-03-17", measure="growth_yoy", unit="%", y2020="20.0"
    )
    keep("table", HEADER + contradiction)
    from schemas.settings import load_settings
    from storage.ledger import Ledger

    with Ledger.open(load_settings().ledger_url, create=False) as ledger:
        failing = [row for row in queries.findings(ledger) if row["result"] == "fails"]
        pictures = odd_figures(ledger, failing)
    assert any("growth" in picture for picture in pictures)
    assert "%" in {one.get_ylabel() for one in axes}


def test_names_on_the_axis_are_few_and_evenly_spaced():
    months = {f"{2015 + month // 12}-{month % 12 + 1:02}": 1.0 for month in range(60)}
    named = ticks(Picture("", "", [Line("", months)]), 13)
    assert named == [
        "2015-01",
        "2015-07",
        "2016-01",
        "2016-07",
        "2017-01",
        "2017-07",
        "2018-01",
        "2018-07",
        "2019-01",
        "2019-07",
    ]
    assert place("2019-Q1") == place("2019-02")
