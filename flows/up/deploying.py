"""Deploying again without putting back what a person changed: a schedule paused, edited, added or removed stays.

What was deployed last is kept beside the deployments, in a variable of Prefect. Where a deployment's schedules are
still those, nobody touched them: what ``prefect.yaml`` says now comes through, a changed default too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flows import environment
from flows.up import variables
from schemas.errors import SettingsError

#: The variable that has what was deployed last: the schedules of each deployment.
NAME: Final = "tradeledger_schedules"

#: In an order of their own, as JSON has them.
Schedules = list[dict[str, Any]]


@dataclass(frozen=True)
class Standing:
    """What a person may have changed of a deployment."""

    schedules: Schedules
    paused: bool


def prefect_file() -> Path:
    """The ``prefect.yaml`` to deploy from: the working directory's, that of the checkout around this file, the wheel's.

    Raises SettingsError where there is none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (Path.cwd(), package.parent):
        if (folder / "prefect.yaml").is_file() and (folder / "flows").is_dir():
            return folder / "prefect.yaml"
    if (package / "prefect.yaml").is_file():
        return package / "prefect.yaml"
    raise SettingsError("no prefect.yaml here nor beside the package: install tradeledger anew")


def deploy(api: str, file: Path, run: Callable[[Path], object]) -> int:
    """Deploy what ``file`` declares, by ``run`` over a copy of it; how many deployments that are.

    Of those alone is remembered with which schedules they were deployed: a variable of Prefect's holds 5,000 letters.
    """
    import yaml

    declared = yaml.safe_load(file.read_text(encoding="utf-8"))
    last = variables.read(api, NAME) or {}
    kept = keep(declared["deployments"], standing(api), last)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as copy:
        yaml.safe_dump(declared, copy)
        copy.flush()
        run(Path(copy.name))
    now, ours = standing(api), {_name(one) for one in declared["deployments"]}
    deployed = {name: last.get(name) if name in kept else now[name].schedules for name in sorted(ours & now.keys())}
    variables.write(api, NAME, {name: schedules for name, schedules in deployed.items() if schedules is not None})
    return len(deployed)


def standing(api: str) -> dict[str, Standing]:
    """The deployments of a server, by flow and name."""
    return {
        _name(one): Standing(_ordered(_schedule(said) for said in one["schedules"]), one["paused"])
        for one in environment.ask(api, "/deployments/filter", {})
    }


def keep(declared: Iterable[dict[str, Any]], there: Mapping[str, Standing], last: Mapping[str, Schedules]) -> set[str]:
    """Take out of what is ``declared`` the schedules that a person changed since they were deployed; of which ones.

    Prefect leaves schedules as they are where none are said (``null``), and ends them where there are none (``[]``).
    """
    kept = set()
    for one in declared:
        wanted = one.setdefault("schedules", [])
        now = there.get(_name(one))
        if now is None:
            continue
        if now.paused:
            one["paused"] = True
        if now.schedules not in (last.get(_name(one)), _ordered(_declared(said) for said in wanted)):
            one["schedules"] = None
            kept.add(_name(one))
    return kept


def _name(one: Mapping[str, Any]) -> str:
    return f"{str(one['entrypoint']).rpartition('.')[2]}/{one['name']}"


def _schedule(said: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule of Prefect's, without what every copy has of its own."""
    more = {"parameters": said["parameters"]} if said.get("parameters") else {}
    return {**said["schedule"], "active": said["active"], **more}


def _declared(said: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule of ``prefect.yaml`` as Prefect would have it; of those by cron, others are never taken for it."""
    return {"timezone": None, "day_or": True, "active": True, **said}


def _ordered(schedules: Iterable[dict[str, Any]]) -> Schedules:
    return sorted(schedules, key=repr)
