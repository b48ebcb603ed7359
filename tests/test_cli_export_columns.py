"""``export --format parquet`` and ``arrow``: the answer of ``show`` in decimals and dates."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from ledgers import release
from test_cli_export import keep_four
from test_cli_reading import BROKEN, HEADER, keep, rows

from cli.main import run
from cli.show import FIELDS
from schemas.fields import ABOUT, DAYS
from storage import figure_arrow, figure_parts, queries

NUMBERS = ("value", "step", "low", "high")
#: All kinds of figures: signs, bounds, "about", steps far apart, years of several kinds, a half-year, no value.
EVERY = HEADER.replace("status,released", "qualifier,status,released") + "".join(
    f"odd,CHN,{product},{flow},{measure},{basis},{period},{value},{unit},{qualifier},{status},2021-03-01,\n"
    for product, flow, measure, basis, period, value, unit, qualifier, status in [
        ("goods", "X", "level", "", "2019-S1", "-1.50", "USD billion", "", ""),
        ("goods", "M", "level", "", "2019-Q3", "80", "USD million", ">", ""),
        ("goods", "B", "level", "", "2019-03", "-80", "USD million", "<", "P;E"),
        ("goods", "X", "growth_yoy", "USD", "2019", "0.1230", "%", "~", ""),
        ("goods", "X", "growth_avg", "USD", "2009/2012", "8.9", "%", "≤", ""),
        ("odd", "X", "level", "", "2020", "", "USD", "", "C"),
        ("odd", "X", "level", "", "2021", "9007199254740993", "USD", "", ""),
    ]
)


def keep_every() -> None:
    keep_four()
    keep("table", EVERY)


@pytest.fixture
def kept(home, once):
    return once(home, keep_every)


def exported(path, form, *asked):
    assert run(["export", "--format", form, "--output", str(path), *asked]) == 0
    return pq.read_table(path) if form == "parquet" else feather.read_table(path, memory_map=False)


def as_shown(one):
    """A row of the file in the words of ``show``."""
    said = {name: "" if one[name] is None else one[name] for name in FIELDS}
    instant = f"{one['recorded_at']:%Y-%m-%dT%H:%M:%S.%fZ}"
    return said | {name: Decimal(said[name]) if said[name] != "" else "" for name in NUMBERS} | {"recorded_at": instant}


def decimal_rows(capsys, *asked):
    shown = rows(capsys, "show", *asked)
    return [one | {name: Decimal(one[name]) if one[name] else "" for name in NUMBERS} for one in shown]


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize(
    "asked",
    [(), ("--with-held",), ("--flow", "X", "--released-by", "2020-12-31"), ("--source", "bulletins,table")],
    ids=" ".join,
)
@pytest.mark.parametrize("at_once", [1, 200_000])
def test_the_rows_are_those_of_show(kept, capsys, tmp_path, monkeypatch, form, asked, at_once):
    monkeypatch.setattr(figure_arrow, "AT_ONCE", at_once)
    monkeypatch.setattr(figure_parts, "_FIRST_SERIES", at_once)
    found = exported(tmp_path / "figures", form, *asked)
    assert f"{found.num_rows} figures in" in capsys.readouterr().err
    assert found.schema.names == [*FIELDS, *DAYS]
    shown = decimal_rows(capsys, *asked)
    assert shown
    assert [as_shown(one) for one in found.to_pylist()] == shown


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_its_types_say_what_they_are(kept, tmp_path, form):
    found = exported(tmp_path / "figures", form)
    types = {field.name: field.type for field in found.schema}
    assert [types[name] for name in NUMBERS] == [pa.decimal128(38, scale) for scale in (4, 4, 5, 5)]
    assert types["recorded_at"] == pa.timestamp("us", "UTC")
    assert {types[name] for name in DAYS} == {pa.date32()}
    words = set(FIELDS) - {*NUMBERS, "recorded_at", "run", "accepted"}
    assert {types[name].value_type for name in words} == {pa.string()}
    places = [chunk.indices.buffers()[1] for name in words for chunk in found[name].chunks]  # polars reads nulls' too
    assert all((np.frombuffer(one, dtype=np.int32) >= 0).all() for one in places)
    by = {(one["period"], one["measure"]): one for one in found.to_pylist()}
    assert by["2019-S1", "level"]["last_day"] == date(2019, 6, 30)
    assert by["2009/2012", "growth_avg"]["first_day"] == date(2009, 1, 1)
    assert by["2019-03", "level"]["last_day"] == date(2019, 3, 31)
    assert by["2019-03", "level"]["released_day"] == date(2021, 3, 1)
    assert by["2021", "level"]["value"] == 9007199254740993  # no double is
    assert {field.metadata[b"description"].decode() for field in found.schema} == {ABOUT[name] for name in types}
    about = json.loads(found.schema.metadata[b"tradeledger"])
    assert [one["licence"] for one in about["sources"]] == ["yours"]
    assert about["fields"] == {name: ABOUT[name] for name in found.schema.names}


def test_other_programs_read_it(kept, tmp_path, capsys):
    path = tmp_path / "it's.parquet"
    exported(path, "parquet")
    shown = decimal_rows(capsys)
    total = sum(one["value"] or 0 for one in shown)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        (said,) = database.execute("SELECT sum(value), max(last_day), max(recorded_at) FROM read_parquet(?)", [str(path)]).fetchall()  # fmt: skip # noqa: E501
        assert said[:2] == (total, date(2025, 2, 28))
        assert said[2].astimezone(UTC) == max(datetime.fromisoformat(one["recorded_at"]) for one in shown)
        key = database.execute("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'tradeledger'", [str(path)])
        assert json.loads(key.fetchone()[0])["sources"][0]["id"] == "table"
    frame = pd.read_parquet(path)
    assert frame["value"].dropna().sum() == total
    assert isinstance(frame["flow"].dtype, pd.CategoricalDtype)
    assert pd.read_parquet(path, dtype_backend="pyarrow")["value"].sum() == total


@pytest.mark.parametrize(
    ("small", "large", "kind"),
    [
        ("0.1", "9223372036854775807", "decimal128(38, 2)"),
        ("0.00000000001", "8 USD trillion", "decimal128(38, 12)"),
        ("0.0000000000000000001", "9223372036854775807 USD billion", "decimal256(76, 20)"),
    ],
)
def test_decimals_fit_the_figures(home, tmp_path, capsys, small, large, kind):
    value, _, unit = large.partition(" ")
    odd = [f"odd,CHN,goods,X,,,2019,{small},USD,,2021-03-01,\n", f"odd,CHN,goods,M,,,2019,{value},{unit or 'USD'},,2021-03-01,\n"]  # fmt: skip # noqa: E501
    keep("table", HEADER + "".join(odd))
    capsys.readouterr()
    found = exported(tmp_path / "figures", "parquet")
    assert ("DuckDB reads it as doubles" in capsys.readouterr().err) == kind.startswith("decimal256")
    assert str(found.schema.field("low").type) == kind
    assert [as_shown(one) for one in found.to_pylist()] == decimal_rows(capsys)


def test_of_nothing_there_is_a_schema(kept, tmp_path):
    for form in ("parquet", "arrow"):
        found = exported(tmp_path / "none", form, "--period", "1899")
        assert (found.num_rows, found.schema.names) == (0, [*FIELDS, *DAYS])


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_without_its_extra_it_says_how_to_get_it(kept, monkeypatch, capsys, form):
    assert run(["export", "--format", form]) == 2
    assert "--output" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert run(["export", "--format", form, "--output", "x"]) == 1
    assert f"{form.title()} needs pyarrow" in (said := capsys.readouterr().err)
    assert f"tradeledger[{form}]" in said


def test_on_each_database(ledger):
    release(ledger, "first", "2021-01-10", {("X", "2019"): "99.88", ("M", "2019"): "11.57", ("X", "2020"): "1.5"})
    release(ledger, "second", "2021-02-10", {("X", "2019"): "99.98", ("M", "2019"): "11.57", ("T", "2019"): "111.45"})
    for asked in ({}, {"with_held": True}, {"released_by": "2021-01-31"}, {"flow": "X,M", "source": "table"}):
        with figure_arrow.figure_tables(ledger, every=False, **asked) as found:
            written = [one for table in found.tables for one in table().to_pylist()]
        shown = list(queries.show(ledger, **asked))
        said = [one | {name: Decimal(one[name]) if one[name] else "" for name in NUMBERS} for one in shown]
        assert [as_shown(one) for one in written] == said
        assert found.sources == ["table"]


def test_of_several_held_readings_of_a_cell_one_answers(kept, tmp_path, capsys):
    for year in ("2023", "2024"):
        keep("table", BROKEN.replace("2022", year).replace("95.99", f"9{year[-1]}.99"))
    found = exported(tmp_path / "figures", "parquet", "--with-held").to_pylist()
    assert run(["export", "--with-held"]) == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(one["period"], one["flow"], str(one["document"])) for one in found] == [
        (one["period"], one["flow"], one["document"]) for one in lines
    ]
    assert len(rows(capsys, "show", "--with-held")) > len(found)
