"""``tradeledger collect``: run the flow of sources here and now."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from cli.shared.completing import completed
from cli.shared.running import run_all
from schemas.errors import UsageError


def collect(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE…]", help="See `tradeledger sources`.", autocompletion=completed("any source")),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every source that can be fetched.")] = False,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only what came since then.")] = None,
) -> int:
    """Collect sources here and now: fetch, check, keep (default: bulletins, which needs no network)."""
    from flows.steps import Asked

    if everything and sources:
        raise UsageError("collect takes sources or --all, not both")
    chosen = _fetchable() if everything else list(dict.fromkeys(sources or ["bulletins"]))
    asked = Asked(since=_date(since))
    return run_all([(source, asked) for source in chosen])


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--since {text!r} is no date: expected 2022-07-07") from None


def _fetchable() -> list[str]:
    from sources.registry import load_sources

    return [source.id for source in load_sources().values() if source.bundled or source.requests]
