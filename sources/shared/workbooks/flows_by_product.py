"""Headers of two rows: Balance, Exports, Imports, and below each Total, Goods, Services; in any order.

A column is what stands above it. Hidden columns are not read; one that is not understood, or comes twice, is refused.
"""

from __future__ import annotations

from typing import Final

from schemas.errors import ParseError
from sources.shared.workbooks.cells import Row, Sheet
from sources.shared.workbooks.rows import concealed, heading, without_footnotes

FLOWS: Final = {"balance": "B", "trade balance": "B", "exports": "X", "imports": "M"}
PRODUCTS: Final = {"total": "total", "goods": "goods", "goods bop basis": "goods", "services": "services"}

#: Column index → flow and product.
Columns = dict[int, tuple[str, str]]


def has_flows(row: Row) -> bool:
    """Whether a row heads all three flows."""
    return {"B", "X", "M"} <= {FLOWS.get(heading(cell)) for cell in row}


def read_header(sheet: Sheet, name: str, table: str) -> tuple[int, Columns]:
    """Index of the first row below the header, and the columns. Raises ParseError where it is not one of ``table``."""
    top = next((at for at, row in enumerate(sheet) if has_flows(row) and not concealed(row)), None)
    items = next((at for at in range((top or 0) + 1, len(sheet)) if any(cell.text for cell in sheet[at])), None)
    if top is None or items is None:
        raise ParseError(f"{name}: no header with Balance, Exports and Imports, expected {table}")
    columns: Columns = {}
    group, hidden = "", 0
    for at, (above, below) in enumerate(zip(sheet[top], sheet[items], strict=True)):
        group = above.heading or group
        if above.hidden is not None and below.hidden is not None:
            hidden += 1
            continue
        item = heading(below)
        if not item and heading(above) in ("", "period", "month"):
            continue
        flow, product = FLOWS.get(without_footnotes(group).lower()), PRODUCTS.get(item)
        if flow is None or product is None:
            raise ParseError(
                f"{name}: column {at + 1} is headed {group!r} / {below.text!r}, "
                "expected Balance, Exports or Imports / Total, Goods or Services"
            )
        if (flow, product) in columns.values():
            raise ParseError(f"{name}: column {at + 1} is headed {group!r} / {below.text!r} a second time")
        columns[at] = (flow, product)
    if len(columns) != 9 and not (columns and hidden):
        raise ParseError(f"{name}: {len(columns)} columns of figures, expected Balance, Exports, Imports × 3")
    return items + 1, columns
