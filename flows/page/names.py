"""What flow runs are called: what they are about, and their release as soon as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import get_client, runtime


def before() -> str:
    """``bulletins``, ``table figures.csv``: from the parameters of the run that starts."""
    said: dict[str, Any] = runtime.flow_run.parameters
    year = [str(said["year"])] if said.get("year") else []
    return " ".join([str(said.get("source")), *year, *(name.rsplit("/", 1)[-1] for name in said.get("files") or ())])


def after(source: str, releases: Sequence[str], year: int | None = None) -> None:
    """``ft900 2022-04-05``, ``bulletins 2022-07-07 and 2 more``: rename the run that is under way."""
    about = source if year is None else f"{source} {year}"
    more = f" and {len(releases) - 1} more" if len(releases) > 1 else ""
    with get_client(sync_client=True) as client:
        client.update_flow_run(runtime.flow_run.id, name=f"{about} {releases[0]}{more}" if releases else about)
