"""Any table of the user's own: the tidy CSV, or what people have."""

from __future__ import annotations

from itertools import pairwise

from schemas.documents import Document, Parsed
from sources.source import Source

#: Names of columns of the tidy form, of which a first line with some is meant to be its header.
_OURS = frozenset(
    (
        *(b"dataset", b"reporter", b"partner", b"product", b"breakdown", b"flow", b"measure", b"basis"),
        *(b"period", b"value", b"unit", b"qualifier", b"status", b"released", b"cite"),
    )
)

#: Bytes of a cell; what stands between the commas of a sentence is longer somewhere.
_CELL = 80


def parse(document: Document) -> Parsed:
    """Readings of a tidy CSV (``sources.shared.tables.tidy``), or of a table of another shape as people have it."""
    if not document.map and _is_tidy(document.content):
        from sources.shared.tables.tidy import parse_tidy  # pulls in numpy and pandas

        return parse_tidy(document)
    from sources.shared.shapes.reading import read_any

    return read_any(document)


def _is_tidy(content: bytes) -> bool:
    """Whether the first line has names that only the tidy form has together, whatever parts them."""
    first = content[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    names = {cell.strip(b' "\r') for mark in b",;\t|" for cell in first.split(bytes([mark]))}
    return len(names & _OURS) >= 3 and not first.startswith((b"DATAFLOW", b"STRUCTURE"))


def recognise(content: bytes) -> bool:
    """Whether it looks like a table in a text: the header of a tidy CSV, or two lines of as many short cells."""
    first = content[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    if {b"dataset", b"reporter", b"value"} <= {cell.strip(b' "\r') for cell in first.split(b",")}:
        return True
    lines = [line for line in content[:100_000].splitlines() if line.strip()]
    if b"\0" in content[:1000] or content[:1] in (b"<", b"{", b"["):
        return False
    for mark in (b",", b";", b"\t", b"|"):
        rows = [line.split(mark) for line in lines]
        for above, row in pairwise(rows):
            short = max(map(len, row)) <= _CELL and max(map(len, above)) <= _CELL
            if len(above) == len(row) > 1 and short and any(cell.strip(b' "')[-1:].isdigit() for cell in row[1:]):
                return True
    return False


SOURCE = Source(
    id="table",
    title="Any tidy CSV of your own",
    publisher="you",
    licence="yours",
    landing_page="",
    cadence="when you have one",
    datasets=(),
    parse=parse,
    recognise=recognise,
)
