"""Backfills: a run a year, none twice, what broke taken up again; sources that can be asked for one year."""

from __future__ import annotations

from datetime import date

import pytest
from prefect import get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Completed, Crashed, Failed

from flows import steps
from flows.backfill import backfill
from flows.collect import collect
from flows.page import years
from schemas.documents import Document
from schemas.errors import UsageError
from schemas.settings import load_settings
from sources import gacc, worldbank
from sources.registry import load_sources
from tests import payloads


def test_a_year_is_asked_for_alone():
    asked = list(worldbank.year(2019))
    assert [one.params["date"] for one in asked] == ["2019"] * 4
    assert [one.url for one in asked] == [one.url for one in worldbank.requests(None)]
    assert [one.url for one in gacc.year(2019)] == ["statics/report/preliminary2019.html"]
    assert [one.url for one in gacc.year(date.today().year)] == ["statics/report/preliminary.html"]


def test_a_source_that_has_no_years_is_not_asked_for_everything_instead():
    with pytest.raises(UsageError, match="ft900 cannot be asked for one year"):
        steps.fetch(steps.Job("ft900", load_settings()), year=2019)


def record(run: FlowRun, year: int) -> None:
    """What the partition does, without its process."""
    job = steps.Job("worldbank", load_settings(), str(run.id))
    rows = [payloads.worldbank_row("NE.EXP.GNFS.CD", "DNK", year, 241000000000)]
    documents = [Document("worldbank", payloads.worldbank(rows), "page 1")]
    steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))


def start(first: int = 2022, last: int = 2024, **more: str) -> str:
    state = backfill("worldbank", first, last, **more, return_state=True)
    assert state.type == StateType.COMPLETED
    return str(state.message)


@pytest.mark.usefixtures("prefect_harness")
def test_years_are_started_once_and_taken_up_where_they_broke():
    with get_client(sync_client=True) as client:
        client.create_deployment(flow_id=client.create_flow(collect), name="year")
        assert start() == "worldbank: 3 started"
        runs = {run.parameters["year"]: run for run in years.partitions("backfill-worldbank-1")}
        assert sorted(runs) == [2022, 2023, 2024]
        assert {run.parameters["source"] for run in runs.values()} == {"worldbank"}
        assert start() == "worldbank: 3 under way"

        record(runs[2022], 2022)
        client.set_flow_run_state(runs[2022].id, Failed(name="Quarantined"), force=True)  # held blocks are recorded
        record(runs[2024], 2024)
        client.set_flow_run_state(runs[2024].id, Crashed(), force=True)  # died after its commit: nothing is left to do
        steps.fail(steps.Job("worldbank", load_settings(), str(runs[2023].id)), UsageError("did not answer"))
        client.set_flow_run_state(runs[2023].id, Failed(), force=True)
        percent, said = years.counted(load_settings(), years.partitions("backfill-worldbank-1"))
        assert (round(percent), said.splitlines()) == (
            67,
            [
                "2 of 3 years are in the ledger, 1 failed; start the same backfill again to take it up",
                "",
                "- 2023: did not answer",
            ],
        )
        assert start() == "worldbank: 1 taken up again, 2 done before"
        assert "failed" not in years.counted(load_settings(), years.partitions("backfill-worldbank-1"))[1]
        assert client.read_flow_run(runs[2023].id).state_type == StateType.SCHEDULED
        assert client.read_flow_run(runs[2022].id).state_name == "Quarantined"

        record(runs[2023], 2023)
        client.set_flow_run_state(runs[2023].id, Completed(), force=True)
        assert start(2021) == "worldbank: 1 started, 3 done before"
        assert start(edition="2") == "worldbank: 3 started"
        assert len(years.partitions("backfill-worldbank-1")) == 4


@pytest.mark.usefixtures("prefect_harness")
@pytest.mark.parametrize(
    ("source", "first", "last", "said"),
    [
        ("ft900", 2020, 2021, "these can: gacc, worldbank"),
        ("worldbank", 2022, 2021, "no range of years"),
        ("worldbank", 2022, 2999, "no range of years"),
    ],
)
def test_what_cannot_be_filled_is_said(source, first, last, said):
    with pytest.raises(UsageError, match=said):
        backfill(source, first, last)


def test_those_that_can_be_asked_by_year():
    assert [one.id for one in load_sources().values() if one.year] == ["gacc", "worldbank"]
