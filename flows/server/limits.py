"""How often a host is asked by all workers together: Prefect's rate limits, one a host.

``tradeledger up`` makes those that are missing; without Prefect's API only the interval within this process counts.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from prefect import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import rate_limit
from prefect.exceptions import ObjectAlreadyExists

from flows import environment
from schemas.settings import Settings
from sources.registry import load_sources

_NAME: Final = "host-{}"


def turn(host: str) -> None:
    """Return when this host may be asked; at once where Prefect has no limit for it."""
    if environment.has_server():
        rate_limit(_NAME.format(host))


def make(settings: Settings) -> None:
    """A limit for the host of every source, where there is none yet: one request an interval (FETCH__INTERVAL)."""
    if not settings.fetch.interval:
        return
    bases = (settings.source(one.id).base_url or one.base_url for one in load_sources().values() if one.requests)
    with get_client(sync_client=True) as client:
        for host in sorted({urlsplit(base).netloc for base in bases}):
            wanted = GlobalConcurrencyLimitCreate(
                name=_NAME.format(host), limit=1, slot_decay_per_second=1 / settings.fetch.interval
            )
            try:
                client.create_global_concurrency_limit(wanted)
            except ObjectAlreadyExists:
                continue  # as somebody set it
