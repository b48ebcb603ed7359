"""``import tradeledger``: what the commands answer, as DataFrames, row by row; names and signatures as they were."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import batch, collect, release
from test_cli_export import keep_four
from test_cli_reading import HEADER, keep, row

import tradeledger
from cli.formats import changes
from cli.formats import findings as finding_rows
from cli.main import run
from cli.revisions import VINTAGE_FIELDS
from cli.show import FIELDS
from flows import steps
from schemas.documents import Unreadable
from schemas.errors import TradeledgerError
from schemas.figures import MAX_MANTISSA, Figure
from schemas.settings import load_settings
from schemas.vocabulary import QUALIFIERS, ROUNDINGS
from storage import doubles as double
from storage import queries
from storage.decisions import decide
from storage.encoding import codes
from storage.encoding.columns import ints
from storage.figure_frames import exact, figure_frame
from storage.ledger import Ledger
from tradeledger._frames import period_text

ROOT = Path(__file__).resolve().parent.parent
COUNTED = ("value", "step", "low", "high", "previous", "change", "left", "right", "difference", "allowed")


def text(name: str, value: Any) -> Any:
    """A value of a frame as the command writes it."""
    if name == "suspects":
        return value
    if name == "period":
        return "" if value is pd.NaT else period_text(value)
    if name == "recorded_at":
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else value.item() if isinstance(value, np.generic) else value


def as_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: text(name, one[name]) for name in frame} for one in frame.to_dict("records")]


def said(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a command says, with no mark for a decimal that does not end, nor texts in the place of numbers."""
    for one in rows:
        for name in set(one) & {"left", "right", "difference", "allowed"}:
            number = one[name].rstrip("…")
            one[name] = number if number.replace(".", "").lstrip("-").isdecimal() else ""
    return rows


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert run([*arguments, "--format", "json"]) == 0
    return said(json.loads(capsys.readouterr().out))


@pytest.fixture
def kept(home: Path, once: Any) -> Path:
    return once(home, keep_four)


OPTIONS = {"first": "from", "last": "to"}
ASKED = (
    {},
    {"flow": "X"},
    {"released_by": "2020-12-31"},
    {"period": "2019", "product": "goods", "reporter": "CHN", "partner": "WLD", "breakdown": "_T"},
    {"period": "2025-01/2025-02"},
    {"as_of": "1999-12-31"},
    {"dataset": "cultural", "source": "table"},
    {"measure": "level"},
    {"flow": "X,M"},
    {"first": "2019", "last": "2020"},
)


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize(
    ("function", "command", "fields"),
    [
        ("figures", "show", FIELDS),
        ("vintages", "revisions --triangle", VINTAGE_FIELDS),
        ("revisions", "revisions", changes.FIELDS),
        ("findings", "findings", finding_rows.FIELDS),
        ("findings", "findings --all", finding_rows.FIELDS),
    ],
)
def test_a_frame_is_what_the_command_answers(kept, capsys, function, command, fields, asked):
    ask = getattr(tradeledger, function)
    if missing := set(asked) - set(inspect.signature(ask).parameters):
        with pytest.raises(TypeError, match="unexpected keyword"):
            ask(**asked)
        assert missing <= {"flow", "measure"}
        return
    options = [
        word for name, value in asked.items() for word in (f"--{OPTIONS.get(name, name.replace('_', '-'))}", value)
    ]
    rows = answered(capsys, *command.split(), *options)
    more = {"all": True} if "--all" in command else {}
    assert as_rows(ask(**asked, **more, exact=True)) == rows
    frame = ask(**asked, **more)
    assert tuple(frame.columns) == fields
    for name in set(COUNTED) & set(fields):
        assert frame[name].dtype == np.float64
        assert [None if np.isnan(one) else one for one in frame[name]] == [
            float(one[name]) if one[name] != "" else None for one in rows
        ]


def test_held_figures_in_their_places(kept, capsys):
    rows = answered(capsys, "show", "--with-held")
    assert "95990000000" in {one["value"] for one in rows}
    assert as_rows(tradeledger.figures(with_held=True, exact=True)) == rows


def a_history(ledger: Ledger) -> None:
    """A ledger of most that there is: revised, withdrawn, held, rejected, unreadable by now, bounds and gaps."""
    release(
        ledger,
        "a",
        "2021-01-10",
        {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4", ("X", "2020-Q1"): "1.50"},
    )
    release(
        ledger,
        "b",
        "2021-02-10",
        {("X", "2020-Q1"): "1.6", ("X", "2020"): ">7", ("B", "2018-03"): "M", ("T", "1999"): "3"},
    )
    collect(ledger, batch(("b", "2021-02-10", {("X", "2020"): ">7", ("B", "2018-03"): "M"}), version=2), kind="reparse")
    release(
        ledger, "c", "2021-03-10", {("T", "2019"): "12", ("X", "2019"): "6", ("M", "2019"): "4", ("X%", "2019"): "8.9"}
    )
    release(ledger, "d", "2021-04-10", {("T", "2021"): "90", ("X", "2021"): "4", ("M", "2021"): "4"}, dataset="other")
    waits = list(queries.held(ledger))
    assert len(waits) == 2
    decide(ledger, waits[0]["block"], "reject", who="ann", why="a slip")
    # As the third column, that of exports, is said to be in a row: positions of these batches are not packed.
    fault = Unreadable("row 0, column 3", "3?", "expected digits", dataset="trade")
    said = {("T", "2022"): "5", ("X", "2022"): "3", ("M", "2022"): "2"}
    collect(ledger, batch(("e", "2021-05-10", said), unreadable=[fault], source="bulletins"))


def test_figures_of_both_databases(ledger):
    a_history(ledger)
    instants = sorted(one["recorded_at"] for one in queries.runs(ledger))
    marks = set()
    for asked in (
        {}, {"with_held": True}, {"released_by": "2021-02-28"}, {"period": "2020-Q1"}, {"source": "bulletins"},
        {"source": "table,gacc", "with_held": True},
        {"first": "2019", "with_held": True}, {"dataset": "other"}, {"dataset": "other", "with_held": True},
        {"flow": "T", "with_held": True, "period": "2021"}, *({"as_of": one} for one in instants),
        *({"as_of": one, "with_held": True} for one in instants),
    ):  # fmt: skip
        unshown: list[int] = []
        rows = list(queries.show(ledger, every=True, unshown=unshown, **asked))
        frame, versions, waiting = figure_frame(ledger, **asked)
        assert waiting == sum(unshown)
        marks |= {one["pending"] for one in rows}
        numbers = {name: pd.Series(values, dtype=object) for name, values in exact(versions).items()}
        assert as_rows(frame.assign(**numbers, period=frame["period"].astype(object))) == rows, asked
    assert marks == {"", "held", "rejected", "unreadable"}
    with ledger.reading() as conn:
        packed = conn.exec_driver_sql("SELECT packed FROM version").scalars().all()
    assert any(codes.withdrawn(one) for one in packed)


figures = st.tuples(
    st.one_of(st.integers(-200, 200), st.integers(-MAX_MANTISSA, MAX_MANTISSA)),
    st.integers(-30, 30), st.sampled_from(QUALIFIERS), st.sampled_from(ROUNDINGS),
)  # fmt: skip


@given(st.lists(figures, min_size=1))
def test_doubles_are_the_nearest(known):
    mantissa = ints([one[0] for one in known])
    packed = ints([codes.pack(*one[1:]) for one in known])
    low, high = double.bounds(mantissa, packed)
    expected = [Figure(*one) for one in known]

    def nearest(values: list[Any]) -> list[float]:
        return [float("nan") if one is None else float(one) for one in values]

    np.testing.assert_array_equal(double.doubles(mantissa, packed), nearest([one.value for one in expected]))
    np.testing.assert_array_equal(double.steps(packed), nearest([one.step for one in expected]))
    np.testing.assert_array_equal(low, nearest([one.interval.low for one in expected]))
    np.testing.assert_array_equal(high, nearest([one.interval.high for one in expected]))


def keep_bulletins() -> None:
    steps.collected(steps.Job("bulletins", load_settings()), steps.Asked(()))


def keep_kinds() -> None:
    """Years, quarters and months of two units, a half-year and a span."""
    periods = ("2019", "2020-Q3", "2021-02", "2021-S1", "2021-03/2021-04")
    keep("table", HEADER + "".join(row("X", "1.5", "2022-01-01", one) for one in periods)
         + "cultural,CHN,goods,X,growth_yoy,USD,2019,8.90,%,,2022-01-01,\n")  # fmt: skip


def test_periods_and_units(home, once):
    once(home, keep_kinds)
    frame = tradeledger.figures()
    assert [type(one) for one in frame["period"]].count(pd.Period) == 4
    assert {one for one in frame["period"] if isinstance(one, str)} == {"2021-S1", "2021-03/2021-04"}
    assert frame.attrs == {"units": ["%", "USD"], "waiting": 0}
    for asked, dtype in (
        (2019, "period[Y-DEC]"),
        ("2020-Q3", "period[Q-DEC]"),
        (pd.Period("2021-02", "M"), "period[M]"),
    ):
        one = tradeledger.figures(period=asked, measure="level")
        assert one["period"].dtype == dtype
        assert one.attrs["unit"] == "USD"
        assert isinstance(one.set_index("period").index, pd.PeriodIndex)
        assert one["value"].tolist() == [1.5e9]
    (rate,) = tradeledger.figures(unit="%", exact=True)["value"]
    assert str(rate) == "8.90"
    assert list(frame["flow"].cat.categories) == ["X"]
    assert str(frame["recorded_at"].dtype) == "datetime64[us, UTC]"


def test_which_ledger_is_asked(kept, tmp_path, monkeypatch):
    expected = tradeledger.figures()
    monkeypatch.setenv("TRADELEDGER_HOME", str(tmp_path / "nowhere"))
    file = kept / "ledger.db"
    for place in (kept, str(file), file, f"sqlite:///{file}"):
        pd.testing.assert_frame_equal(tradeledger.figures(ledger=place), expected)
    before = file.read_bytes()
    with tradeledger.open_ledger(kept) as ledger:
        assert repr(ledger) == f"<ledger sqlite:///{file}>"
        for ask in (tradeledger.figures, tradeledger.vintages, tradeledger.revisions, tradeledger.findings):
            assert len(ask(ledger=ledger))
    assert file.read_bytes() == before
    with pytest.raises(TradeledgerError, match="was closed: open it again"):
        tradeledger.figures(ledger=ledger)
    with pytest.raises(TradeledgerError, match=r"no ledger at .*nowhere"):
        tradeledger.figures()
    assert not (tmp_path / "nowhere").exists()


def test_days_and_instants(kept):
    assert len(tradeledger.figures(released_by=date(2020, 12, 31))) == 3
    assert len(tradeledger.figures(released_by=datetime(2020, 12, 31, 8, 30))) == 3
    assert len(tradeledger.figures(as_of=date(1999, 12, 31))) == 0
    assert tradeledger.figures(as_of=date(1999, 12, 31))["value"].dtype == np.float64
    assert len(tradeledger.figures(flow=["X", "M"], period=2019)) == 2
    assert set(tradeledger.findings(run=3)["run"]) == {3}
    with pytest.raises(TradeledgerError, match="there is no run 9"):
        tradeledger.findings(run=9)


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"flow": "Y"}, r"there is no flow 'Y'"),
        ({"reporter": "Utopia"}, r"reporter='Utopia' is no area"),
        ({"flow": []}, r"flow=\[\] is no filter"),
        ({"reporter": ["USA", None]}, r"reporter=\['USA', None\] is no filter"),
        ({"flow": 5}, r"flow=5 is no filter"),
        ({"period": "March"}, r"period 'March' is unknown"),
        ({"period": True}, r"period=True is no filter"),
        ({"source": "nobody"}, r"there is no source 'nobody'"),
        ({"as_of": "yesterday"}, r"'yesterday' is no instant"),
        ({"released_by": 2020}, r"released_by=2020 is no date"),
        ({"ledger": 5}, r"5 is no ledger"),
        ({"ledger": ""}, r"'' is no ledger"),
        ({"ledger": "mysql://host/name"}, r"is no place for a ledger"),
        ({"exact": "yes"}, r"exact='yes' is unknown"),
        ({"exact": 1}, r"exact=1 is unknown"),
    ],
)
def test_what_cannot_be_asked_is_one_line(kept, asked, seen):
    with pytest.raises(TradeledgerError, match=seen) as caught:
        tradeledger.figures(**asked)
    assert "\n" not in str(caught.value)


WRONG = """dataset,reporter,product,flow,period,value,unit,released
trade,CHN,machines,T,2019,111.54,USD billion,2022-07-07
trade,CHN,machines,X,2019,99.89,USD billion,2022-07-07
trade,CHN,machines,M,2019,11.57,USD billion,2022-07-07
trade,CHN,machines,B,2019,88.32,USD billion,2022-07-07
trade,CHN,services,X,2021,0.10,USD billion,2022-07-07
trade,CHN,<img src=x>,M,2021,1.5,USD billion,2022-07-07
trade,CHN,services,M,2021,n/a,USD billion,2022-07-07
"""


def test_a_frame_is_checked_as_its_file_is(tmp_path, capsys):
    file = tmp_path / "table"
    file.write_text(WRONG, encoding="utf-8")
    assert run(["check", str(file), "--all", "--format", "json"]) == 3
    rows = said(json.loads(capsys.readouterr().out))
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    for table in (file, str(file), frame, frame.assign(period=pd.PeriodIndex(frame["period"], freq="Y"))):
        checked = tradeledger.check(table, all=True, exact=True)
        found = as_rows(checked.findings)
        assert [one["document"] for one in found] == ["table"] * len(rows)
        for one, row_ in zip(found, rows, strict=True):
            at = f"table, {one['position']}" if one["position"] else "table"
            same = {name: row_[name] for name in one if name not in ("document", "position")}
            assert {name: one[name] for name in same} == same
            assert at == row_["position"]
    assert not checked.ok
    assert (checked.figures, checked.unreadable) == (5, 2)
    (first, *_) = checked.cases.itertuples()
    assert first.sentence.startswith("2019 machines of China (trade): total 111.54 bn USD should be 111.44")
    assert first.suspects[0]["flow"] == "T"
    assert checked.held["flow"].tolist() == ["T", "X", "M", "B"]
    assert [str(one) for one in checked.held["value"]] == ["111540000000", "99890000000", "11570000000", "88320000000"]
    sound = tradeledger.check(frame.iloc[4:5])
    assert sound.ok
    assert (len(sound.cases), len(sound.findings), len(sound.held)) == (0, 0, 0)
    assert repr(sound) == "1 figures; nothing found; 0 would be held"


def test_a_notebook_shows_no_markup_of_a_label(tmp_path):
    file = tmp_path / "<b>x.csv"
    file.write_text(WRONG, encoding="utf-8")
    checked = tradeledger.check(file)
    assert "<img src=x>" in repr(checked)
    shown = checked._repr_html_()
    assert "&lt;img src=x&gt;" in shown
    assert set(re.findall(r"</?([^ >]*)", shown)) <= {"table", "tr", "th", "td", "p"}
    for part in (checked.cases, checked.findings, checked.held):
        assert "<img" not in part._repr_html_()


@pytest.mark.parametrize(
    "values", [[111.54, 99.89], ["111.54", 99.89], pd.array([1.0, None], dtype="Float64")], ids=str
)
def test_floats_have_lost_their_digits(values):
    frame = pd.DataFrame({"dataset": "trade", "reporter": "CHN", "flow": ["T", "X"], "period": "2019",
                          "value": values, "unit": "USD billion"})  # fmt: skip
    with pytest.raises(TradeledgerError, match=r"'value' has floats, in which the digits as printed are lost"):
        tradeledger.check(frame)
    exactly = frame.assign(value=[Decimal("0.10"), Decimal(12)])
    assert tradeledger.check(exactly).figures == 2
    assert tradeledger.check(frame.assign(value=[111, 99])).figures == 2


@pytest.mark.parametrize(
    ("table", "more", "seen"),
    [
        (pd.DataFrame({"dataset": ["x"]}), {}, r"without a table of figures"),
        (pd.DataFrame({"dataset": ["x"]}), {"source": "ft900"}, r"a DataFrame is a table"),
        (pd.DataFrame([["x", "y"]], columns=["a", "a"]), {}, r"two columns have the same name"),
        ("nowhere.csv", {}, r"there is no file nowhere\.csv"),
        (5, {}, r"a int cannot be checked"),
        ("x.csv", {"source": "nobody"}, r"there is no source 'nobody'"),
    ],
    ids=str,
)
def test_what_cannot_be_checked_is_one_line(table, more, seen):
    with pytest.raises(TradeledgerError, match=seen) as caught:
        tradeledger.check(table, **more)
    assert "\n" not in str(caught.value)


def test_arrow_is_an_extra(kept, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        TradeledgerError, match=r"needs pyarrow, which is not installed: pip install 'tradeledger\[arrow\]'"
    ):
        tradeledger.figures(exact="pyarrow")


FILTERS = (
    "dataset reporter partner product breakdown flow measure unit basis period first last source as_of released_by"
)
FINDING = "dataset reporter partner product breakdown period first last source run all as_of released_by exact ledger"
SIGNATURES = {
    "figures": f"{FILTERS} with_held exact ledger",
    "vintages": f"{FILTERS} exact ledger",
    "revisions": f"{FILTERS} exact ledger",
    "findings": FINDING,
    "open_ledger": "url",
    "check": "table source whole how all exact",
    "tidy_schema": "",
}


def test_names_and_signatures():
    classes = {"Checked", "OpenLedger", "TradeledgerError"}
    assert set(tradeledger.__all__) == {*SIGNATURES, *classes} == set(dir(tradeledger))
    for name, words in SIGNATURES.items():
        function = getattr(tradeledger, name)
        parameters = inspect.signature(function).parameters
        assert list(parameters) == words.split(), name
        assert all(one.default in (None, False) for key, one in parameters.items() if key not in ("table", "source"))
        assert "Raises TradeledgerError" in function.__doc__ or "errors are those" in function.__doc__
    for name in ("figures", "vintages", "revisions", "findings"):
        assert {one.kind for one in inspect.signature(getattr(tradeledger, name)).parameters.values()} == {
            inspect.Parameter.KEYWORD_ONLY
        }
    with pytest.raises(AttributeError, match="has no attribute 'show': it has"):
        tradeledger.show  # noqa: B018
    assert issubclass(tradeledger.TradeledgerError, Exception)


def test_the_readme_runs_as_it_stands(home, once):
    once(home, keep_bulletins)
    code = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    found: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), found)
    assert str(found["balance"]["period"].dtype) == "period[M]"
    triangle = found["vintages"].pivot(index="period", columns="released", values="value")
    assert triangle.loc["2021-05"].tolist() == [-71.240e9, -67.297e9]


def test_the_tutorial_runs_as_it_stands(tmp_path, monkeypatch):
    """Every cell of the notebook, one after the other, as Jupyter runs them; it has no outputs to grow old."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADELEDGER_HOME", str(tmp_path / "home"))
    keep_bulletins()
    book = json.loads((ROOT / "docs/tutorial.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert len(book["cells"]) <= 20
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    found: dict[str, Any] = {}
    for at, cell in enumerate(code):
        exec(compile("".join(cell["source"]), f"cell {at}", "exec"), found)
    assert len(found["checked"].cases) == 1
    assert found["mended"].ok
    assert found["triangle"].shape == (12, 2)


def test_the_import_is_light():
    told = (
        "import sys, tradeledger; heavy = {'pandas', 'numpy', 'sqlalchemy', 'prefect', 'pydantic', 'storage'};"
        "print(sorted(heavy & set(sys.modules))); tradeledger.figures; print('prefect' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\nFalse\n"
