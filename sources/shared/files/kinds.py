"""A file of any usual kind as grids: one reader a kind, told by its bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.files.grids import Grid
from sources.shared.sniff import ODS, XLSX, first_words, gunzip, media_name, sniff

#: What a zip of tables may unpack to, and how many files it may hold.
_LIMIT: Final = 256 * 2**20
_FILES: Final = 50


def read_grids(document: Document, wanted: str = "") -> Sequence[Grid]:
    """The grids of a document. Raises ParseError for what is no table of any kind."""
    content = gunzip(document.content, document.name)
    document = replace(document, body=content, digest="")
    kind = sniff(content)
    if kind in ("text/csv", "text/plain") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        from sources.shared.files.delimited import read_delimited

        return [read_delimited(document, content)]
    if kind in (XLSX, "application/vnd.ms-excel"):
        from sources.shared.files.books import read_books

        return read_books(document)
    if kind == ODS:
        from sources.shared.files.opendocument import read_ods

        return read_ods(content, document.name)
    if kind == "application/zip":
        return _unpacked(document, content, wanted)
    if kind == "text/html":
        from sources.shared.files.pages import read_tables

        return read_tables(document)
    if kind in ("application/json", "application/vnd.apache.parquet"):
        from sources.shared.files.records import read_parquet, read_records

        return [read_records(document, content) if kind == "application/json" else read_parquet(document, content)]
    shown = f" ({first_words(content)!r})" if kind.startswith(("text/", "application/xml")) else ""
    raise ParseError(f"{document.name} is {media_name(content)}{shown}, expected a table: CSV, a workbook, HTML, JSON")


def _unpacked(document: Document, content: bytes, wanted: str) -> list[Grid]:
    """The grids of the files of a zip, each by the name of its file."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = [one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename]
        if sum(one.file_size for one in infos) > _LIMIT or len(infos) > _FILES:
            raise ParseError(f"{document.name} unpacks to {len(infos)} files of more than {_LIMIT} bytes: refused")
        files = {one.filename: archive.read(one) for one in infos}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as exc:
        raise ParseError(f"{document.name} is a damaged ZIP archive, or one with a password") from exc
    found: list[Grid] = []
    wrong: list[str] = []
    for name, body in files.items():
        if body[:4] == b"PK\x03\x04" and sniff(body) == "application/zip":
            raise ParseError(f"{document.name} holds another archive, {name!r}: unpack it first")
        try:
            inside = read_grids(replace(document, body=body, name=name), "")
        except ParseError as error:
            wrong.append(str(error))
            continue
        for grid in inside:
            grid.title = f"{name}: {grid.title}" if grid.title and grid.title != "1" else name
            found.append(grid)
    if not found:
        raise ParseError(f"{document.name} holds no table: {'; '.join(wrong[:3]) or 'it is empty'}")
    for part, grid in enumerate(found, 1):
        grid.part = part
    return found
