"""``tradeledger sources ID``: all that one source and its datasets declare about themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from cli.formats.output import Column, Format, emit

if TYPE_CHECKING:
    from schemas.datasets import Dataset, Partition
    from sources.source import Source

FIELDS: Final = (
    *("id", "title", "publisher", "licence", "landing_page", "cadence", "fed_by", "base_url", "sites", "key_header"),
    *("asked_by_year", "leads_on", "recognised", "expected_rows", "parser_version"),
    *("dataset", "dataset_title", "concept", "trade_system", "seasonal_adjustment", "price_basis", "valuation"),
    *("identities", "partitions", "balance_growth", "covers", "absences", "due"),
)
COLUMNS: Final = (
    Column("of"),
    Column("declared", lambda row: row["declared"].replace("_", " ")),
    Column("as", fold=True),
)


def describe(source: Source, form: Format) -> None:
    """Write a row a dataset (one without where there is none); for people a line a declaration."""
    about = of_source(source)
    rows = [about | _of_dataset(one) for one in source.datasets]
    if form is Format.TABLE:
        lines = [*_lines(source.id, about)]
        for one in source.datasets:
            lines += _lines(one.id, _of_dataset(one))
        emit(lines, (), COLUMNS, form, limit=0)
    else:
        blank = about | dict.fromkeys(FIELDS[FIELDS.index("dataset") :], "")
        emit(rows or [blank], FIELDS, (), form, limit=0)


def _lines(of: str, declared: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name, value in declared.items():
        if value not in ("", of):
            yield {"of": of, "declared": name, "as": {True: "yes", False: "no"}.get(value, str(value))}


def of_source(source: Source) -> dict[str, Any]:
    """What a source declares about itself, its datasets apart."""
    least, most = source.expected_rows
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "licence": source.licence,
        "landing_page": source.landing_page,
        "cadence": source.cadence,
        "fed_by": "shipped" if source.bundled else "network" if source.requests else "hand",
        "base_url": source.base_url,
        "sites": ", ".join(source.sites),
        "key_header": source.key_header,
        "asked_by_year": source.year is not None,
        "leads_on": source.follow is not None,
        "recognised": source.recognise is not None,
        "expected_rows": f"{least} or more a document" if most is None else f"{least} to {most} a document",
        "parser_version": str(source.parser_version),
    }


def _of_dataset(one: Dataset) -> dict[str, Any]:
    return {
        "dataset": one.id,
        "dataset_title": one.title,
        "concept": one.concept,
        "trade_system": one.trade_system,
        "seasonal_adjustment": one.seasonal_adjustment,
        "price_basis": one.price_basis,
        "valuation": ", ".join(f"{flow} {how}" for flow, how in one.valuation.items()),
        "identities": ", ".join(f"{name} {how}" for name, how in one.identities.items()),
        "partitions": "; ".join(map(_partition, one.partitions)),
        "balance_growth": one.balance_growth,
        "covers": one.covers,
        "absences": str(one.absences),
        "due": ", ".join(one.due),
    }


def _partition(one: Partition) -> str:
    promised = ", promised" if one.promised else ""
    return f"{one.dimension}: {one.parent} = {' + '.join(one.children)} ({one.how}{promised})"
