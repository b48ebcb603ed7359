"""The system as its user meets it: runs by hand, by button and by cron; a red run explains itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from sources.registry import load_sources
from tests.ui.system import ROOT, System, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

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


@pytest.fixture(scope="module")
def by_cron(system: System) -> str:
    """The id of a schedule every minute, set first so that its minute passes during the other tests."""
    deployment = system.deployment("collect/bulletins")
    wanted = {"schedule": {"cron": "* * * * *", "timezone": "UTC"}, "active": True}
    made = system.ask(f"/deployments/{deployment['id']}/schedules", [wanted])
    return str(made[0]["id"])


@pytest.fixture(scope="module")
def red(system: System, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a run over a release that contradicts itself."""
    path = table(tmp_path_factory.mktemp("files"), "contradictory.csv", "own", CONTRADICTORY)
    with path.open("a") as file:
        file.write("own,CHN,WLD,<b>bold</b> [x](http://a.b),_T,X,level,,2019,1,USD billion,,,2022-07-07,x\n")
        file.write("own,CHN,WLD,goods,_T,X,level,,2015,=HYPERLINK(1),USD billion,,,2022-07-07,x\n")
    run = system.start("collect/table", files=[str(path)])
    system.finished(run)
    return run


def test_every_source_is_deployed_as_declared(system: System, by_cron: str) -> None:
    declared = {one["name"]: one for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]}
    for source in load_sources():
        deployed = system.deployment(f"collect/{source}")
        assert deployed["parameters"]["source"] == source
        assert deployed["entrypoint"] == "flows.collect.collect"
        assert deployed["global_concurrency_limit"]["limit"] == 1
        assert deployed["concurrency_options"]["collision_strategy"] == "ENQUEUE"
        zones = {one["schedule"]["timezone"] for one in deployed["schedules"] if one["id"] != by_cron}
        assert zones == {one["timezone"] for one in declared[source].get("schedules", [])}


def test_by_hand_on_the_command_line(system: System, by_cron: str) -> None:
    command = [sys.executable, "-m", "prefect", "deployment", "run", "collect/bulletins"]
    said = subprocess.run(command, cwd=ROOT, env=system.env, capture_output=True, text=True, check=True).stdout
    run = system.finished(said.partition("/flow-run/")[2].split()[0])
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Completed")
    assert run["state"]["message"].startswith(("76 published", "76 unchanged"))
    assert run["name"].startswith("bulletins 2022-07-07")
    assert len(system.query("show", product="cultural-products", period="2019", flow="T", measure="level")) == 1


def test_a_red_run_is_found_and_explains_itself(system: System, red: str, page: Page, tmp_path: Path) -> None:
    state = system.run(red)["state"]
    assert (state["type"], state["name"]) == ("FAILED", "Quarantined")
    assert state["message"] == "3 published, 4 held, 2 unreadable"

    page.goto(f"{system.url}/runs?state=Quarantined")
    page.get_by_role("link", name="table 2022-07-07").first.click()
    expect(page.get_by_text("Quarantined").first).to_be_visible()
    page.screenshot(path=tmp_path / "run.png")

    findings = system.artifacts(red)["findings-table"]
    page.goto(f"{system.url}/artifacts/artifact/{findings['id']}")
    expect(page.get_by_role("cell", name="99.98").first).to_be_visible()
    expect(page.get_by_role("cell").filter(has_text="<b>bold</b> [x](http")).to_be_visible()
    assert page.get_by_role("link", name="x", exact=True).count() == 0
    everything = page.get_by_role("row").count()
    page.get_by_placeholder("Search").fill("balance")
    expect(page.get_by_role("row").filter(has_text="readable")).to_have_count(0)
    assert 1 < page.get_by_role("row").count() < everything


def test_the_report_names_the_figure_and_shows_a_chart(system: System, red: str, page: Page) -> None:
    report = system.artifacts(red)["report-table"]
    page.goto(f"{system.url}/artifacts/artifact/{report['id']}")
    expect(page.get_by_text("3 published, 4 held, 2 unreadable").first).to_be_visible()
    expect(page.get_by_text("would fit").first).to_be_visible()
    chart = page.locator("img[src^='data:image/png']").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.naturalWidth") > 400
    assert page.locator("b", has_text="bold").count() == 0


def test_by_the_button(system: System, page: Page) -> None:
    deployment = system.deployment("collect/bulletins")
    before = {run["id"] for run in system.runs()}
    page.goto(f"{system.url}/deployments/deployment/{deployment['id']}")
    page.get_by_role("button", name="Run").first.click()
    page.get_by_text("Quick run").click()
    started = {"deployments": {"id": {"any_": [deployment["id"]]}}}
    run = system.until(
        lambda: [one for one in system.runs(**started) if one["id"] not in before and not one["auto_scheduled"]],
        what="the run started by the button",
    )[0]
    assert system.finished(run["id"])["state_name"] == "Completed"


def test_by_cron(system: System, by_cron: str) -> None:
    def done() -> list[dict[str, str]]:
        completed = system.runs(flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
        return [run for run in completed if run["auto_scheduled"]]

    run = system.until(done, 150, "a run by its cron")[0]
    assert run["state"]["message"].startswith(("76 published", "76 unchanged"))
    deployment = system.deployment("collect/bulletins")["id"]
    system.ask(f"/deployments/{deployment}/schedules/{by_cron}", method="DELETE")
