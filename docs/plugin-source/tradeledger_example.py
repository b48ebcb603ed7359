"""Monthly trade of an agency that does not exist: one CSV, a figure a row, replaced every month.

Traps: a month that is not yet known has no row; a corrected month comes with the day of its correction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from schemas.datasets import Dataset
from schemas.documents import Document, Parsed
from sources.source import Request, Source

DATASET = "example-trade"
#: Their columns → ours.
COLUMNS = {"month": "period", "direction": "flow", "million_chf": "value", "published": "released"}
#: Their words → ours.
FLOWS = {"exports": "X", "imports": "M", "balance": "B"}


def requests(_since: date | None) -> Iterable[Request]:
    """All of it is one file."""
    yield Request("trade/monthly.csv")


def recognise(content: bytes) -> bool:
    """Whether the first line has their columns."""
    return content.removeprefix(b"\xef\xbb\xbf").startswith(",".join(COLUMNS).encode())


def parse(document: Document) -> Parsed:
    """Readings of their CSV: each figure as precisely as it was printed; what nobody knows is listed, by row."""
    from sources.shared.tables.tidy import Layout, parse_tidy  # pulls in numpy and pandas

    common = {"dataset": DATASET, "reporter": "CHE", "unit": "CHF million"}
    return parse_tidy(document, Layout(columns=COLUMNS, common=common, words={"flow": FLOWS}))


SOURCE = Source(
    id="example",
    title="Monthly trade in goods",
    publisher="Agency of Examples",
    licence="CC BY 4.0",
    landing_page="https://agency.example/trade",
    cadence="monthly, around the eighteenth",
    datasets=(Dataset(DATASET, title="Trade in goods", concept="customs", covers="series"),),
    parse=parse,
    requests=requests,
    recognise=recognise,
    base_url="https://agency.example",
    expected_rows=(3, None),
)
