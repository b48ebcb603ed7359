"""Tables of SAFE: items as rows, with their credits and debits below them, and periods as columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from schemas.errors import ParseError
from sources.shared.china.chinese import english, plain
from sources.shared.china.period_columns import is_period, read_periods
from sources.shared.pages.unit_lines import read_unit, unit_lines
from sources.shared.readout import Facts
from sources.shared.word_lists import read_words
from sources.shared.workbooks.cells import Cell, Row, Sheet, is_figure

if TYPE_CHECKING:
    from sources.shared.readout import Readout

_FLOWS: Final = {
    "差额": "B",
    "净额": "B",
    "balance": "B",
    "net": "B",
    "贷方": "X",
    "credit": "X",
    "借方": "M",
    "debit": "M",
}
_NUMBER = re.compile(r"^\d{1,2}(?:\.(?:\d{1,2}|[A-Za-z](?![a-z])))*\.?\s*")
_TAIL = re.compile(
    r"(?:\s*,?\s*n\.?i\.?e\.?|\s*[-(,]?\s*(?:balance|net)\)?|(?:贸易)?(?:差额|净额)|贸易)$", re.IGNORECASE
)
#: Items of the balance of payments that are no trade, by their numbers: income, capital, financial account, errors.
_NO_TRADE = re.compile(r"1\.?|1\.[B-Z].*|[2-9].*")
_NOTE = re.compile(r"注|说明|资料来源|note|source", re.IGNORECASE)
_LINES = re.compile(r"行次|序号|line|no\.?", re.IGNORECASE)
_MONEY_OF_SHEET: Final = {"美元": "USD", "usd": "USD", "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "sdr": "XDR"}


@dataclass(frozen=True)
class Table:
    """A sheet: its title as printed, number from 1, what is said above its header, and where its figures are."""

    name: str
    part: int
    said: list[str]
    rows: list[tuple[int, Row]]  # from 1
    periods: dict[int, str]  # column, from 0
    payments: bool  # the whole balance of payments, where other items are no trade


@cache
def _items() -> dict[str, str]:
    rows = read_words("payments_items")
    return {name.lower().replace(" ", ""): product for product, *names in rows for name in names if name}


def kinds() -> tuple[str, ...]:
    """The kinds of services, which are all of them."""
    return tuple(
        dict.fromkeys(product for product in _items().values() if product not in ("total", "goods", "services"))
    )


def read_table(sheet: Sheet, title: str, part: int, name: str, *, payments: bool) -> Table:
    """The parts of a sheet. Raises ParseError where it has no header of periods, or a column has none."""
    name = f"{name}, sheet {title.strip()!r}"
    # A figure may look like a year: the header stands above all items.
    below = next((at for at, row in enumerate(sheet) if _is_item(row)), len(sheet))
    shown = [[cell if cell.hidden is None else Cell(cell.hidden) for cell in row] for row in sheet[:below]]
    counts = [sum(at > 0 and is_period(cell) for at, cell in enumerate(row)) for row in shown]
    if not any(counts):
        raise ParseError(f"{name} has no header of periods, expected such as 2015.1, 2015Q1 or 2015")
    top = counts.index(max(counts))
    rows = [(number, row) for number, row in enumerate(sheet[top + 1 :], top + 2) if any(cell.heading for cell in row)]
    periods = read_periods({at: cell for at, cell in enumerate(shown[top]) if at and is_period(cell)}, name)
    for at, cell in enumerate(shown[top]):
        filled = next((row[at].text for _, row in rows if is_figure(row[at].value)), "")
        if filled and at not in periods and not _LINES.fullmatch(cell.text):
            raise ParseError(f"{name}: column {at + 1} is headed {cell.text!r}, expected a period: it has {filled!r}")
    to_come = [at for at in periods if not any(row[at].heading for _, row in rows)]
    said = [cell.text for row in shown[:top] for cell in row if cell.text] + [shown[top][0].text]
    return Table(name, part, said, rows, {at: one for at, one in periods.items() if at not in to_come}, payments)


def unit_of(table: Table, title: str, readout: Readout) -> str:
    """The unit of a sheet; where its title says another currency that is a finding."""
    units = unit_lines(map(_unit_line, table.said), table.name)
    currency, unit = read_unit(units[0], table.name)
    others = [read_unit(said, table.name)[0] for said in units[1:]]
    others += [code for word, code in _MONEY_OF_SHEET.items() if word in title.lower()]
    for other in dict.fromkeys(others):
        if other != currency:
            readout.notice(
                "unit", f"{table.name} says {units[0]!r} and {other}: refusing to guess", f"table {table.part}"
            )
    return unit


def _unit_line(text: str) -> str:
    """``In 100 millions of USD`` and ``单位：亿特别提款权`` as lines that say a unit."""
    said = english(text.replace("特别提款权", "SDR"))
    found = re.fullmatch(r"\(?\s*(?:unit\s*:\s*)?in (.+?)\)?", said, re.IGNORECASE)
    said = f"Unit: {found[1]}" if found else said
    return re.sub(r"\bof\s+|us dollars?", lambda at: "USD" if at[0].strip() != "of" else " ", said, flags=re.IGNORECASE)


def read_rows(table: Table, unit: str, readout: Readout, facts: Facts) -> None:
    """Every figure of the items that are trade; an item that is not known is listed, figure by figure."""
    product: str | None = ""  # "" before the first item, None of one that is no trade
    for number, row in table.rows:
        label = " ".join(plain(row[0].heading).split())
        filled = {at: row[at] for at in table.periods if row[at].text}
        if _NOTE.match(label) and not filled:
            break
        flow, known, bare = _label(label)
        if not flow:
            flow, product = "B", known if known or not (table.payments and _NO_TRADE.fullmatch(bare)) else None
        if product is None or not filled:
            continue
        expected = "" if product else "an unknown item, expected one of docs/sources/safe.md"
        for at, cell in _from_first(row, table.periods):
            place = (number, at + 1, table.part)
            if expected:
                readout.unreadable(place, f"{label}: {cell.text}", expected)
                continue
            about = {**facts, "product": product, "flow": flow, "period": table.periods[at], "cite": label}
            if cell.text or cell.hidden is not None:
                readout.cell(_turned(cell) if flow == "M" else cell, unit, place, about)
            else:
                readout.absent("", unit, place, **about, status="M")


def _is_item(row: Row) -> bool:
    """Whether a row is an item, or a flow of one, with figures."""
    return any(_label(plain(row[0].heading))[:2]) and any(is_figure(cell.value) for cell in row[1:])


def _label(label: str) -> tuple[str, str, str]:
    """Flow of a row below an item ("" for an item), the product of an item ("" where unknown), and its number."""
    number = _NUMBER.match(label)
    bare = re.sub(r"^其中:?|^of which:?", "", label[number.end() if number else 0 :], flags=re.IGNORECASE).strip()
    if bare.lower() in _FLOWS:
        return _FLOWS[bare.lower()], "", ""
    said, before = bare, ""
    while said != before:
        found = _items().get(said.lower().replace(" ", ""))
        if found:
            return "", found, ""
        said, before = _TAIL.sub("", said).strip(), said
    return "", "", number[0].strip() if number else ""


def _from_first(row: Row, periods: dict[int, str]) -> list[tuple[int, Cell]]:
    """The cells of a row from its first figure on, by time: before, the series had not begun; hidden ones are said."""
    order = sorted(periods, key=periods.__getitem__)
    first = next(n for n, at in enumerate(order) if row[at].text)
    return [(at, row[at]) for at in order[first:] if row[at].hidden is None]


def _turned(cell: Cell) -> Cell:
    """A debit, which is printed negative, as imports."""
    if cell.number is not None:
        return replace(cell, value=-cell.number)
    text = cell.text
    if not any(map(str.isdigit, text)):
        return cell
    return replace(cell, value=text[1:] if text[0] in "-−–" else f"-{text}")
