"""Answers of JSON services in pages, ``[meta, rows]``: errors that come with a good status, answers cut off."""

from __future__ import annotations

from collections.abc import Set
from itertools import islice
from typing import Any

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.sniff import first_words, gunzip, media_name, read_json, sniff

Record = dict[str, Any]
_META = {"page", "pages", "per_page", "total", "lastupdated"}


def read_pages(document: Document, publisher: str) -> tuple[dict[str, Any], list[Record]]:
    """Meta and rows of an answer, numbers as the texts they came as. Raises ParseError for all that is none."""
    name = document.name
    content = gunzip(document.content, name)
    if sniff(content) != "application/json":
        from sources.shared.pages.html import refuse_gateways

        refuse_gateways(content, name)
        raise ParseError(f"{name} is {media_name(content)} ({first_words(content)!r}), expected JSON of the API v2")
    answer = read_json(content, name, exact=True)
    if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "message" in answer[0]:
        raise ParseError(f"{name}: {publisher} says {_said(answer[0]['message'])}"[:300])
    match answer:
        case [dict() as meta, None]:
            raise ParseError(
                f"{name}: an empty answer (total {meta.get('total')}): no such country, years or indicator"
            )
        case [dict() as meta, list() as rows] if set(meta) >= _META:
            _check_whole(meta, rows, name)
            return meta, rows
    raise ParseError(f"{name}: JSON of another shape ({first_words(content)!r}), expected [meta, rows]")


def check_fields(rows: list[Record], fields: Set[str], optional: Set[str], name: str) -> None:
    """Raise ParseError where a row has a field that nobody knows, or the first has not all that it must have."""
    expected = f"expected {', '.join(sorted(fields))}"
    try:
        seen = set().union(*map(dict.keys, rows))
    except TypeError as exc:
        raise ParseError(f"{name}: a row is no object, {expected}") from exc
    if unknown := sorted(seen - fields):
        raise ParseError(f"{name}: unknown field {unknown[0]!r}, {expected}")
    if lacking := sorted(fields - optional - set(next(islice(rows, 1)))):
        raise ParseError(f"{name}: a row has no field {lacking[0]!r}, {expected}")


def _check_whole(meta: dict[str, Any], rows: list[Record], name: str) -> None:
    """Raise ParseError where there are not as many rows as the answer says."""
    try:
        page, pages, size, total = (int(meta[key]) for key in ("page", "pages", "per_page", "total"))
    except (TypeError, ValueError) as exc:
        raise ParseError(f"{name}: page, pages, per_page and total are no numbers: {meta}"[:300]) from exc
    expected = min(size, max(total - (page - 1) * size, 0))
    if len(rows) != expected or page > pages:
        raise ParseError(
            f"{name}: {len(rows)} rows on page {page} of {pages}, expected {expected}: the answer is cut off"
        )
    if not rows:
        raise ParseError(f"{name}: an answer without rows")


def _said(message: object) -> str:
    """What an error message says, whatever its shape."""
    try:
        return "; ".join(f"{m.get('id')} {m.get('key')}: {m.get('value')}" for m in message)  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        return repr(message)
