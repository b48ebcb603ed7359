"""Edition lists of the Office for National Statistics: which file is current, and since when.

Every dataset of its site has one, ``…/current/data``; the files themselves do not say when they were released.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.sniff import read_json


def read_edition(document: Document) -> dict[str, list[dict[str, str]]]:
    """The list, with ``uri``, ``downloads`` and ``versions``. Raises ParseError for any other JSON, or an empty one."""
    edition = read_json(document.content, document.name)
    if not isinstance(edition, dict) or not {"downloads", "versions", "uri"} <= set(edition):
        seen = sorted(edition)[:6] if isinstance(edition, dict) else type(edition).__name__
        raise ParseError(f"{document.name}: JSON with {seen}, expected an edition list with downloads and versions")
    downloads = edition["downloads"]
    if not isinstance(downloads, list) or not all(isinstance(one, dict) and one.get("file") for one in downloads):
        raise ParseError(f"{document.name}: downloads {str(downloads)[:60]}, expected a list of files")
    if not downloads:
        raise ParseError(f"{document.name}: the edition lists no file to download")
    return edition


def released_at(edition: dict[str, list[dict[str, str]]], name: str) -> str:
    """When the current file replaced the last version, London time; ``releaseDate`` there is years behind."""
    try:
        replaced = max(datetime.fromisoformat(version["updateDate"]) for version in edition["versions"])
    except (KeyError, TypeError, ValueError) as exc:
        raise ParseError(f"{name}: no version with an updateDate, so no release date of the current file") from exc
    return replaced.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M")
