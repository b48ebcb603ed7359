"""Figures transcribed from press reports and agency statements, with citation; shipped with the project."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from schemas.datasets import Dataset
from schemas.documents import Document
from sources.source import Source
from sources.table import parse


def bundled() -> Iterator[Document]:
    """The shipped tables as documents, in the order of their names."""
    for entry in sorted(files("sources").joinpath("figures").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".csv"):
            yield Document("bulletins", entry.read_bytes(), entry.name, media_type="text/csv")


SOURCE = Source(
    id="bulletins",
    title="Figures transcribed from press reports and agency statements",
    publisher="as cited with each figure",
    licence="facts, quoted with citation; transcription MIT like this project",
    landing_page="",
    cadence="with each version of tradeledger",
    datasets=(
        Dataset("china-cultural-trade", title="China's trade in cultural products and services"),
        Dataset(
            "us-trade-goods-services",
            title="U.S. international trade in goods and services, as released (FT-900, Exhibit 1)",
            seasonal_adjustment="SA",
            concept="bop",
            trade_system="general",
            price_basis="current",
        ),
    ),
    parse=parse,
    bundled=bundled,
    expected_rows=(10, None),
)
