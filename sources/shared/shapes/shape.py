"""Where in a grid a table stands: rows of headings, rows of figures, the lines above, between and below them.

One block under another is as many tables; a row with nothing but its label stands for the rows below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np

from sources.shared.files.grids import Grid, Texts
from sources.shared.tables.columns import Flags, Ints
from sources.shared.word_lists import read_words
from sources.shared.wording.marks import is_figure
from sources.shared.wording.phrases import key, scan
from sources.shared.wording.times import read_time

#: Rows of headings at most; more where their first cell says what they are, as the ONS has it.
MOST: Final = 3
#: How far down figures are looked for.
_FAR: Final = 80
_SYMBOLS: Final = frozenset({"-", "–", "—", "..", "...", "…", ":", "n/a", "#N/A", "."})
_NOTE = re.compile(
    r"\s*(?:source|note|quelle|fuente|hinweis|nota|remark|footnote|last updated|data source|©"
    r"|\(c\) |_{3,}|\*|\d\)|注|资料来源|数据来源|备注)",
    re.IGNORECASE,
)
#: Labels of rows above a table that say one thing of each column.
LABELS: Final = {
    **dict.fromkeys(("title", "preunit", "unit", "units", "pre unit", "series", "name", "description"), "said"),
    **dict.fromkeys(
        (
            "cdid",
            "source dataset id",
            "release date",
            "next release",
            "important notes",
            "series id",
            "code",
            "dataset id",
        ),
        "aside",
    ),
}


@cache
def columns() -> dict[str, str]:
    """Headings of columns that say a dimension → which."""
    return dict(read_words("table_columns"))


@dataclass
class Block:
    """One table: ``headings`` a list of texts a column, ``rows`` those of figures, ``banners`` labels over them."""

    grid: Grid
    headings: list[list[str]]
    rows: Ints
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    banners: list[tuple[int, str]] = field(default_factory=list)  # row from which on, and the label
    heads: list[int] = field(default_factory=list)

    def cells(self, column: int) -> Texts:
        """A column of the rows of figures."""
        found: Texts = self.grid.texts[self.rows, column]
        return found

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.headings)


def find_blocks(grid: Grid) -> list[Block]:
    """The tables of a grid, from above; empty where there is none."""
    texts = grid.texts
    filled = texts != ""
    found: list[Block] = []
    at = 0
    while at < len(texts) and (first := _first_row(texts, filled, at)) is not None:
        above = [row for row in range(at, first) if filled[row].any()]
        heads, lines, banners = _headings(texts, filled, above, first)
        if found and not heads and not banners:
            break
        end = _end(texts, filled, first, heads)
        block = _block(grid, filled, (first, end), heads, lines)
        block.banners[:0] = [(first, texts[row][filled[row]][0]) for row in banners]
        found.append(block)
        at = end
    if found:
        found[-1].notes += [str(text) for row in texts[at:] for text in row if text]
    return found


def _first_row(texts: Texts, filled: Flags, at: int) -> int | None:
    """The first row of figures."""
    seen = 0
    for row in range(at, len(texts)):
        if not filled[row].any():
            continue
        if _is_data(texts, filled, row, at):
            return row
        seen += 1
        if seen > _FAR:
            return None
    return None


def _is_data(texts: Texts, filled: Flags, row: int, top: int) -> bool:
    cells = [(at, str(texts[row, at])) for at in np.flatnonzero(filled[row])]
    if len(cells) < 2 or _NOTE.match(cells[0][1]):
        return False
    times = [at for at, text in cells if read_time(text) and re.fullmatch(r"[12]\d{3}(?:\.0)?|[12]\d{5}", text)]
    plain = [at for at, text in cells if at not in times and is_figure(text)]
    marks = [at for at, text in cells if text in _SYMBOLS]
    if plain or (marks and row > top and len(cells) - len(marks) <= max(1, len(cells) // 2)):
        # Numbers of columns, (1) (2) (3), are no figures.
        numbers = [re.sub(r"\D", "", text) for _, text in cells]
        counted = all(a and b and int(b) == int(a) + 1 for a, b in pairwise(numbers)) and len(cells) > 2
        return not (counted and all(re.fullmatch(r"[(\[]?\d{1,2}[)\]]?", text) for _, text in cells))
    if not times or not filled[row, 0] or row == top:
        return False
    above = next((up for up in range(row - 1, top - 1, -1) if filled[up].any()), None)
    later = [at for at in times if at and above is not None and filled[above, at]]
    steps = {int(float(texts[row, b])) - int(float(texts[row, a])) for a, b in pairwise(times)}
    return bool(
        above is not None
        and later
        and filled[above].sum() >= 2
        and not (len(steps) == 1 and len(times) > 2)
        and not read_time(str(texts[above, later[-1]]))
    )


def _headings(texts: Texts, filled: Flags, above: list[int], first: int) -> tuple[list[int], list[str], list[int]]:
    """Rows of headings, lines above them, and labels between them and the first row of figures."""
    heads: list[int] = []
    banners: list[int] = []
    below = first
    for row in reversed(above):
        count = int(filled[row].sum())
        lone = count == 1
        label = key(str(texts[row, 0])) in LABELS
        if lone and filled[row, 0] and not label:
            if heads:
                break
            banners.insert(0, row)
        elif not heads or (
            (row == below - 1 or label) and (len(heads) < MOST or label) and not _is_line(texts, filled, row)
        ):
            heads.insert(0, row)
        else:
            break
        below = row
    if not heads and len(banners) and filled[first].sum() == 1:
        heads, banners = banners[-1:], banners[:-1]
    if not heads and banners:
        lines = [_line(texts[row]) for row in above]
        return [], lines, []
    top = heads[0] if heads else first
    return heads, [_line(texts[row]) for row in above if row < top], banners


def _is_line(texts: Texts, filled: Flags, row: int) -> bool:
    """Whether a row is a title, with at most a unit beside it."""
    cells = [str(text) for text in texts[row][filled[row]]]
    below = next((at for at in range(row + 1, len(texts)) if filled[at].any()), row)
    if filled[row, 0] and filled[below, 0] and len(cells) < filled[below].sum() and key(cells[0]) not in columns():
        return True
    if len(cells) > 2 or not filled[row, 0]:
        return len(cells) == 1 and bool(re.match(r"\W*(?:unit|单位|einheit|unité|unidad)", cells[0], re.IGNORECASE))
    return len(cells[0]) > 30 or key(cells[0]) not in columns()


def _line(row: Texts) -> str:
    return " | ".join(dict.fromkeys(str(text) for text in row if text))


def _end(texts: Texts, filled: Flags, first: int, heads: list[int]) -> int:
    """The row with which another table begins: its title, or its headings; the rows of the grid where none does."""
    for row in _odd(texts, filled, first):
        if heads and list(texts[row]) == list(texts[heads[-1]]):
            continue  # the same headings again, as on a new page
        if not _is_heading(texts, filled, row):
            continue
        top = row
        while top - 1 > first and filled[top - 1].any() and not _is_data(texts, filled, top - 1, first):
            top -= 1
        while top - 1 > first and (filled[top - 1].sum() == 1 and filled[top - 1, 0]):
            top -= 1
        return top
    return len(texts)


def _odd(texts: Texts, filled: Flags, first: int) -> Iterator[int]:
    """Rows below the first without any figure and with more than a label: few, and looked at one by one."""
    several = filled[first:].sum(axis=1) > 1
    counts = filled[first : first + 200].sum(axis=0)
    columns = [at for at in range(texts.shape[1]) if counts[at] and _numeric(texts[first : first + 50, at])]
    plain = np.zeros(len(several), dtype=bool)
    for at in columns[-1:]:
        plain |= np.fromiter(map(_begins, texts[first:, at]), dtype=bool, count=len(several))
    for row in np.flatnonzero(several & ~plain) + first:
        if not any(is_figure(str(text)) and not _year(str(text)) for text in texts[row][filled[row]]):
            yield int(row)


def _begins(text: str) -> bool:
    return text[-1:].isdigit()


def _numeric(cells: Texts) -> bool:
    seen = [str(text) for text in cells if text]
    return bool(seen) and sum(map(is_figure, seen)) * 2 > len(seen)


def _year(text: str) -> bool:
    return re.fullmatch(r"[12]\d{3}(?:\.0)?", text) is not None


def _is_heading(texts: Texts, filled: Flags, row: int) -> bool:
    """Whether a row below figures has headings: most of its cells are words that headings have."""
    cells = [str(text) for text in texts[row][filled[row]]]
    if any(text in _SYMBOLS for text in cells) or read_time(cells[0]) or _NOTE.match(cells[0]):
        return False
    known = [
        text
        for text in cells
        if key(text) in columns() or read_time(text) or (scan(text).facets and not scan(text).left)
    ]
    return len(known) * 2 >= len(cells) and len(cells) > 1


def _block(grid: Grid, filled: Flags, span: tuple[int, int], heads: list[int], lines: list[str]) -> Block:
    texts, (first, end) = grid.texts, span
    inside = np.arange(first, end)
    count = filled[first:end].sum(axis=1)
    labelled = (count == 1) & (filled[first:end].argmax(axis=1) <= 1) if texts.shape[1] > 1 else count == 0
    again = [row for row in heads for row in _repeats(texts, inside[count > 1], row)]
    notes = np.zeros(len(inside), dtype=bool)
    for at in np.flatnonzero(count > 0)[-60:]:  # below, not amid
        notes[at] = bool(_NOTE.match(str(texts[inside[at]][filled[inside[at]]][0]))) and not _is_data(
            texts, filled, int(inside[at]), first
        )
    data = (count > 0) & ~labelled & ~notes & ~np.isin(inside, again)
    rows = inside[data]
    last = int(rows[-1]) if len(rows) else first
    block = Block(grid, _joined(grid, filled, heads), rows, lines=[*grid.lines, *lines], heads=heads)
    for row in inside[labelled & ~notes]:
        text = str(texts[row][filled[row]][0])
        if row < last:
            block.banners.append((int(row), text))
        else:
            block.notes.append(text)
    block.notes += [_line(texts[row]) for row in inside[notes]]
    return block


def _repeats(texts: Texts, rows: Ints, head: int) -> list[int]:
    column = next((at for at, text in enumerate(texts[head]) if text), 0)
    same = rows[texts[rows, column] == texts[head, column]]
    return [int(row) for row in same if list(texts[row]) == list(texts[head])]


def _joined(grid: Grid, filled: Flags, heads: list[int]) -> list[list[str]]:
    """What stands above each column; a heading over several is repeated for each."""
    texts = grid.texts
    parts: list[list[str]] = [[] for _ in range(texts.shape[1])]
    for nth, row in enumerate(heads):
        label = LABELS.get(key(str(texts[row, 0])), "") if len(heads) > 2 else ""
        if label == "aside":
            continue
        shown = [str(text) for text in texts[row]]
        if label and key(shown[0]).startswith("pre"):  # "£", and "m" in the row below
            below = texts[heads[nth + 1]] if nth + 1 < len(heads) else [""] * len(shown)
            shown = [
                f"{own}{text}" if own and at else own for at, (own, text) in enumerate(zip(shown, below, strict=True))
            ]
        elif (
            label and key(shown[0]).startswith("unit") and nth and key(str(texts[heads[nth - 1], 0])).startswith("pre")
        ):
            continue
        merged = {left: right for top, left, bottom, right in grid.merged if top <= row <= bottom and right > left}
        for left, right in merged.items():
            shown[left + 1 : right + 1] = [shown[left]] * len(shown[left + 1 : right + 1])
        if nth < len(heads) - 1 and not merged and not label:
            below = heads[nth + 1]
            for at in range(1, len(shown)):
                spans = shown[at - 1] and filled[below, at - 1] and filled[below, at]
                if not shown[at] and spans:
                    shown[at] = shown[at - 1]
        for at, text in enumerate(shown):
            if text and not (label and at == 0) and text not in parts[at]:
                parts[at].append(text)
    return parts
