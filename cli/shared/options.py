"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

import typer

from cli.formats.output import TABLE_ROWS, Format

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
SourceOption = Annotated[str | None, typer.Option("--source", metavar="ID", help="Only what came from this source.")]
_ASKED: Final = {
    "dataset": ("ID", "Only this dataset."),
    "reporter": ("AREA", "Only this reporting area."),
    "partner": ("AREA", "Only this partner area."),
    "product": ("WORD", "Only this product."),
    "breakdown": ("WORD", "Only this breakdown."),
    "flow": ("CODE", "Only this flow: X, M, T, B, DX, RX, RM or _Z."),
    "measure": ("WORD", "Only this measure: level, growth_yoy, share, …"),
    "period": ("PERIOD", "Only this period: 2019, 2019-Q3, 2019-03, …"),
}
#: What may be asked of a figure, each an option of its own; commands take them by ``filtered``.
FILTERS: Final[dict[str, object]] = {
    name: Annotated[str | None, typer.Option(f"--{name}", metavar=metavar, help=said)]
    for name, (metavar, said) in _ASKED.items()
} | {"source": SourceOption}
#: Those that may be asked of a finding.
FINDING_FILTERS: Final = ("dataset", "reporter", "partner", "product", "breakdown", "period", "source")


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
