"""``tradeledger sources``: what there is to collect, what one source declares, which of them answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.formats.output import Column, Format, emit
from cli.shared.declared import describe, of_source
from cli.shared.options import FormatOption

if TYPE_CHECKING:
    from sources.source import Source

FIELDS: Final = (
    *("id", "title", "publisher", "licence", "landing_page", "cadence", "datasets", "fed_by", "base_url"),
    "parser_version",
)
COLUMNS: Final = (
    Column("id"),
    Column("title", fold=True),
    Column("publisher", fold=True),
    Column("published", "cadence", fold=True),
    Column("fed by", "fed_by"),
)
REACH_FIELDS: Final = ("source", "reached", "shaped", "sentence")
REACH_COLUMNS: Final = (
    Column("source"),
    Column("reached", lambda row: "yes" if row["reached"] else "no"),
    Column("as expected", lambda row: "yes" if row["shaped"] else "no"),
    Column("what was seen", "sentence", fold=True),
)


def sources(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="All that one of them and its datasets declare.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--check", help="Ask each live source for one document: does it answer, in its shape?")
    ] = False,
    form: FormatOption = Format.TABLE,
) -> int:
    """List the sources: whose figures they are, when they appear, how they are fed; or show what one declares.

    With --check, for a nightly run: exit status 1 where a source cannot be reached or answers in another shape.
    """
    from sources.registry import find_source, load_sources

    chosen = [find_source(source)] if source else list(load_sources().values())
    if source and not live:
        describe(chosen[0], form)
        return 0
    if not live:
        emit(map(_source_row, chosen), FIELDS, COLUMNS, form, limit=0)
        return 0
    from dataclasses import asdict

    from schemas.settings import load_settings
    from sources.shared.web.fetching import check_source

    settings = load_settings()
    rows = [asdict(check_source(one, settings)) for one in chosen]
    emit(rows, REACH_FIELDS, REACH_COLUMNS, form, limit=0)
    return 0 if all(row["reached"] and row["shaped"] for row in rows) else 1


def _source_row(source: Source) -> dict[str, Any]:
    datasets = [dataset.id for dataset in source.datasets]
    return of_source(source) | {"datasets": datasets, "parser_version": source.parser_version}
