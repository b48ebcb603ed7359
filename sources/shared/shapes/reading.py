"""A table of any usual shape as readings: what was guessed is said, what is open is asked, what was said is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from schemas.documents import Document, Notice, Parsed, Unreadable
from schemas.errors import ParseError, Unsaid
from schemas.positions import position_text
from sources.shared.files.grids import Grid
from sources.shared.files.kinds import read_grids
from sources.shared.shapes.facets import Facets, common_of
from sources.shared.shapes.labels import word
from sources.shared.shapes.maps import Map, read_map, written
from sources.shared.shapes.melting import Melted, melt
from sources.shared.shapes.resolving import resolve, said_above
from sources.shared.shapes.roles import Role, find_roles, name_of, pattern_of
from sources.shared.shapes.shape import Block, find_blocks
from sources.shared.shapes.telling import reading_lines
from sources.shared.sniff import media_name
from sources.shared.tables.columns import Column, Ints
from sources.shared.tables.csv_table import Table
from sources.shared.tables.tidy import COLUMNS, Layout, tidied

#: Rows that say one cell twice, of which one is named.
_WAYS: Final = 6


#: What a line says of the table below it and not of those that follow.
_OF_ONE: Final = ("measure", "percent", "share_gdp")


@dataclass
class Guess:
    """How one grid is read."""

    grid: Grid
    blocks: list[tuple[Block, list[Role], Facets, Melted]] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)

    @property
    def figures(self) -> int:
        """How many figures it has."""
        return sum(len(melted.numbers) for *_, melted in self.blocks)


def read_any(document: Document) -> Parsed:
    """Readings of a table of any shape; raises Unsaid where it leaves open how it is meant, with the options for it."""
    how = read_map(document.map) if document.map else Map()
    grids = [grid for grid in read_grids(document, how.sheet) if grid.texts.size]
    guess = _choose(document, grids, how)
    if guess.asks:
        raise Unsaid(f"{document.name}: {'; '.join(guess.asks[:_WAYS])}")
    dataset = how.constants.get("dataset") or word(re.sub(r"(\.\w+)+$", "", PurePath(document.name).name)) or "table"
    table = _table(guess, how, dataset)
    if not len(table.numbers):
        raise ParseError(f"{document.name} has headings but no figures")
    _once(document, table, guess, how)
    parsed = tidied(table, Layout(), document)
    loose = {name: step for *_, melted in guess.blocks for name, step in melted.read.loose.items()}
    lost = [replace(one, document=document.sha256) for one in guess.grid.lost]
    lost += _assumed(loose, document, dataset)
    effective = _effective(guess, how, dataset)
    return Parsed(
        parsed.readings,
        [*lost, *parsed.unreadable],
        [*parsed.notices, *_end(document, guess.grid, table)],
        reading=reading_lines(document, guess.blocks, grids, effective, loose),
        maps={document.sha256: written(effective)},
        assumed=frozenset([dataset]) if loose else frozenset(),
    )


def _choose(document: Document, grids: Sequence[Grid], how: Map) -> Guess:
    """The grid that holds the table; where several might, nobody chooses but a person."""
    if how.sheet:
        named = [grid for grid in grids if how.sheet in (grid.title, str(grid.part))]
        if not named:
            there = ", ".join(repr(grid.title) for grid in grids)
            raise Unsaid(f"{document.name} has no sheet {how.sheet!r}: expected one of {there}")
        return _guess(named[0], how)
    if not grids:
        raise ParseError(f"{document.name} is {media_name(document.content)} without a table of figures")
    found = [(grid, find_blocks(grid)) for grid in grids]
    tables = [grid for grid, blocks in found if sum(len(block.rows) for block in blocks)]
    if len(tables) > 1:
        titles = ", ".join(repr(grid.title or str(grid.part)) for grid in tables)
        raise Unsaid(f"{document.name} has {len(tables)} tables that may be meant, {titles}: --sheet NAME says which")
    if not tables:
        raise ParseError(f"{document.name} is {media_name(document.content)} without a table of figures")
    return _guess(tables[0], how)


def _guess(grid: Grid, how: Map) -> Guess:
    done = Guess(grid)
    above: Facets = {}
    merged_figures(grid, done.asks)
    for block in find_blocks(grid):
        if not len(block.rows):
            continue
        roles = find_roles(block, how)
        block.lines += [role.heading for role in roles if role.why == "its texts" and role.heading]
        said = said_above(block, how, done.asks)
        above = {name: text for name, text in above.items() if name not in _OF_ONE} | said
        common = common_of([above], how)
        roles = resolve(block, roles, common, how, done.asks)
        if done.asks:
            continue
        melted = melt(block, roles, common, how)
        done.asks += melted.asks
        done.blocks.append((block, roles, common, melted))
    done.asks = list(dict.fromkeys(done.asks))
    reporter = any(role.role == "reporter" for _, roles, *_ in done.blocks for role in roles)
    for *_, common, melted in done.blocks:
        if not done.asks and not reporter and not common.get("reporter") and not any(melted.columns["reporter"].texts):
            done.asks.append("whose trade it is is not said: --reporter CHN")
    if not done.blocks and not done.asks:
        done.asks.append("no headings are found above its figures")
    return done


def merged_figures(grid: Grid, asks: list[str]) -> None:
    """A merged cell that holds a figure stands for two, or for one of them: nobody knows."""
    from sources.shared.wording.marks import is_figure

    for top, left, _bottom, _right in grid.merged:
        inside = top < len(grid.texts) and left < grid.texts.shape[1]
        text = str(grid.texts[top, left]) if inside else ""
        if is_figure(text) and not re.fullmatch(r"[12]\d{3}", text):
            asks.append(
                f"{grid.place(top, left)} is a merged cell with the figure {text}: "
                "of which of its cells it is, is not said; unmerge it"
            )


def _table(guess: Guess, how: Map, dataset: str) -> Table:
    """All blocks as one table in the tidy form."""
    table = Table(header=COLUMNS)
    parts = [(melted, common) for _, _, common, melted in guess.blocks]
    table.numbers = np.concatenate([melted.numbers for melted, _ in parts])
    table.places = np.concatenate([melted.positions for melted, _ in parts])
    for name in ("mantissa", "exponent", "unparsed"):
        setattr(table, name, np.concatenate([getattr(melted.read, name) for melted, _ in parts]))
    table.values = np.concatenate([melted.read.texts for melted, _ in parts])
    for name in COLUMNS:
        if name == "value":
            continue
        columns = [melted.columns.get(name) for melted, _ in parts]
        if not any(columns) and name not in ("dataset", *how.constants, *parts[0][1]):
            continue
        table.columns[name] = _stacked(
            [
                _constant(
                    one,
                    len(melted.numbers),
                    dataset if name == "dataset" else common.get(name) or how.constants.get(name, ""),
                )
                for one, (melted, common) in zip(columns, parts, strict=True)
            ]
        )
    return table


def _constant(column: Column | None, size: int, text: str) -> Column:
    """A column, and where it is blank what is said of all figures."""
    if column is None:
        return Column([text], np.zeros(size, dtype=np.int8))
    return column.map(lambda said: said or text)


def _stacked(columns: Sequence[Column]) -> Column:
    if len(columns) == 1:
        return columns[0]
    texts = list(dict.fromkeys(text for column in columns for text in column.texts))
    place = {text: at for at, text in enumerate(texts)}
    return Column(
        texts,
        np.concatenate(
            [np.array([place[text] for text in column.texts], dtype=np.int64)[column.codes] for column in columns]
        ),
    )


def _once(document: Document, table: Table, guess: Guess, how: Map) -> None:
    """Refuse a guess by which two rows say one cell: a column that tells them apart is not read as such."""
    if how.closed:
        return
    import pandas as pd

    key = np.zeros(len(table.numbers), dtype=np.int64)
    room = 1
    for name, column in table.columns.items():
        if name in ("status", "cite") or len(column.texts) == 1:
            continue
        if (room := room * len(column.texts)) > 2**62:
            key, room = pd.factorize(key)[0].astype(np.int64), len(key) * len(column.texts)
        key = key * len(column.texts) + column.codes
    first = pd.Series(key).duplicated().to_numpy()
    if not first.any():
        return
    at = int(np.flatnonzero(first)[0])
    other = int(np.flatnonzero(key == key[at])[0])
    unread = [
        pattern_of(parts)
        for at, parts in enumerate(guess.blocks[0][0].headings)
        if parts and all(role.at != at for role in guess.blocks[0][1])
    ]
    aside = f"; not read: {', '.join(map(repr, unread[:8]))}" if unread else ""
    names = [name for name in ("reporter", "partner", "product", "flow", "period") if name in table.columns]
    shown = [table.columns[name][at] for name in names]
    both = " and ".join(position_text(int(_places(table)[one])) for one in (other, at))
    raise Unsaid(
        f"{document.name}: {both} say the same cell ({', '.join(filter(None, shown))}){aside}: "
        "--column 'HEADING=breakdown' (or product, partner) tells them apart, --skip LABEL leaves rows out"
    )


def _places(table: Table) -> Ints:
    return table.numbers if table.places is None else table.places


def _assumed(loose: dict[str, str], document: Document, dataset: str) -> list[Unreadable]:
    """One warning for the numbers that came without a precision."""
    if not loose:
        return []
    said = ", ".join(f"{name}: {step}" for name, step in list(loose.items())[:8])
    computed = any("digits" in step for step in loose.values())
    what = (
        "computed numbers print more digits than they know" if computed else "numbers without a format lost their zeros"
    )
    why = f"{what}: their precision is the finest digit of their column ({said}); what rests on it is a warning"
    return [Unreadable("precision", "", why, document.sha256, dataset, "warning")]


def _end(document: Document, grid: Grid, table: Table) -> list[Notice]:
    """A CSV that ends in the midst of a figure may have been cut short."""
    content = document.content
    if grid.kind != "csv" or document.whole or content[-1:] in b'\r\n" \t;,' or not len(table.numbers):
        return []
    places = _places(table)
    last = int(np.argmax(places))
    text = str(table.values[last])
    if not text or not content.rstrip().endswith(text.encode()[-1:]) or int(table.numbers[last]) < len(grid.texts):
        return []
    where = position_text(int(places[last]))
    return [
        Notice(
            "whole",
            f"the file ends at its last figure, {text}, without a line end: if that is all of it, say --whole",
            where,
            document.sha256,
            f"value {text}",
            figure=True,
        )
    ]


def _effective(guess: Guess, how: Map, dataset: str) -> Map:
    """The map by which the same reading is made again."""
    columns: dict[str, Any] = {}
    for block, roles, _, melted in guess.blocks:
        named = {role.at: role for role in roles}
        meant = dict(zip([role.at for role in roles if role.role == "value"], melted.meant, strict=False))
        for at, parts in enumerate(block.headings):
            role = named.get(at)
            name = name_of(at, parts)
            if role is None:
                if parts:
                    columns.setdefault(name, "ignore")
            elif role.role != "value":
                columns.setdefault(name, role.role)
            else:
                columns.setdefault(name, dict(role.said) or _said_of(role, meant.get(at, {})))
    common = guess.blocks[0][2]
    own = {role.role for _, roles, *_ in guess.blocks for role in roles}
    names = ("reporter", "partner", "product", "flow", "measure")
    constants = {name: common[name] for name in names if common.get(name) and name not in own}
    units = list(dict.fromkeys(unit for *_, melted in guess.blocks for unit in melted.units))
    if len(units) == 1 and not own & {"unit", "power"}:
        constants["unit"] = units[0]
    constants = {"dataset": dataset, **constants, **how.constants}
    sheet = guess.grid.title if guess.grid.part else ""
    decimal = how.decimal or ("," if guess.blocks[0][3].read.decimal == "," else "")
    return replace(how, sheet=how.sheet or sheet, decimal=decimal, constants=constants, columns=columns, closed=True)


#: What a map says of a column → the facets of its heading that say it.
_FROM: Final = {
    "flow": ("flow", "total"),
    "measure": ("measure", "share_gdp"),
    "basis": ("share_gdp",),
    "product": ("product",),
    "partner": ("partner", "area"),
    "reporter": ("reporter",),
    "breakdown": ("adjust", "prices", "breakdown"),
    "unit": ("money", "power"),
}


def _said_of(role: Role, meant: Facets) -> dict[str, str]:
    """What the heading of a column of figures says of them."""
    said = {name: meant.get(name, "") for name, facets in _FROM.items() if role.facets.keys() & set(facets)}
    return {name: text for name, text in said.items() if text}
