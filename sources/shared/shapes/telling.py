"""How a table was read, in a line for a person and the reasons below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sources.shared.files.grids import Grid, letters
from sources.shared.shapes.maps import Map

if TYPE_CHECKING:
    from schemas.documents import Document
    from sources.shared.shapes.figures import Read
    from sources.shared.shapes.melting import Melted
    from sources.shared.shapes.roles import Role
    from sources.shared.shapes.shape import Block

_NAMED = 6


def reading_lines(
    document: Document,
    blocks: Sequence[tuple[Block, Sequence[Role], Mapping[str, str], Melted]],
    grids: Sequence[Grid],
    how: Map,
    loose: Mapping[str, str],
) -> list[str]:
    """The reading of each table: its columns and what they are, the unit and where it is said, the precision."""
    lines = []
    for block, roles, common, melted in blocks:
        units, read = melted.units, melted.read
        grid = block.grid
        left = [
            " / ".join(parts)
            for at, parts in enumerate(block.headings)
            if parts and all(role.at != at for role in roles)
        ]
        where = f"sheet {grid.title}, " if grid.part else ""
        size = f"{len(block.rows)} × {len(roles) + len(left)}"
        said = [
            *_columns(roles, melted),
            *_constants(common, how, roles),
            *(f"{unit} from {origin}" for unit, origin in units.items()),
        ]
        said.append(f"precision {_steps(loose)} from the finest digits" if loose else _precision(read))
        if read.decimal == ",":
            said.append("decimal comma")
        lines.append(f"{document.name}: {where}{size}: {'; '.join(filter(None, said))}")
        if left:
            more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
            lines.append(f"{document.name}: left aside: {', '.join(map(repr, left[:_NAMED]))}{more}")
    others = [grid.title for grid in grids if blocks and grid is not blocks[0][0].grid and grid.title]
    if others:
        names = ", ".join(map(repr, others[:_NAMED]))
        lines.append(f"{document.name}: without a table of figures, or not asked for: {names}")
    return lines


def _columns(roles: Sequence[Role], melted: Melted) -> list[str]:
    """Such as "Year → period", "Exports, Imports → X, M", "2018 … 2020 → periods"."""
    said = [
        f"{role.heading or letters(role.at)} → {'row label' if role.role == 'label' else role.role}"
        for role in roles
        if role.role != "value"
    ]
    values = [role for role in roles if role.role == "value"]
    by_time = [role for role in values if role.time]
    if len(by_time) > 2 and len(by_time) == len(values):
        said.append(f"{len(values)} columns {values[0].heading} … {values[-1].heading} → figures by period")
    elif values:
        meant = [_meaning(role, facets) for role, facets in zip(values, melted.meant, strict=False)]
        shown = values[:_NAMED]
        more = f" and {len(values) - _NAMED} more" if len(values) > _NAMED else ""
        said.append(
            f"{', '.join(role.heading or letters(role.at) for role in shown)} → {', '.join(meant[:_NAMED])}{more}"
        )
    return said


def _meaning(role: Role, settled: Mapping[str, str]) -> str:
    facets = {**role.facets, **role.said}
    if facets.get("total") and settled.get("flow") == "T":
        facets["flow"] = "T"
    names = ("flow", "product", "area", "partner", "measure")
    said = [facets[name] for name in names if facets.get(name)]
    return (
        " ".join([*said, *([role.time.whole or str(role.time.year or role.time.part)] if role.time else [])]) or "value"
    )


def _constants(common: Mapping[str, str], how: Map, roles: Sequence[Role]) -> list[str]:
    own = {role.role for role in roles}
    if any(role.facets.get("flow") for role in roles) or "label" in own:
        own.add("flow")
    names = [name for name in ("reporter", "partner", "product", "flow", "period") if name not in own]
    shown = {name: how.constants.get(name) or common.get(name, "") for name in names}
    return [f"{name} {text}" for name, text in shown.items() if text]


def _steps(loose: Mapping[str, str]) -> str:
    return ", ".join(dict.fromkeys(loose.values()))


def _precision(read: Read) -> str:
    if not len(read.exponent):
        return ""
    digits = sorted({int(one) for one in set(read.exponent.tolist())})
    shown = [f"{10.0**one:.{max(-one, 0)}f}" for one in digits if one > -8][:3]
    return f"precision {' to '.join(dict.fromkeys([shown[0], shown[-1]]))} as printed" if shown else ""
