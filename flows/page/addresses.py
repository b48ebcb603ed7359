"""Addresses of pages in Prefect's UI, for texts that lead there; none where no server runs that outlives this command.

The page of all artifacts is in no sidebar of the UI. ``prefect.utilities.urls`` knows neither it nor an artifact's own.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter
from prefect.client.schemas.objects import Artifact
from prefect.settings import PREFECT_UI_URL

from flows.page.words import escaped

#: The key of the artifact about all sources.
OVERVIEW: Final = "tradeledger"


def ui() -> str:
    """The UI's address, of PREFECT_UI_URL or else that of PREFECT_API_URL; "" without a server."""
    return str(PREFECT_UI_URL.value() or "").rstrip("/")


def artifacts() -> str:
    """The page of all artifacts."""
    return f"{ui()}/artifacts" if ui() else ""


def latest(key: str) -> str:
    """The page of an artifact's key: what was written last, and what came before."""
    return f"{artifacts()}/key/{key}" if ui() else ""


def artifact(one: UUID | str) -> str:
    """The page of one artifact, with its table or text."""
    return f"{artifacts()}/artifact/{one}" if ui() else ""


def flow_run(one: UUID | str) -> str:
    """The page of a flow run."""
    return f"{ui()}/runs/flow-run/{one}" if ui() else ""


def suspended() -> str:
    """The page of the runs that wait for a person."""
    return f"{ui()}/runs?state=Suspended" if ui() else ""


def link(words: str, address: str) -> str:
    """``[words](address)``, or the words alone: only an address of the web that ends where it is said to is linked."""
    safe = address.startswith(("https://", "http://")) and not any(sign in address for sign in "<>() \"'\\\n")
    return f"[{escaped(words)}](<{address}>)" if safe else escaped(words)


def of_run(flow_run_id: str) -> dict[str, Artifact]:
    """The artifacts that a flow run wrote, by key; the last one of each."""
    wanted = ArtifactFilter.model_validate({"flow_run_id": {"any_": [flow_run_id]}})
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=wanted, limit=200)
    return {str(one.key): one for one in sorted(found, key=lambda one: str(one.created))}
