"""Runs, workers and servers that are killed in mid-run: figures as after one clean run, nothing stuck for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.system import System, dying, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
FIGURES = "X 2019 99.88\nM 2019 11.57\nT 2019 111.45\nB 2019 88.31"


def test_runs_killed_inside_their_publish(system: System, tmp_path: Path) -> None:
    path = table(tmp_path, "killed.csv", "killed", FIGURES)

    def published() -> list[str]:
        return [row["flow"] for row in system.query("show", dataset="killed")]

    for where, left in (("3", []), ("commit", []), ("after", ["X", "M", "T", "B"])):
        run = system.finished(system.start("collect/table", dying(where, 0), files=[str(path)]), 240)
        assert (run["state_type"], run["state_name"]) == ("CRASHED", "Crashed"), where
        assert sorted(published()) == sorted(left), where
    run = system.finished(system.start("collect/table", files=[str(path)]), 240)
    assert (run["state_name"], run["state"]["message"]) == ("Completed", "4 unchanged")
    assert sorted(published()) == ["B", "M", "T", "X"]
