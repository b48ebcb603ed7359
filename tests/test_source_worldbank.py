"""The World Bank API: exact digits of float noise, nulls that are missing, errors with a good status."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import areas
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.observations import OBSERVATIONS
from sources.shared import world_bank
from sources.worldbank import DIGITS, SOURCE, follow
from tests import payloads
from tests.payloads import worldbank, worldbank_row

ROW = worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, 1)


def parse(content: bytes) -> Parsed:
    parsed = SOURCE.parse(Document("worldbank", content, "answer.json"))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def test_levels_shares_and_missing_values() -> None:
    parsed = parse(worldbank())
    assert not parsed.unreadable
    assert not parsed.notices
    columns = ["reporter", "product", "flow", "measure", "unit", "basis", "mantissa", "exponent", "status"]
    assert parsed.readings[columns].astype(object).where(parsed.readings[columns].notna(), None).values.tolist() == [
        ["DNK", "gdp", "_Z", "level", "USD", "_Z", 406110162088, 0, ""],
        ["USA", "gdp", "_Z", "level", "USD", "_Z", 233150805600, 2, ""],
        ["DNK", "total", "X", "level", "USD", "_Z", 241000000000, 0, ""],
        ["DNK", "total", "M", "level", "USD", "_Z", 214000000000, 0, ""],
        ["DNK", "total", "B", "level", "USD", "_Z", 270000000000, -1, ""],
        ["DNK", "total", "T", "share", "%", "GDP", 112038566093, -9, ""],
        ["WB-EAS", "total", "X", "level", "USD", "_Z", 150000000000, -16, ""],
        ["DNK", "total", "X", "level", "USD", "_Z", None, 0, "M"],
    ]
    assert set(parsed.readings["released"]) == {"2026-04-08"}


@given(st.lists(st.floats(-1e17, 1e17, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-3), min_size=1))
def test_what_is_kept_is_the_number_to_its_significant_digits(values: list[float]) -> None:
    parsed = parse(worldbank([worldbank_row("NE.EXP.GNFS.CD", "DNK", 1960, value) for value in values]))
    for value, mantissa, exponent in zip(values, parsed.readings["mantissa"], parsed.readings["exponent"], strict=True):
        exact = Fraction(json.dumps(value))
        step = Fraction(10) ** int(exponent)
        assert abs(int(mantissa) * step - exact) <= step / 2
        assert value == 0 or 10 ** (DIGITS - 1) <= abs(mantissa) <= 10**DIGITS


@pytest.mark.parametrize(
    ("row", "position", "expected"),
    [
        ({"countryiso3code": "XQZ"}, "row 1, countryiso3code", "ISO 3166"),
        ({"countryiso3code": "", "country": {"id": "", "value": ""}}, "row 1, countryiso3code", "ISO 3166"),
        ({"date": "2021-2022"}, "row 1, date", "a year"),
        ({"obs_status": "?"}, "row 1, obs_status", "SDMX"),
        ({"value": "n/a"}, "row 1, value", "a number"),
        ({"value": float("nan")}, "row 1, value", "a number"),
        ({"value": float("inf")}, "row 1, value", "a number"),
        ({"value": True}, "row 1, value", "a number"),
        ({"obs_status": "C"}, "row 1, obs_status", "a value stands beside"),
    ],
)
def test_a_faulty_row_is_listed_and_the_others_go_on(row: dict[str, Any], position: str, expected: str) -> None:
    bad = {**worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, 1.5), **row}
    parsed = parse(worldbank([bad, worldbank_row("NE.EXP.GNFS.CD", "DNK", 2021, 2.5)]))
    assert parsed.readings["period"].tolist() == ["2021"]
    (fault,) = parsed.unreadable
    assert fault.position == position
    assert expected in fault.expected


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x1f", "\x85", "\u202e", "\u200b"])
@pytest.mark.parametrize("value", ["98{}765", "98765{}", "{}98765", "-{}98765", "9.8{}e5"])
def test_a_control_character_joins_no_digits(control: str, value: str) -> None:
    (fault,) = (parsed := parse(worldbank([{**ROW, "value": value.format(control)}]))).unreadable
    assert not len(parsed.readings)
    assert fault.seen.isprintable()


GROUPS = [
    (("", "XD", "High income"), "WB-HIC"),
    (("", "XM", "Low income"), "WB-LIC"),
    (("", "XN", "Lower middle income"), "WB-LMC"),
    (("", "XT", "Upper middle income"), "WB-UMC"),
    (("", "V4", "Post-demographic dividend"), "WB-PST"),
    (("", "T4", "East Asia & Pacific (IDA & IBRD countries)"), "WB-TEA"),
    (("", "ZQ", "Middle East & North Africa"), "WB-MEA"),
    (("", "ZQ", "Middle East, North Africa, Afghanistan & Pakistan"), "WB-MEA"),
    (("TLA", "T2", "Latin America & the Caribbean (IDA & IBRD countries)"), "WB-TLA"),
    (("EUU", "EU", "European Union"), "WB-EUU"),
    (("NAC", "XU", "North America"), "WB-NAC"),
    (("WLD", "1W", "World"), "WLD"),
    (("XKX", "XK", "Kosovo"), "XKX"),
    (("PRK", "KP", "Korea, Dem. People's Rep."), "PRK"),
    (("VIR", "VI", "Virgin Islands (U.S.)"), "VIR"),
    (("GIN", "GN", "Guinea"), "GIN"),
    (("TUR", "TR", "Turkiye"), "TUR"),
]
TWO_AREAS = [
    ("USA", "US", "Japan"),
    ("USA", "JP", "Japan"),
    ("FRA", "DE", "A name nobody knows"),
    ("", "XD", "Low income"),
    ("", "V4", "East Asia & Pacific (IDA & IBRD)"),
    ("TEA", "V4", "Post-demographic dividend"),
    ("SAS", "8S", "South Asia (IDA & IBRD)"),
    ("JPN", "JP", "World"),
    ("COG", "CG", "Congo, Dem. Rep."),
    ("COD", "CD", "Congo, Rep."),
    ("HKG", "HK", "Macao SAR, China"),
    ("USA", "US", "Bahamas"),
    ("USA", "US", "C\N{LATIN SMALL LETTER O WITH CIRCUMFLEX}te d\N{RIGHT SINGLE QUOTATION MARK}Ivoire"),
    ("USA", "US", "St Lucia"),
    ("USA", "US", "DNK"),
    ("USA", "CA", "United States"),
    ("USA", "CAN", "United States"),
    ("SAS", "ZF", "South Asia"),
    ("XKX", "RS", "Kosovo"),
]


@pytest.mark.parametrize(("said", "area"), GROUPS, ids=[area for _, area in GROUPS])
def test_an_area_is_what_its_code_its_id_and_its_name_say(said: tuple[str, str, str], area: str) -> None:
    code, identity, name = said
    row = {**ROW, "countryiso3code": code, "country": {"id": identity, "value": name}}
    parsed = parse(worldbank([row]))
    assert (parsed.readings["reporter"].tolist(), parsed.unreadable) == ([area], [])


@pytest.mark.parametrize(("code", "identity", "name"), TWO_AREAS)
def test_an_area_that_is_said_to_be_two_is_none(code: str, identity: str, name: str) -> None:
    parsed = parse(worldbank([{**ROW, "countryiso3code": code, "country": {"id": identity, "value": name}}]))
    (fault,) = parsed.unreadable
    assert (len(parsed.readings), fault.position) == (0, "row 1, country")
    assert "refusing to guess" in fault.expected
    assert name in fault.seen


def test_every_name_of_an_economy_says_itself_and_contradicts_all_others() -> None:
    names = {name: code for code, name, said in world_bank.ECONOMIES if said == "now"}
    assert len(set(names.values())) == len(names) == 217
    assert {code for code in names.values() if not areas.is_area(code)} == set()
    for name, code in names.items():
        other = "USA" if code != "USA" else "CHN"
        two = "XK" if code == "XKX" else pycountry.countries.get(alpha_3=code).alpha_2
        assert world_bank.contradicts(code, two, name) == ""
        assert world_bank.contradicts(other, "", name) == code
        assert world_bank.contradicts(other, two, "a name nobody knows") == code


def test_every_group_of_the_world_bank_has_one_id() -> None:
    groups = {code for code in areas.GROUPS if code.startswith("WB-")}
    assert {world_bank.area_of("", identity) for identity in world_bank.IDS} == groups | {"WLD", "XKX"}
    assert len(set(world_bank.IDS.values())) == len(world_bank.IDS)


def test_a_unit_beside_the_one_in_the_name_is_a_finding() -> None:
    (notice,) = parse(worldbank([worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, 1, unit="EUR")])).notices
    assert notice.rule == "unit"


LCU = {"id": "NE.EXP.GNFS.CD", "value": "Exports of goods and services (current LCU)"}
REFUSED = [
    (b'[{"message":[{"id":"120","key":"Invalid value","value":"The parameter is not valid"}]}]', "120 Invalid value"),
    (b'[{"page":0,"pages":0,"per_page":0,"total":0,"sourceid":null,"lastupdated":null},null]', "an empty answer"),
    (worldbank([]), "without rows"),
    (worldbank(total=9), "8 rows on page 1 of 1, expected 9"),
    (worldbank(lastupdated="yesterday"), "expected a date"),
    (worldbank(page=None), "are no numbers"),
    (worldbank([{**worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, 1), "indicator": LCU}]), "(current LCU)"),
    (worldbank([worldbank_row("SP.POP.TOTL", "DNK", 2020, 1)]), "indicator 'SP.POP.TOTL'"),
    (worldbank([worldbank_row("NE.EXP.GNFS.CD", "DNK", 2020, 1, footnote="x")]), "unknown field 'footnote'"),
    (b'[{"page":1,"pages":1,"per_page":1,"total":1,"lastupdated":"2026-01-01"},[{"value":1}]]', "no field 'country'"),
    (b'[{"page":1,"pages":1,"per_page":1,"total":1,"lastupdated":"2026-01-01"},[1]]', "a row is no object"),
    (b'{"statusCode": 429}', "another shape"),
    (b"[]", "another shape"),
    (worldbank()[:-30], "cut-off JSON"),
    (b"[" * 100_000, "damaged or cut-off JSON"),
    (payloads.CAPTCHA, "a CAPTCHA"),
    (b"", "no content"),
    (worldbank().replace(b'"decimal": 0', b'"decimal": 0, "value": 7', 1), "says 'value' more than once"),
    (worldbank().replace(b'"page": 1', b'"page": 1, "page": 1', 1), "says 'page' more than once"),
    (worldbank().replace(b'"DNK"', b'"\\ud83d"', 1), "half a character"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_errors_and_other_shapes_are_refused(content: bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_first_page_leads_to_the_others() -> None:
    url = "http://mirror/base/v2/country/all/indicator/NE.EXP.GNFS.CD?format=json&per_page=8&page={}"
    first = Document("worldbank", worldbank(pages=3, per_page=8, total=24), "one", url=url.format(1))
    pages = list(follow(first))
    assert [page.params["page"] for page in pages] == ["2", "3"]
    assert {page.url for page in pages} == {"v2/country/all/indicator/NE.EXP.GNFS.CD"}
    assert list(follow(Document("worldbank", b"", "two", url=url.format(2)))) == []


@pytest.mark.parametrize(
    ("cells", "position"),
    [({"date": "2021M13"}, "row 1, date"), ({"value": 1.5e300}, "row 1, value"), ({"value": 1e-25}, "row 1, value")],
)
def test_what_no_period_and_no_figure_can_be_is_listed(cells: dict[str, Any], position: str) -> None:
    parsed = parse(worldbank([{**ROW, **cells}, ROW]))
    assert len(parsed.readings) == 1
    assert [fault.position for fault in parsed.unreadable] == [position]


def test_a_scale_other_than_one_is_a_finding() -> None:
    (notice,) = parse(worldbank([{**ROW, "scale": "6"}])).notices
    assert (notice.rule, "scale '6'" in notice.sentence) == ("unit", True)
    assert not parse(worldbank([{**ROW, "scale": "0"}, {**ROW, "date": "2021", "scale": ""}])).notices


def test_an_indicator_named_as_another_is_refused() -> None:
    named = {"id": "NE.IMP.GNFS.CD", "value": "Exports of goods and services (current US$)"}
    with pytest.raises(ParseError, match="expected a name with 'import'"):
        parse(worldbank([{**ROW, "indicator": named}]))


@pytest.mark.parametrize("message", ["oops", None, [1]])
def test_an_error_of_another_shape_is_one_line(message: object) -> None:
    with pytest.raises(ParseError, match="the World Bank says"):
        parse(json.dumps([{"message": message}]).encode())
