"""Pages of a run and of all sources: one line a case, the document of each, links that lead there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter

from flows.page import addresses, overview, report
from flows.steps import Collected, Job
from schemas.settings import load_settings
from storage import queries
from storage.ledger import Ledger
from tests.ledgers import release

BAD = {("X", "2019"): "99.98", ("M", "2019"): "11.57", ("T", "2019"): "111.45", ("B", "2019"): "88.31"}
UI = "http://127.0.0.1:4200"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be written, by key, beside a server whose UI is at ``UI``."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(addresses, "ui", lambda: UI)
    monkeypatch.setattr(report, "create_table_artifact", lambda key, table, description: found.update({key: table}))
    monkeypatch.setattr(
        report, "create_markdown_artifact", lambda markdown, key, description: found.update({key: markdown})
    )
    return found


def test_one_line_a_case_names_the_document_also_where_it_still_stands(written: dict[str, Any]) -> None:
    job = Job("table", load_settings())
    with Ledger.open(load_settings().ledger_url, create=True) as ledger:
        release(ledger, "first", "2021-01-10", BAD)
        run = release(ledger, "second", "2021-02-10", {("X", "2015"): "5"})
    report.write(job, Collected(run))
    (row,) = written["findings-table"]
    assert {name: " ".join(text.split()) for name, text in row.items()} == {
        "case": "still: 2019 trade of China (trade): exports 99.98 USD should be 99.87–99.89 "
        "(digits 8 and 9 swapped?; breaks three rules)",
        "would fit": "99.87–99.89 USD",
        "where": "first.csv, row 0, column 2",
        "released": "2021-01-10",
    }
    assert max(len(line) for line in row["case"].splitlines()) <= 38
    page = written["report-table"]
    for said in (
        "(rule balance; error; ",
        "suspect: exports 2019: printed 99.98,",
        f"](<{UI}/artifacts>)",
    ):
        assert said in page, said
    assert f"[reviews that wait](<{UI}/runs?state=Suspended>)" in page
    assert f"[all sources](<{UI}/artifacts/key/tradeledger>)" in page


def test_without_a_server_nothing_is_linked(written: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "ui", lambda: "")
    with Ledger.open(load_settings().ledger_url, create=True) as ledger:
        run = release(ledger, "first", "2021-01-10", BAD)
    report.write(Job("table", load_settings()), Collected(run))
    assert "](<" not in written["report-table"]
    overview.write(load_settings())  # asks no server


def test_all_sources_stand_on_one_page(written: dict[str, Any]) -> None:
    settings = load_settings()
    with Ledger.open(settings.ledger_url, create=True) as ledger:
        for month in (1, 2, 3, 4):
            release(ledger, f"of {month}", f"2021-0{month}-10", {("X", f"2020-0{month}"): "5"}, source="gacc")
        release(ledger, "wrong", "2021-01-10", BAD)
        ledger.fail(
            "ons", "unreachable: timed out; save the page and `tradeledger ingest ons FILE`: https://x.y/z_1", []
        )
        rows = {row["source"]: row for row in overview.states(ledger, date(2021, 9, 1))}
        assert not [row for row in queries.cases(ledger) if row["source"] != "table"]
    assert (rows["gacc"]["last"], rows["gacc"]["due"], rows["gacc"]["overdue"]) == (
        "2021-04-10",
        "2021-05-11",
        ["trade"],
    )
    assert (rows["table"]["held"], rows["table"]["due"], rows["table"]["overdue"]) == (1, "", [])
    assert rows["ons"]["failing"].startswith("unreachable: timed out")
    assert (rows["worldbank"]["last"], rows["worldbank"]["since"]) == ("", "")
    page, more = overview.markdown([*rows.values()]), overview.details([*rows.values()])
    assert "sources: 1 with what does not hold, 1 overdue, 1 failing." in page
    assert f"| [gacc](<{UI}/artifacts/key/report-gacc>) | 2021-04-10 | 2021-05-11 | 0 | trade |" in page
    assert f"[1](<{UI}/artifacts/key/findings-table>)" in page
    assert "`https://x.y/z_1`" in more


@pytest.mark.usefixtures("prefect_harness")
def test_the_page_of_all_sources_is_written_where_it_says_something_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "ui", lambda: UI)
    settings = load_settings()
    wanted = ArtifactFilter.model_validate({"key": {"any_": [addresses.OVERVIEW]}})
    with get_client(sync_client=True) as client:
        before = {one.id for one in client.read_artifacts(artifact_filter=wanted)}  # of flows of other tests
        with Ledger.open(settings.ledger_url, create=True) as ledger:
            for _ in range(2):
                overview.write(settings, date(2021, 9, 1))
            release(ledger, "wrong", "2021-01-10", BAD)
            overview.write(settings, date(2021, 9, 1))
        found = [one for one in client.read_artifacts(artifact_filter=wanted) if one.id not in before]
    assert len(found) == 2
    assert all(one.flow_run_id is None for one in found)
    assert sum("1 with what does not hold" in str(one.description) for one in found) == 1
