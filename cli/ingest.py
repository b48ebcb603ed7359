"""``tradeledger ingest``: the same as collect, from documents at hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.shared.completing import completed
from cli.shared.reading import map_of, read_by_map
from cli.shared.running import run_all, unsearched
from schemas.errors import UsageError


@read_by_map
def ingest(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="Whose documents these are.", autocompletion=completed("any source"))
    ],
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Downloaded documents, or addresses of pages.")],
    released: Annotated[
        str | None, typer.Option("--released", metavar="DATE", help="Release date, where the documents do not say.")
    ] = None,
    replaces: Annotated[
        str | None,
        typer.Option("--replaces", metavar="SHA", help="A document whose place these take: a mended transcription."),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Nothing is missing: the last figure is whole, though no line end follows.")
    ] = False,
    each: Annotated[
        bool, typer.Option("--each", help="Each file by itself: where one is wrong the others are published.")
    ] = False,
    **how: Any,
) -> int:
    """The same as collect, from documents at hand; agencies block robots.

    A table of one's own is read as `check` says, by the map that is named or stands beside it as FILE.toml; how it was
    read is kept with it, and `reparse` reads it so again.

    Of several files nothing is published where one is wrong; with --each the others are, and the exit status is 1.
    """
    if each and replaces:
        raise UsageError("--each publishes every file by itself, --replaces is about all of them: say one of the two")
    said = [map_of(source, name, how) for name in files]
    if len(set(said)) > 1 and any(how.values()):
        raise UsageError("files with maps of their own and options for all: feed them one by one")
    with unsearched():
        from flows.steps import Asked

    parts = [[one] for one in dict.fromkeys(files)] if each else [files]
    for_all = said[0] if any(how.values()) else ""  # else each by the map beside it
    asked = [Asked(part, released or "", replaces=replaces or "", whole=whole, how=for_all) for part in parts]
    return run_all([(source, one) for one in asked])
