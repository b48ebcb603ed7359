"""Real answers of the sources, kept beside this project and never in it: read whole, without an alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from schemas.history import vanished
from schemas.judge import judge
from schemas.observations import OBSERVATIONS, combine
from sources.registry import likely_source, load_sources

REAL = Path(__file__).parents[1].parent / "shared" / "payloads"
SOURCES = load_sources()
DATASETS = {dataset.id: dataset for source in SOURCES.values() for dataset in source.datasets}

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"{REAL} is not here: the parsers are tried on payloads of our own only"
)


def read(source: str, name: str, released: str = "") -> Parsed:
    (path,) = (REAL / source).glob(name)
    content = path.read_bytes()
    assert likely_source(content, SOURCES) == source
    parsed = SOURCES[source].parse(Document(source, content, path.name, released=released))
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    assert not parsed.unreadable
    assert not parsed.notices
    return parsed


def assert_quiet(*parsed: Parsed) -> None:
    found = [f for f in judge(combine([p.readings for p in parsed]), DATASETS).findings if f.result == "fails"]
    assert [finding.sentence for finding in found if finding.severity == "error"] == []


def test_both_vintages_of_ft900_without_a_false_alarm_and_with_real_revisions() -> None:
    before, after = read("ft900", "exh1_2021-07*", "2021-07-02"), read("ft900", "exh1_2022-04*", "2022-04-05")
    assert (len(before.readings), len(after.readings)) == (315, 288)
    assert_quiet(before, after)
    cells = ["product", "flow", "period"]
    both = before.readings.merge(after.readings, on=cells, suffixes=("_before", "_after"))
    assert (both["mantissa_before"] != both["mantissa_after"]).sum() >= 30
    assert set(before.readings["released"]) == {"2021-07-02", "2021-07-01"}


def test_china_customs_by_country() -> None:
    parsed = read("gacc", "release_section4_by_country_mar2026_cny.html")
    assert len(parsed.readings) == 30 * 9
    assert parsed.readings["partner"].nunique() == 30
    assert set(parsed.readings["released"]) == {"2026-04-08"}
    assert_quiet(parsed)


def test_china_customs_pages_without_a_table_are_told_apart() -> None:
    with pytest.raises(ParseError, match="has no table, its figures are in"):
        read("gacc", "release_section4_by_country_jan2018_cny.html")
    with pytest.raises(ParseError, match="is an index of releases"):
        read("gacc", "seed_2026.html")


def test_china_customs_index_leads_to_its_pages() -> None:
    (path,) = (REAL / "gacc").glob("seed_2026.html")
    index = Document("gacc", path.read_bytes(), path.name, url="http://x/statics/report/preliminary.html")
    follow = SOURCES["gacc"].follow
    assert follow is not None
    assert len([request for request in follow(index) if request.url.startswith("Statics/")]) == 24


def test_uk_balance_of_payments() -> None:
    parsed = read("ons", "balanceofpayments2021q1.xls", "2021-06-30T07:00")
    assert len(parsed.readings) == 198
    assert_quiet(parsed)


def test_world_bank_levels() -> None:
    parsed = read("worldbank", "raw_NY.GDP*")
    assert parsed.readings["mantissa"].tolist() == [406110162088, 355631021932, 233150805600, 210604736130]
    assert set(parsed.readings["released"]) == {"2026-04-08"}


@pytest.mark.parametrize("source", [name for name, source in SOURCES.items() if source.requests])
def test_every_error_body_is_refused_by_every_source(source: str) -> None:
    bodies = sorted((REAL / "errors").iterdir())
    assert bodies
    for path in bodies:
        with pytest.raises(ParseError):
            SOURCES[source].parse(Document(source, path.read_bytes(), path.name, released="2026-01-01"))


@pytest.mark.parametrize("source", [name for name, source in SOURCES.items() if source.requests])
def test_files_of_other_sources_are_refused(source: str) -> None:
    files = [
        path for folder in REAL.iterdir() if folder.is_dir() and folder.name != source for path in folder.iterdir()
    ]
    assert len(files) > 20
    for path in files:
        with pytest.raises(ParseError):
            SOURCES[source].parse(Document(source, path.read_bytes(), path.name, released="2026-12-01"))


def test_the_later_vintage_of_ft900_covers_what_it_should() -> None:
    """It drops its oldest year, which is no absence."""
    before, after = read("ft900", "exh1_2021-07*", "2021-07-02"), read("ft900", "exh1_2022-04*", "2022-04-05")
    shas = set(after.readings["document"])
    assert DATASETS["ft900-goods-services"].covers == "dataset"
    assert vanished(after.readings, before.readings, DATASETS, shas, {}).findings == []
    short = after.readings[(after.readings["period"] != "2021-03").to_numpy()].reset_index(drop=True)
    assert len(vanished(short, before.readings, DATASETS, shas, {}).findings) == 9
