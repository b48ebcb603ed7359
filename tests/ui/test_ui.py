"""The system as its user meets it: runs by hand, by button and by cron; a red run explains itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sources.registry import load_sources
from tests.ui.driver import Page, PlaywrightError, expect, open_artifact
from tests.ui.system import EARLY, ROOT, System, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

#: 99.98 for 99.88: exports that three rules say are off by 0.1.
CONTRADICTORY = """
    X 2017 90.10
    X 2018 95.20
    X 2019 99.98
    M 2019 11.57
    T 2019 111.45
    B 2019 88.31
    X 2020 91.00
"""


class Started:
    """What is under way from the start, so that its minutes pass side by side."""

    def __init__(self, system: System, folder: Path) -> None:
        self.system = system
        self.bulletins = system.deployment("collect/bulletins")["id"]
        # First, since its minute must come and its run may wait for the slot of the runs by hand. It comes once.
        soon = datetime.now(UTC) + timedelta(seconds=120)
        once = {"schedule": {"cron": f"{soon:%M %H} * * *", "timezone": "UTC"}, "active": True}
        self.schedule = str(system.ask(f"/deployments/{self.bulletins}/schedules", [once])[0]["id"])
        path = table(folder, "contradictory.csv", "own", CONTRADICTORY)
        with path.open("a") as file:
            file.write("own,CHN,WLD,<b>bold</b> [x](http://a.b),_T,X,level,,2019,1,USD billion,,,2022-07-07,x\n")
            file.write("own,CHN,WLD,goods,_T,X,level,,2015,=HYPERLINK(1),USD billion,,,2022-07-07,x\n")
        self.red = system.start("collect/table", files=[str(path)])
        self.twice = [system.start("collect/bulletins") for _ in range(2)]


EARLY["started"] = Started


@pytest.fixture(scope="module")
def started(begun: Callable[[str], Started]) -> Started:
    """Runs by cron, by a contradictory release, and of one deployment twice at once."""
    return begun("started")


@pytest.fixture(scope="module")
def red(started: Started) -> dict[str, Any]:
    """The run over a release that contradicts itself."""
    return started.system.finished(started.red, 240)


def test_every_source_is_deployed_as_declared(system: System, started: Started) -> None:
    declared = {one["name"]: one for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]}
    for source in load_sources():
        deployed = system.deployment(f"collect/{source}")
        assert deployed["parameters"]["source"] == source
        assert deployed["entrypoint"] == "flows.collect.collect"
        assert deployed["global_concurrency_limit"]["limit"] == 1
        assert deployed["concurrency_options"]["collision_strategy"] == "ENQUEUE"
        zones = {one["schedule"]["timezone"] for one in deployed["schedules"] if one["id"] != started.schedule}
        assert zones == {one["timezone"] for one in declared[source].get("schedules", [])}


def test_a_second_up_finds_the_first(system: System) -> None:
    assert system.cli("up").strip() == f"tradeledger is up already: {system.url}"


def test_a_red_run_is_found_and_explains_itself(
    system: System, red: dict[str, Any], page: Page, tmp_path: Path
) -> None:
    assert (red["state_type"], red["state_name"]) == ("FAILED", "Quarantined")
    assert red["state"]["message"] == "2 wrong, 3 published, 4 held, 2 unreadable"

    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{system.url}/runs?state=Quarantined")
    own = page.locator(f"[href$='{red['id']}']")  # those that are reviewed are red too
    listed = page.get_by_role("link", name="table 2022-07-07").and_(own).first
    for _ in range(5):  # the list is drawn anew as runs come, also under the mouse
        with suppress(PlaywrightError):
            listed.click(timeout=30_000)
            page.wait_for_url(f"**/{red['id']}*", timeout=30_000)
            break
    expect(page).to_have_url(re.compile(red["id"]))
    expect(page.get_by_text("Quarantined").first).to_be_visible()
    page.get_by_text("Details", exact=True).first.click()
    expect(page.get_by_text("2 wrong, 3 published, 4 held, 2 unreadable").first).to_be_visible()
    page.screenshot(path=tmp_path / "run.png")
    open_artifact(page, "findings-table")
    rows = page.locator("table tbody tr")
    own = rows.filter(has_text="contradictory.csv").filter(has_text="99.87–99.89 bn USD")  # others may be wrong too
    expect(own).to_have_count(1)
    pane = page.locator("table").first
    wide = pane.evaluate("table => [table.scrollWidth, table.parentElement.clientWidth]")
    assert wide[0] <= wide[1], f"the table is {wide[0]} wide in a pane of {wide[1]}"
    assert page.get_by_role("link", name="x", exact=True).count() == 0
    page.screenshot(path=tmp_path / "table.png")
    page.get_by_placeholder("Search").fill("HYPERLINK")
    expect(rows).to_have_count(1)


def test_the_report_names_the_figure_and_shows_a_chart(system: System, red: dict[str, Any], page: Page) -> None:
    report = system.artifacts(red["id"])["report-table"]
    page.goto(f"{system.url}/artifacts/artifact/{report['id']}")
    expect(page.get_by_text("2 wrong, 3 published, 4 held, 2 unreadable").first).to_be_visible()
    expect(page.get_by_text("exports 99.98 bn USD should be 99.87–99.89").first).to_be_visible()
    expect(page.get_by_text("<b>bold</b> [x](http").first).to_be_visible()
    expect(page.get_by_text("HYPERLINK").first).to_be_visible()
    chart = page.locator("img[src^='data:image/png']").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.naturalWidth") > 400
    assert page.locator("b", has_text="bold").count() == 0


def test_one_deployment_twice_at_once_is_one_clean_run(system: System, started: Started) -> None:
    runs = [system.finished(run, 240) for run in started.twice]
    assert [run["state_name"] for run in runs] == ["Completed", "Completed"]
    assert all(run["name"].startswith("bulletins 2022-07-07") for run in runs)
    assert len(system.query("show", product="cultural-products", period="2019", flow="T", measure="level")) == 1
    published = [run for run in system.query("runs", source="bulletins") if run["outcome"] == "published"]
    assert len(published) == 1


def test_by_cron(system: System, started: Started) -> None:
    def done() -> list[dict[str, Any]]:
        completed = system.runs(flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
        return [run for run in completed if run["auto_scheduled"]]

    run = system.until(done, 150, "a run by its cron")[0]
    assert run["deployment_id"] == started.bulletins
    assert "unchanged" in run["state"]["message"]
    system.ask(f"/deployments/{started.bulletins}/schedules/{started.schedule}", method="DELETE")


def test_by_the_button(system: System, started: Started, page: Page) -> None:
    of_deployment = {"deployments": {"id": {"any_": [started.bulletins]}}}
    before = {run["id"] for run in system.runs(**of_deployment)}
    page.goto(f"{system.url}/deployments/deployment/{started.bulletins}")
    quick = page.get_by_text("Quick run")

    def opened() -> bool:
        # A press before the page is alive goes nowhere; the menu opens for the keyboard whatever lies above it.
        if not quick.is_visible():
            page.get_by_role("button", name="Run", exact=True).first.focus()
            page.keyboard.press("Enter")
        return quick.is_visible()

    system.until(opened, 120, "the menu of the button")
    quick.click()

    def by_hand() -> list[dict[str, Any]]:
        runs = system.runs(**of_deployment)
        return [run for run in runs if run["id"] not in before and not run["auto_scheduled"]]

    run = system.until(by_hand, 60, "the run started by the button")[0]
    page.goto("about:blank")  # nobody looks while the run goes on: drawing it takes a core
    done = system.finished(run["id"], 240)
    assert (done["state_name"], done["state"]["message"]) == ("Completed", "76 unchanged, 1 repeated")
    page.goto(f"{system.url}/runs/flow-run/{run['id']}")
    expect(page.get_by_text("Completed").first).to_be_visible()


def test_the_command_that_starts_a_run_is_prefects_own(system: System, started: Started) -> None:
    command = [sys.executable, "-m", "prefect", "deployment", "run", "collect/bulletins"]
    said = subprocess.run(command, cwd=ROOT, env=system.env, capture_output=True, text=True, check=True).stdout
    run = system.finished(said.partition("/flow-run/")[2].split()[0], 240)
    assert run["state"]["message"].startswith("76 unchanged")
