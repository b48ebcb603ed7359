"""A file that ends without a line end: whether its last field may be a part of what stood there.

98 was published for 98,765.4. Where a longer text would be read too, and says another figure, a person is asked; many
honest files end so, and where the last field is a remark, a full date or in quotes, or stands in another row as well,
nobody is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from schemas.documents import Notice
from schemas.positions import pack, position_text

if TYPE_CHECKING:
    from schemas.documents import Document
    from sources.shared.tables.csv_table import Table

#: Id of what is said of such a figure.
WHOLE: Final = "whole"
_MULTIPLIERS: Final = ("thousand", "million", "billion", "trillion", "%")
#: Columns of which any text, or none, says another series.
_OPEN: Final = ("dataset", "product", "breakdown", "basis")


def question(document: Document, content: bytes, table: Table, *, read: bool) -> list[Notice]:
    """The question about the last figure of a CSV file, if it was ``read`` and may be cut short."""
    line = content[content.rfind(b"\n") + 1 :]
    if not read or document.whole or not line.strip(b" ,\t\r\v\f") or line[-1:] in b' \t\r"':
        return []
    name = table.header[-1]
    text = str(table.values[-1]) if name == "value" else table.columns[name][len(table) - 1].strip()
    if table.last_other > table.numbers[-1] or not _may_go_on(table, name, text):
        return []
    where = position_text(pack(int(table.numbers[-1]), table.header.index("value") + 1))
    seen = f"its last figure, {text}" if name == "value" else f"the {name} of its last figure, {text or 'empty'}"
    said = f"the file ends at {seen}, without a line end: if that is all of it, say --whole"
    return [Notice(WHOLE, said, where, document.sha256, f"{name} {text}", figure=True)]


def _may_go_on(table: Table, name: str, text: str) -> bool:
    """Whether a longer text would say another figure."""
    if name == "value":
        return bool(text)
    codes = table.columns[name].codes
    if name == "period":
        return "/" not in text
    if np.count_nonzero(codes == codes[-1]) > 1:  # it stands so in another row
        return False
    if name == "unit":
        return not text.endswith(_MULTIPLIERS)
    if name in ("reporter", "partner"):
        return not (len(text) == 3 and text.isalpha())
    if name == "qualifier":
        return text in ("", ">", "<")
    return name in _OPEN or (name == "measure" and not text)
