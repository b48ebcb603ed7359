"""``tradeledger plot``: a few series over time, one's vintages, or its revision triangle; in the terminal or as PNG.

Never creates the ledger, and starts nothing. Floats are for the eye: figures are printed by ``show``.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.formats.figures import figure
from cli.formats.files import whole_file
from cli.formats.output import Column, note, print_table, say
from cli.formats.triangles import grid
from cli.shared import options as o
from cli.shared.ledger import open_ledger
from cli.shared.selected import Selected, selected
from schemas.errors import TradeledgerError, UsageError
from schemas.vocabulary import SERIES_KEY

if TYPE_CHECKING:
    from flows.page.pictures.lines import Picture
    from storage.ledger import Ledger

#: Releases that are drawn of one series, and lines of a triangle.
VINTAGES: Final = 8
PERIODS: Final = 24
#: Figures named beside a chart.
_NAMED: Final = 5
#: Columns of a chart that goes into a pipe.
_PIPE: Final = 80


class Frequency(StrEnum):
    """Figures about periods of which length."""

    YEAR = "year"
    HALF = "half-year"
    QUARTER = "quarter"
    MONTH = "month"


@o.filtered()
def plot(
    as_of: o.AsOfOption = None,
    released_by: o.ReleasedByOption = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="CODE", help="Only figures in USD, CNY, %, ….")] = None,
    frequency: Annotated[
        Frequency | None, typer.Option("--frequency", help="Figures about such periods; else those there are most of.")
    ] = None,
    vintages: Annotated[
        bool, typer.Option("--vintages", help="One series as it was known after each of its latest releases.")
    ] = False,
    triangle: Annotated[
        bool, typer.Option("--triangle", help="The same in figures: a line a period, a column a release.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.png", help="A PNG; else the terminal."),
    ] = None,
    **filters: Any,
) -> None:
    """Draw series over time, the vintages of one, or its revision triangle."""
    if output is not None and output.suffix.lower() != ".png":
        raise UsageError(f"--output {output}: a chart is a PNG, expected a name that ends in .png")
    if vintages and triangle:
        raise UsageError("--vintages and --triangle are two pictures: ask for one at a time")
    if output is not None:
        from schemas.extras import need

        need("matplotlib", "charts", "a PNG")
    asked = {**filters, "as_of": as_of, "released_by": released_by}
    with open_ledger(**filters) as ledger:
        if vintages or triangle:
            from storage import revision_analysis

            found = selected(revision_analysis.triangle(ledger, **asked), filters, unit, frequency)
            if len(found.series) > 1:
                differ = ", ".join(f"--{name}" for name in found.varying())
                raise UsageError(f"{len(found.series)} series match, expected one: narrow by {differ}")
            if triangle:
                _triangle(found, output)
                return
            picture = _vintages(found)
        else:
            picture = _series(ledger, asked, filters, unit, frequency)
    for line in picture.notes:
        note(line)
    _show(picture, output)


def _series(
    ledger: Ledger, asked: Mapping[str, Any], filters: Mapping[str, Any], unit: str | None, frequency: str | None
) -> Picture:
    """Published figures, and those held beside them."""
    from flows.page.pictures.lines import Line, Picture, points, scaled
    from storage import queries

    found = selected(queries.show(ledger, **asked), filters, unit, frequency)
    waiting = [row for row in queries.show(ledger, **asked, with_held=True, every=True) if row["pending"] == "held"]
    held = {  # of a cell that is contested alone the published figure answers again
        key: [row for row in waiting if tuple(row[name] for name in SERIES_KEY) == key and row not in rows]
        for key, rows in found.series.items()
    }
    every = [row for rows in (*found.series.values(), *held.values()) for row in rows]
    power, said = scaled(found.unit, (value for value in points(every, 0).values()))
    lines = [Line(found.label(key), points(rows, power)) for key, rows in found.series.items()]
    for key, rows in held.items():
        beside = found.label(key) if len(found.series) > 1 else ""
        if waits := points(rows, power):
            lines.append(Line(f"{beside}, held".lstrip(", "), waits, "held", beside))
    marked = [row for rows in found.series.values() for row in rows if row["pending"]]
    notes = [f"{row['period']} {figure(row['value'], row)}: another figure is {row['pending']}" for row in marked]
    more = [f"and {len(marked) - _NAMED} more"] if len(marked) > _NAMED else []
    return Picture(found.title(), said, lines, notes=[*found.notes, *notes[:_NAMED], *more])


def _vintages(found: Selected) -> Picture:
    """A line a release, the latest the strongest."""
    from flows.page.pictures.lines import Line, Picture, points, scaled

    (rows,) = found.series.values()
    releases, _, number = grid(rows, VINTAGES)
    power, said = scaled(found.unit, points(rows, 0).values())
    by_release = {one: points([row for row in rows if row["released"] == one], power) for one in releases}
    lines = [
        Line(released, by_release[released], "published" if released == releases[-1] else "earlier")
        for released in releases
    ]
    earlier = [f"the latest {len(releases)} of {number} releases"] if number > len(releases) else []
    return Picture(f"{found.title()}, as released", said, lines, notes=[*found.notes, *earlier])


def _triangle(found: Selected, output: Path | None) -> None:
    (rows,) = found.series.values()
    releases, lines, number = grid(rows, VINTAGES)
    lines = lines[-PERIODS:]
    for line in found.notes:
        note(line)
    part = f"the latest {len(releases)} of {number} releases; " if number > len(releases) else ""
    shown = f"{found.title()} ({part}* revised)"
    if output is None:
        say(shown)
        print_table([Column("period"), *(Column(one, right=True) for one in releases)], lines)
        return
    from flows.page.pictures import charts

    cells = [[row[one] for one in ("period", *releases)] for row in lines]
    _write(charts.png(charts.grid(shown, ["period", *releases], cells)), output)


def _show(picture: Picture, output: Path | None) -> None:
    from flows.page.pictures.lines import LEAST

    if not picture.worth_drawing:
        most = max((len(line.points) for line in picture.lines if line.kind == "published"), default=0)
        seen = f"{most} figure{'' if most == 1 else 's'}{' at most of a series' if len(picture.lines) > 1 else ''}"
        raise TradeledgerError(f"{seen}, and a chart wants {LEAST} or more: `tradeledger show` prints them")
    if output is None:
        from cli.formats.terminal_chart import drawing

        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else _PIPE
        sys.stdout.write(drawing(picture, width, colours=terminal) + "\n")
        return
    from flows.page.pictures import charts

    _write(charts.png(charts.draw(picture, height=4.0)), output)


def _write(content: bytes, output: Path) -> None:
    with whole_file(output) as stream:
        stream.write(content)
    note(f"a chart in {output}")
