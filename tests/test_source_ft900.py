"""FT-900, Exhibit 1: read by what the sheet says, in any order and unit, and refused where it says something else."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.history import periods_ahead
from schemas.observations import OBSERVATIONS
from schemas.positions import unpack
from sources.ft900 import SOURCE
from tests import payloads


def parse(content: bytes, released: str = "2022-04-05") -> Parsed:
    parsed = SOURCE.parse(Document("ft900", content, "exh1.xlsx", released=released))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    assert not parsed.unreadable
    return parsed


def pick(frame: pd.DataFrame, **cell: str) -> dict[str, Any]:
    for name, text in cell.items():
        frame = frame[frame[name] == text]
    (row,) = frame.to_dict("records")
    return row


def test_years_years_to_date_months_and_the_foot() -> None:
    frame = parse(payloads.ft900()).readings
    assert len(frame) == 7 * 9  # March is still empty
    year = pick(frame, period="2021", flow="X", product="total")
    assert (year["mantissa"], year["exponent"], year["unit"], year["reporter"]) == (2532955, 6, "USD", "USA")
    assert pick(frame, period="2022-01/2022-02", flow="B", product="services")["text"] == "37,659"
    now = pick(frame, period="2022-01", flow="B", product="goods", released="2022-04-05")
    foot = pick(frame, period="2022-01", flow="B", product="goods", released="2022-04-04")
    assert (now["mantissa"], foot["mantissa"]) == (-108603, -108864)
    assert "(R)" in now["cite"]
    assert "not after 2022-04-04" in foot["cite"]
    assert unpack(now["position"])[:2] == (13, 3)


def test_january_alone_to_date_is_january_and_a_december_foot_is_last_year() -> None:
    years = {"2021": payloads.FT900_2021, "2022": payloads.FT900_JANUARY}
    frame = parse(payloads.ft900(years, ("December", payloads.FT900_2021["December"])), "2022-03-08").readings
    january = frame[(frame["period"] == "2022-01") & (frame["flow"] == "X") & (frame["product"] == "total")]
    assert january["mantissa"].tolist() == [224400, 224400]
    assert "2022-01/2022-01" not in set(frame["period"])
    assert pick(frame, released="2022-03-07", flow="X", product="total")["period"] == "2021-12"


def test_other_order_and_other_unit() -> None:
    content = payloads.ft900(
        groups=("Imports", "Balance", "Exports"),
        items=("Services", "Total", "Goods (1)"),
        unit="In billions of dollars",
        number_format="#,##0.0",
        scale=1000,
    )
    frame = parse(content).readings
    exports = pick(frame, period="2021", flow="X", product="total")
    assert (exports["mantissa"], exports["exponent"], exports["text"]) == (25330, 8, "2,533.0")


def test_two_units_are_a_finding_and_never_a_factor() -> None:
    parsed = parse(payloads.ft900(unit="In millions of dollars. Figures in billions of dollars are rounded."))
    (notice,) = parsed.notices
    assert notice.rule == "unit"
    assert "millions and billions" in notice.sentence


def test_an_empty_cell_beside_figures_is_listed_not_zero() -> None:
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(payloads.ft900()))
    sheet = book.worksheets[0]
    sheet["E9"], sheet["F9"] = None, "n.a."
    out = io.BytesIO()
    book.save(out)
    parsed = SOURCE.parse(Document("ft900", out.getvalue(), "exh1.xlsx", released="2022-04-05"))
    assert [str(fault) for fault in parsed.unreadable] == [
        "row 9, column 5: an empty cell beside figures: expected a figure",
        "row 9, column 6: 'n.a.': expected a figure, or - where there is none",
    ]
    assert len(parsed.readings) == 7 * 9 - 2


REFUSED = [
    (payloads.ft900(title="Exhibit 3. U.S. International Trade in Goods"), "expected 'Exhibit 1."),
    (payloads.ft900(title="Exhibit 11. U.S. Trade in Goods and Services by Area"), "expected 'Exhibit 1."),
    (payloads.ft900(groups=("Balance", "Exports", "Imports", "Gold")), "column 11 is headed 'Gold' / 'Total'"),
    (payloads.ft900(items=("Total", "Goods (1)", "Software")), "'Software'"),
    (payloads.ft900(items=("Total", "Services")), "6 columns of figures"),
    (payloads.ft900(groups=("Balance", "Exports", "Exports", "Imports")), "a second time"),
    (payloads.ft900(unit="In dollars of 2012"), "does not say its unit"),
    (payloads.ft900(unit="In millions of dollars. Not seasonally adjusted."), "not the seasonally adjusted"),
    (payloads.ft900({"2021": {"Quarter 1": payloads.FT900_2021["December"]}}, None), "row 8: 'Quarter 1'"),
    (payloads.ft900({"2021": {"January": ()}}, None), "no figures"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_another_shape_is_refused_whole(content: bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content)
    assert says in str(caught.value)


def test_a_release_older_than_its_figures_is_pointed_out() -> None:
    """By the rule that every source has, which holds nothing; it was refused here alone."""
    readings = parse(payloads.ft900(), "2021-07-02").readings
    found = periods_ahead(readings[readings["released"] == "2021-07-02"], "2026-01-01")
    assert {one.rule for one in found} == {"period-ahead"}
    assert "2022-02" in {one.period for one in found}
    assert "2021-06" not in {one.period for one in found}


def test_a_date_in_the_sheet_comes_before_the_day_it_was_fetched() -> None:
    unit = "In millions of dollars. For release at 8:30 A.M. EDT, Tuesday, April 5, 2022."
    assert set(parse(payloads.ft900(unit=unit), "2022-06-30").readings["released"]) == {"2022-04-05", "2022-04-04"}


def test_without_a_date_nothing_is_dated() -> None:
    assert set(parse(payloads.ft900(), "").readings["released"]) == {""}


def test_goods_and_services_are_a_promised_partition() -> None:
    partition = SOURCE.datasets[0].partitions[0]
    assert (partition.dimension, partition.parent, partition.children, partition.promised) == (
        "product",
        "total",
        ("goods", "services"),
        True,
    )


@pytest.mark.parametrize("said", ["Next release: May 4, 2022.", "See the annual revision release of June 7, 2021."])
def test_other_releases_it_speaks_of_do_not_date_it(said: str) -> None:
    parsed = parse(payloads.ft900(unit=f"In millions of dollars. {said}"))
    assert set(parsed.readings["released"]) == {"2022-04-05", "2022-04-04"}


def test_a_figure_under_no_heading_is_refused() -> None:
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(payloads.ft900()))
    book.worksheets[0]["K9"] = 5
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(ParseError, match="row 9: '5' in column 11, which has no heading"):
        parse(out.getvalue())


def test_years_go_forward() -> None:
    years = {"2022": payloads.FT900_2022, "2021": payloads.FT900_2021}
    with pytest.raises(ParseError, match="the year 2021 below 2022"):
        parse(payloads.ft900(years, None))


def test_where_the_table_stands_does_not_matter() -> None:
    """Columns before the labels, rows above the header and between its lines."""
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(payloads.ft900()))
    sheet = book.worksheets[0]
    sheet.insert_rows(6, 2)
    sheet.insert_rows(1, 3)
    sheet.insert_cols(1, 2)
    out = io.BytesIO()
    book.save(out)
    moved, plain = parse(out.getvalue()).readings, parse(payloads.ft900()).readings
    places = ["position", "document"]
    pd.testing.assert_frame_equal(moved.drop(columns=places), plain.drop(columns=places))
    row, column, _ = unpack(plain["position"][0])
    assert unpack(moved["position"][0])[:2] == (row + 5, column + 2)
