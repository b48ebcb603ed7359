"""Addresses of our pages."""

from __future__ import annotations

from urllib.parse import quote


def series_page(series: object) -> str:
    """The page of a series, by its number."""
    return f"/series/{quote(str(series), safe='')}"


def dataset_page(dataset: str) -> str:
    """The page of a dataset."""
    return f"/dataset/{quote(dataset, safe='')}"


def release_page(dataset: str, released: str) -> str:
    """The page of a release."""
    return f"/release/{quote(dataset, safe='')}/{quote(released, safe=':')}"
