"""Options that say how a table of any shape is to be read, and the map they make with the one beside the file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeVar

import typer

T = TypeVar("T")

#: Parameter → option, what it takes, help.
_OPTIONS: Final = {
    "map_file": (
        "--map",
        "FILE",
        "How the table is to be read, as --explain writes it; by default FILE.toml beside it.",
    ),
    "sheet": ("--sheet", "NAME", "Of several sheets or tables, the one to read."),
    "dataset": (
        "--dataset",
        "WORD",
        "What the figures are called that stand side by side; by default the file's name.",
    ),
    "reporter": ("--reporter", "AREA", "Whose trade it is, where the table does not say: CHN."),
    "partner": ("--partner", "AREA", "With whom, where the table does not say: USA."),
    "product": ("--product", "WORD", "In what, where the table does not say."),
    "flow": ("--flow", "CODE", "X, M, T or B, where the table does not say."),
    "unit": ("--unit", "UNIT", "Where the table does not say, or says two: 'USD million'."),
    "period": ("--period", "PERIOD", "Of what period all of it is, where the table does not say."),
    "decimal": ("--decimal", "MARK", "The decimal mark, . or , where 1,234 may be either."),
    "year_start": ("--year-start", "MONTH", "The month that fiscal years begin with: 4."),
    "frequency": ("--frequency", "WORD", "Of what days stand for: month, quarter or year."),
    "percent": ("--percent", "HOW", "Rates below 1: fractions (0.089 is 8.9 %) or points."),
    "others": ("--headings", "WHAT", "What headings are that nobody knows: product, partner, reporter or breakdown."),
}
_REPEATED: Final = {
    "columns": ("--column", "HEADING=ROLE", "What a column is: period, partner, product, value, ignore, …, or flow=X."),
    "skip": ("--skip", "LABEL", "Leave out rows whose label this is: subtotals."),
}


def read_by_map(command: Callable[..., T]) -> Callable[..., T]:
    """A command with ``**how`` gets the options of reading; ``map_of`` takes what they say."""
    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(name))
        for name in (*_OPTIONS, *_REPEATED, "ignore_unknown")
    ]
    places = [one for one in own if one.default is inspect.Parameter.empty]
    rest = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own if one not in places]
    parameters = [*places, *rest, *options]
    command.__dict__["__signature__"] = signature.replace(parameters=parameters)
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _option(name: str) -> object:
    panel = "How a table is read"
    if name == "ignore_unknown":
        text = "Leave aside columns that are not known."
        return Annotated[bool | None, typer.Option("--ignore-unknown", help=text, rich_help_panel=panel)]
    option, takes, text = {**_OPTIONS, **_REPEATED}[name]
    kind = list[str] | None if name in _REPEATED else str | None
    return Annotated[kind, typer.Option(option, metavar=takes, help=text, rich_help_panel=panel)]


def map_of(source: str, name: str, how: Mapping[str, Any]) -> str:
    """The map of a file, TOML: the one that is named or stands beside it, overruled by options; "" for none.

    Raises UsageError where a source reads its documents in one way only.
    """
    from schemas.declarations import declaring_part
    from schemas.errors import UsageError
    from schemas.files import content, map_beside
    from sources.shared.shapes.maps import Map, read_map, written

    options = {key: _text(said) for key, said in how.items() if said and key != "map_file"}
    file = how.get("map_file") or ""
    if source not in ("table", "prose"):
        if options or file:
            raise UsageError(
                f"how a table is read is asked of tables of one's own: {source!r} reads its documents as they are"
            )
        return ""
    text = content(file).decode("utf-8", "replace") if file else map_beside(name) if name != "-" else ""
    said = read_map(text, file or f"{name}.toml") if text else Map()
    if not options:
        return text
    return "\n".join(filter(None, (written(said.with_options(options)), declaring_part(text, file or f"{name}.toml"))))


def _text(said: Any) -> str:
    return "yes" if said is True else "\n".join(said) if isinstance(said, list) else str(said)
