"""The ``collect`` flow hands out what it came to, and takes over what was read before it began."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun

from cli.main import run
from flows import collect, steps
from flows.page import words
from flows.steps import job
from schemas.errors import ParseError
from sources.registry import find_source

HEAD = "dataset,reporter,flow,period,unit,released,value\n"
SOUND = HEAD + "goods,FRA,X,2021,EUR million,2022-03-01,43210.9\n"
HELD = HEAD + "".join(
    f"goods,FRA,{flow},2022,EUR million,2023-03-01,{value}\n" for flow, value in zip("XMT", (5, 6, 14), strict=True)
)
pytestmark = pytest.mark.usefixtures("prefect_harness")


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, name: str = "figures.csv") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


def last_run() -> tuple[FlowRun, list[str]]:
    """The flow run that began last, as the server has it, and the names of its tasks."""
    with get_client(sync_client=True) as client:
        one = max(client.read_flow_runs(), key=lambda one: one.created)
        only = FlowRunFilter(id=FlowRunFilterId(any_=[one.id]))
        tasks = sorted(client.read_task_runs(flow_run_filter=only), key=lambda task: task.start_time)
    return one, [task.name.rpartition("-")[0] or task.name for task in tasks]


@pytest.mark.parametrize(
    ("text", "status", "name", "message"),
    [(SOUND, 0, "Completed", "1 published"), (HELD, 3, "Quarantined", "1 wrong, 3 held")],
)
def test_a_file_fed_by_hand_is_read_and_parsed_once(text, status, name, message, write, monkeypatch, capsys):
    read, parsed = [], []
    source, content = find_source("table"), Path.read_bytes

    def parse(document):
        parsed.append(document.name)
        return source.parse(document)

    monkeypatch.setattr(job, "find_source", lambda _: replace(source, parse=parse))
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(str(path)) or content(path))
    file = write(text)
    assert run(["ingest", "table", file]) == status
    assert (read.count(file), parsed) == (1, ["figures.csv"])
    assert f": {message}" in capsys.readouterr().out
    ended, tasks = last_run()
    assert (ended.state.name, ended.state.message) == (name, message)
    assert ended.state.data is None  # no result is kept: the ledger has it
    assert tasks == ["archive", "validate", "publish", "report"]


def test_each_step_of_a_deployment_does_something(write):
    """A run that nobody prepared reads and parses itself; what comes back is what was recorded."""
    state = collect.collect("table", [write(SOUND)], return_state=True)
    assert state.result().run.counts["published"] == 1
    assert last_run()[1] == ["read_files", "archive", "parse", "validate", "publish", "report"]


def test_what_a_run_failed_with_is_raised_as_it_is(write):
    with pytest.raises(ParseError, match="worth"):
        collect.run("table", steps.Asked([write(SOUND.replace("value", "worth"))]))
    ended, _ = last_run()
    assert (ended.state.name, "worth" in ended.state.message) == ("Failed", True)


def test_what_is_published_and_not_reported_is_known_to_both(write, monkeypatch):
    def full(*_words):
        raise RuntimeError("the server is full")

    monkeypatch.setattr(collect.alerts, "after", full)
    done = collect.run("table", steps.Asked([write(SOUND)]))
    assert (done.run.outcome, words.summary(done)) == ("published", "1 published")
    ended, _ = last_run()
    assert ended.state.name == "Failed"
    assert ended.state.message == "published and not reported: 1 published; the server is full"


@pytest.mark.parametrize(
    ("files", "said"), [(None, "give `files`, paths on the machine"), (["no-such.csv"], "there is no file no-such.csv")]
)
def test_a_run_that_makes_no_sense_fails_with_what_to_give(files, said, home):
    state = collect.collect("table", files, return_state=True)
    assert state.is_failed()
    assert said in state.message
    ended, _ = last_run()
    assert said in ended.state.message
    assert not (home / "ledger.db").exists()


@pytest.mark.parametrize("name", ["collect", "backfill", "review", "watch"])
def test_the_run_form_says_what_each_parameter_is(name):
    """In the UI a person reads these beside the fields."""
    entry = getattr(import_module(f"flows.{name}"), name)
    said = entry.parameters.model_dump()["properties"]
    assert said
    assert {field for field, about in said.items() if not about.get("description")} == set()
    if name == "collect":
        assert "on the worker's machine" in said["files"]["description"]
