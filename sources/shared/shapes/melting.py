"""From a table whose columns have their roles to the columns of the tidy form, a row a figure.

What rows and columns say is joined once for each kind of row and each column, not for each figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from schemas.positions import pack_rows
from schemas.vocabulary import status_of
from sources.shared.shapes.facets import Facets, settle
from sources.shared.shapes.figures import Read, read_figures
from sources.shared.shapes.labels import texts_of, word
from sources.shared.shapes.maps import Map
from sources.shared.shapes.periods import compose, period_names
from sources.shared.shapes.roles import Role, area_of, bare, flow_of, unit_parts
from sources.shared.shapes.shape import Block
from sources.shared.tables.columns import Column, Ints
from sources.shared.wording.phrases import key, scan

if TYPE_CHECKING:
    pass

#: Codes of the balance of payments manual.
_BPM6: Final = {"G": "goods", "S": "services", "GS": "total"}
#: Of which a column is taken as it stands, but for its words.
_OWN: Final = (*("reporter", "partner", "product", "breakdown", "released", "cite", "dataset", "basis", "qualifier"),)
_SERIES: Final = ("flow", "measure", "basis", "unit", "product", "partner", "reporter", "breakdown")


@dataclass
class Melted:
    """Columns of the tidy form and where each figure stands; ``asks`` is what is unsaid."""

    columns: dict[str, Column] = field(default_factory=dict)
    read: Read = field(default_factory=Read)
    numbers: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    positions: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    asks: list[str] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    meant: list[Facets] = field(default_factory=list)  # of each column of figures, in its first kind of row


def melt(block: Block, roles: Sequence[Role], common: Facets, how: Map) -> Melted:
    """All figures of a table; ``common`` is what is said of all of them."""
    done = Melted()
    values = [role for role in roles if role.role == "value"]
    rows = _kept(block, roles, how)
    read = read_figures(block.grid, rows, values, how, done.asks)
    kinds, kind = _kinds(block, rows, roles, how, done.asks)
    names = period_names(block, rows, roles, values, kinds, how, done.asks, common.get("year", ""))
    settled = settle(kinds, values, common, how, annual=names.annual)
    done.asks += settled.asks
    done.units, done.meant = settled.units, settled.cells[0] if settled.cells else []
    if done.asks:
        return done
    where, which = read.where, read.which
    read.check_units(settled.cells, kind, values, how, done.asks)
    done.read, done.numbers = read, rows[which] + block.grid.first
    at = np.array([role.at + 1 for role in values], dtype=np.int64)
    done.positions = pack_rows(done.numbers, at[where], block.grid.part)
    cross = kind[which] * len(values) + where
    for name in _SERIES:
        done.columns[name] = _coded([one.get(name, "") for of_row in settled.cells for one in of_row], cross)
    for name in _OWN:
        if role := next((one for one in roles if one.role == name), None):
            said = texts_of(block, rows, role).map(_as_ours(name, role, how))
            done.columns[name] = _over(done.columns.get(name), said.take(which))
    done.columns["period"] = compose(names, kind, which, where)
    done.columns["status"] = _statuses(block, rows, roles, read)
    return done


def _kept(block: Block, roles: Sequence[Role], how: Map) -> Ints:
    """The rows of figures less those that a person leaves out."""
    keep = np.ones(len(block.rows), dtype=bool)
    first = next((role for role in roles if role.role not in ("value", "ignore")), roles[0])
    if how.skip:
        keep &= ~np.isin(block.cells(first.at), how.skip)
    for role in roles:
        if (text := how.only.get(role.heading)) is not None:
            keep &= block.cells(role.at) == text
    return block.rows[keep]


def _kinds(block: Block, rows: Ints, roles: Sequence[Role], how: Map, asks: list[str]) -> tuple[list[Facets], Ints]:
    """The kinds of rows there are by what they say of their figures, and of which kind each is."""
    parts: list[tuple[list[Facets], Ints]] = []
    for role in roles:
        if role.role in _ROWS:
            column = texts_of(block, rows, role)
            parts.append(([_of_row(role, text, how, asks) for text in column.texts], column.codes))
    if block.banners:
        parts.append(_under(block, rows, how, asks))
    kinds: list[Facets] = [{}]
    kind = np.zeros(len(rows), dtype=np.int64)
    for facets, codes in parts:
        pairs, kind = np.unique(kind * len(facets) + codes, return_inverse=True)
        found = []
        for pair in pairs.tolist():
            had, new = kinds[pair // len(facets)], facets[pair % len(facets)]
            found.append({**new, **had, "label": had.get("label") or new.get("label", "")})
        kinds = found
    return kinds, kind


_ROWS: Final = ("label", "flow", "unit", "power", "measure", "adjust")


def _of_row(role: Role, text: str, how: Map, asks: list[str]) -> Facets:
    """What a label, a flow or a unit of a row says."""
    said = how.words.get(role.role, {}).get(text) or how.words.get("label", {}).get(text)
    if isinstance(said, str):
        return {"flow" if role.role == "label" else role.role: said, "label": text}
    if said:
        return {**said, "label": text}
    if not text:
        return {}
    if role.role == "unit":
        found = unit_parts(text)
        if not found:
            asks.append(f"column {role.heading!r} says {text!r}, expected a unit such as 'USD million'")
        return found
    if role.role == "power" and not bare(text).isdigit():
        return {"power": scan(text).get("power")}
    if role.role in ("power", "measure"):
        return {role.role: bare(text)}
    if role.role == "adjust":
        return {"adjust": scan(text).get("adjust") or re.sub(r"[^a-z0-9_-]", "", text.lower())}
    found_flow = flow_of(text)
    if found_flow.left or found_flow.clash or not (found_flow.facets or found_flow.time):
        why = f"may be {found_flow.clash}" if found_flow.clash else f"is unknown ({found_flow.left!r})"
        asks.append(f"column {role.heading!r} says {text!r}, which {why}: say it under [words.{role.role}] in the map")
    facets = {**found_flow.facets, "label": text}
    if found_flow.time and found_flow.time.whole:
        facets["time"] = found_flow.time.whole
    return facets


def _under(block: Block, rows: Ints, how: Map, asks: list[str]) -> tuple[list[Facets], Ints]:
    """What the labels say that stand over rows; each says its facets until another says them."""
    found: list[Facets] = [{}]
    starts = [-1]
    for row, text in sorted(block.banners):
        if text in how.skip or not re.search(r"\w", text):
            continue
        said = scan(text)
        facets = dict(said.facets)
        time = said.time
        if said.left or said.clash or not (facets or time):
            asks.append(
                f"row {row + block.grid.first} says only {text!r}: --skip {text!r}, or say it under [words.label]"
            )
            continue
        if time and time.year is not None:
            facets["year"] = str(time.year)
        rates, amounts = {"measure", "percent", "share_gdp"}, {"money", "power"}
        ended = rates if facets.keys() & amounts else amounts if facets.keys() & rates else set()
        found.append({**{name: said for name, said in found[-1].items() if name not in ended}, **facets})
        starts.append(row)
    return found, np.searchsorted(np.array(starts), rows, side="right") - 1


def _as_ours(name: str, role: Role, how: Map) -> Callable[[str], str]:
    words = how.words.get(name, {})
    coded = name == "product" and "item" in key(role.heading)

    def made(text: str) -> str:
        said = (words.get(text) or words.get(bare(text))) if words else None
        if isinstance(said, str):
            return said
        if name in ("reporter", "partner"):
            return area_of(text) or text
        if name == "product":
            return _BPM6.get(bare(text), word(text)) if coded else word(text)
        if name == "breakdown" and "=" not in text:
            return f"{word(role.heading)}={re.sub('[/|;,]|[ ]+', '-', text)}" if text else ""
        return text

    return made


def _over(below: Column | None, said: Column) -> Column:
    """A column of the table's own, and where it is blank what rows and headings say."""
    if below is None or "" not in said.texts or not any(below.texts):
        return said
    blank = said.where("".__eq__)
    texts = [*said.texts, *below.texts]
    return Column(texts, np.where(blank, below.codes + len(said.texts), said.codes))


def _coded(listed: list[str], cross: Ints) -> Column:
    texts = list(dict.fromkeys(listed))
    place = {text: at for at, text in enumerate(texts)}
    return Column(texts, np.array([place[text] for text in listed], dtype=np.int32)[cross])


def _statuses(block: Block, rows: Ints, roles: Sequence[Role], read: Read) -> Column:
    """The marks beside figures, else the table's own column of them."""
    import pandas as pd

    codes, texts = pd.factorize(read.status)
    own = Column([str(text) for text in texts], codes.astype(np.int64))
    role = next((one for one in roles if one.role == "status"), None)
    if role is None:
        return own
    said = texts_of(block, rows, role).map(_status).take(read.which)
    return _over(own, said)


def _status(text: str) -> str:
    known = status_of(bare(text).upper())
    if known is None:
        known = status_of(";".join(bare(text).upper()))
    return "" if known == "A" or text == "0" else text if known is None else known
