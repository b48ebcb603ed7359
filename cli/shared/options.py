"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

import typer

from cli.formats.output import TABLE_ROWS, Format
from cli.shared.completing import completed

T = TypeVar("T")

FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="How to write rows: a table for people, JSON or CSV for programs.")
]
EachOption = Annotated[
    bool,
    typer.Option("--rules", help="Each finding, rule by rule; else a case, which one cause explains, is one line."),
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", min=0, metavar="N", help=f"At most N rows, 0 for all; by default {TABLE_ROWS} in a table."),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="WHEN", help="As this ledger had it at that instant; a date means its end, UTC."),
]
ReleasedByOption = Annotated[
    str | None,
    typer.Option("--released-by", metavar="DATE", help="As the agency had published it by that date."),
]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", metavar="ID", help="Only what came from this source.", autocompletion=completed("source")),
]
SourcesOption = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="ID,…",
        help="Only what came from this source, or these.",
        autocompletion=completed("source"),
    ),
]
_ASKED: Final = {
    "dataset": ("--dataset", "ID,…", "Only this dataset, or these; see tradeledger datasets."),
    "reporter": ("--reporter", "AREA,…", "Only this reporting area, or these: USA,CHN."),
    "partner": ("--partner", "AREA,…", "Only this partner area, or these."),
    "product": ("--product", "WORD,…", "Only this product, or these."),
    "breakdown": ("--breakdown", "WORD,…", "Only this breakdown, or these."),
    "flow": ("--flow", "CODE,…", "Only this flow, or these: X, M, T, B, DX, RX, RM or _Z."),
    "measure": ("--measure", "WORD,…", "Only this measure, or these: level, growth_yoy, share, …"),
    "period": ("--period", "PERIOD,…", "Only this period, or these: 2019, 2019-Q3, 2019-03, …"),
    "first": ("--from", "PERIOD", "Only periods that begin with this one or later: 2019, 2019-Q3, 2019-03."),
    "last": ("--to", "PERIOD", "Only periods that end with this one or earlier."),
}
#: What may be asked of a figure, each an option of its own; commands take them by ``filtered``.
FILTERS: Final[dict[str, object]] = {
    name: Annotated[str | None, typer.Option(option, metavar=metavar, help=said, autocompletion=completed(name))]
    for name, (option, metavar, said) in _ASKED.items()
} | {"source": SourcesOption}
#: Those that may be asked of a finding.
FINDING_FILTERS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "period", "first", "last", "source"),
)


def filtered(*names: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A command with ``**filters`` gets these options (default: all), None where not given.

    Typer reads options from a signature, so they are put into that of the command, before its own.
    """

    def add(command: Callable[..., T]) -> Callable[..., T]:
        signature = inspect.signature(command, eval_str=True)
        own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        places = [one for one in own if one.default is inspect.Parameter.empty]
        options = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=FILTERS[name])
            for name in names or FILTERS
        ]
        rest = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own if one not in places]
        parameters = [*places, *options, *rest]
        command.__dict__["__signature__"] = signature.replace(parameters=parameters)
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        return command

    return add
