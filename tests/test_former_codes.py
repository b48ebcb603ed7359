"""Money and areas of other times: what was in force is read, what is unknown gets a hint."""

from __future__ import annotations

import pytest
from test_tidy import parse, row

from schemas import areas
from schemas.areas import GROUPS, members
from schemas.units import is_currency, out_of_force


@pytest.mark.parametrize(
    ("unit", "period", "released"),
    [
        ("DEM", "1998", "1999-03-01"),
        ("FRF", "1953", "2022-01-01"),  # restated in later francs
        ("ESP", "2001-Q4", ""),
        ("ITL", "2002-01", "2002-04-01"),
        ("HRK", "2021", "2022-02-09"),
        ("BGN", "2025", "2026-03-09"),
        ("ANG", "2019", "2021-05-05"),
        ("SLL", "2020-05", "2021-05-05"),
        ("XEU", "1990", "1992-01-01"),
        ("CSK", "1991", "1992-01-01"),
        ("EUR", "1990", "2022-01-01"),
        ("USD", "1950", ""),
        ("XDR", "1985", "2020-01-01"),
    ],
)
def test_money_that_was_in_force_is_read(unit, period, released):
    parsed = parse(row(unit=f"{unit} million", period=period, released=released))
    assert not parsed.unreadable
    assert parsed.readings["unit"].tolist() == [unit]


@pytest.mark.parametrize(
    ("unit", "period", "released", "hint"),
    [
        ("DEM million", "2019", "2022-01-01", "in force until 2002"),
        ("HRK million", "2024", "", "in force until 2023-01"),
        ("XCG billion", "2021", "2022-02-09", "came into force in 2025-03"),
        ("ECU million", "1990", "1991-01-01", "XEU million?"),
        ("RMB 100 million", "2019", "2020-01-01", "CNY 100 million?"),
        ("US$ bn", "2019", "2020-01-01", "USD billion?"),
        ("840 thousand", "2019", "2020-01-01", "USD thousand?"),
        ("eur million", "2019", "2020-01-01", "EUR million?"),
        ("PTS million", "1995", "1996-01-01", "ESP million?"),
        ("QQQ million", "2019", "2020-01-01", "an ISO 4217 code"),
    ],
)
def test_other_money_is_listed_with_a_hint(unit, period, released, hint):
    (fault,) = parse(row(unit=unit, period=period, released=released)).unreadable
    assert fault.position == "row 2, column 6 (unit)"
    assert hint in fault.expected


FORMER = ("SUN", "YUG", "SCG", "ANT", "CSK", "DDR", "ZAR", "TMP", "BUR", "YMD", "BLX")
THEIR_GROUPS = ("EU15", "EU25", "EU27_2007", "EU28", "EA19", "EA20", "EA21", "OECD", "G20", "G7", "MERCOSUR", "ASEAN")


@pytest.mark.parametrize("code", [*FORMER, *THEIR_GROUPS, "BRICS", "NAFTA", "EFTA", "OPEC", "GCC"])
def test_areas_and_groups_of_other_times_are_read(code):
    assert not parse(row(reporter=code)).unreadable


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(("ES", "ESP"), ("EL", "GRC"), ("UK", "GBR"), ("724", "ESP"), ("8", "ALB"), ("842", "USA"), ("Spain", "ESP")),
        *(("spain", "ESP"), ("esp", "ESP"), ("ROM", "ROU"), ("SU", "SUN"), ("World", "WLD"), ("W00", "WLD")),
        *(("CHI", "WB-CHI"), ("EUROPE", "X-EUROPE"), ("NES", "X-unspecified"), ("EU27", "EU27_2020 or EU27_2007")),
        *(("European Union", "EU27_2020, EU28 or X-EU"), ("Viet Nam", "VNM")),
        *(("Kosovo", "XKX"), ("XKV", "XKX"), ("Korea", "KOR (or PRK)"), ("KOREA", "KOR (or PRK)"), ("UAE", "ARE")),
        *(("West Germany", "DEU"), ("280", "DEU"), ("Chinese Taipei", "TWN"), ("WBG", "PSE")),
        *((text, "X-unspecified, or WLD where it is all there is") for text in ("Rest of the world", "ROW")),
    ],
)
def test_a_code_of_another_list_gets_a_hint(text, meant):
    (fault,) = parse(row(reporter=text)).unreadable
    assert fault.seen == text
    assert f"expected an area code: {meant}?" in fault.expected


@pytest.mark.parametrize("text", ["CIS", "SADC", "ecowas"])
def test_a_group_our_list_does_not_have_gets_a_way_out(text):
    (fault,) = parse(row(reporter=text)).unreadable
    assert (
        f"our list has no group {text.upper()}: a row for each of its countries, or X-unspecified (" in fault.expected
    )


PERIODS = {
    "2019-H1": "2019-S1",
    "H2 2019": "2019-S2",
    "2019-q1": "2019-Q1",
    "2019Q1": "2019-Q1",
    "2019-M01": "2019-01",
    "2019-1": "2019-01",
    "201903": "2019-03",
    "2019/2019": "2019",
    "Jan-19": "2019-01",
    "Sept. 1998": "1998-09",
    "2019A1": "2019",
}


@pytest.mark.parametrize(("text", "meant"), PERIODS.items())
def test_a_period_written_otherwise_gets_a_hint(text, meant):
    (fault,) = parse(row(period=text)).unreadable
    assert fault.expected.startswith(f"expected {meant}? (2019, 2019-Q3, ")


@pytest.mark.parametrize("text", ["2019-13", "2019Q5", "May", "Mars 2019", "2019-01-31", "", "/", "19"])
def test_what_is_no_period_gets_none(text):
    (fault,) = parse(row(period=text)).unreadable
    assert fault.expected.startswith("expected 2019, 2019-Q3, ")


@pytest.mark.parametrize("text", ["QQ", "QZX", "Atlantis", "999"])
def test_a_text_of_no_list_gets_none(text):
    (fault,) = parse(row(reporter=text)).unreadable
    assert fault.expected == "expected an area code: ISO 3166 alpha-3, WLD or a group of our list"


def test_groups_have_their_members_by_date():
    counts = {code: len(members(code, "2026-06-30")) for code in GROUPS}
    assert {code: count for code, count in counts.items() if code[:2] in ("EU", "EA") and code[2:].isdigit()} == {
        code: int(code[2:]) for code in counts if code[:2] in ("EU", "EA") and code[2:].isdigit()
    }
    assert (counts["EU27_2007"], counts["EU27_2020"], counts["OECD"], counts["G20"]) == (27, 27, 38, 19)
    assert set(members("EU28", "")) - set(members("EU27_2020", "")) == {"GBR"}
    assert set(members("EA20", "")) - set(members("EA19", "")) == {"HRV"}
    assert [len(members("OECD", day)) for day in ("1990-01-01", "2010-12-31", "2021-12-31")] == [24, 34, 38]
    assert "VEN" in members("MERCOSUR", "2014-01-01")
    assert "VEN" not in members("MERCOSUR", "2019-01-01")
    assert "IDN" in members("OPEC", "2016-06-01")
    assert "IDN" not in members("OPEC", "2012-06-01")
    assert members("FRA", "2019-01-01") == ()


def test_members_are_countries():
    for code in GROUPS:
        assert all(len(area) == 3 and areas.is_area(area) for area in members(code, "2019-06-30")), code


def test_what_iso_drops_stays_a_currency():
    """Codes are only ever added: CLDR has every one that was in force, and names the years."""
    assert all(map(is_currency, ("DEM", "FRF", "HRK", "BGN", "ANG", "SLL", "ZWL", "VEF", "BYR", "ROL", "TRL", "USD")))
    assert not any(map(is_currency, ("CNH", "ECU", "QQQ", "usd", "", "USDX")))
    assert out_of_force("SVC", "2019", "2020-01-01") == ""  # ISO lists it still
