"""What bytes are, told from the bytes: agencies serve gzip without the header and error pages as data."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from typing import Final

from schemas.errors import ParseError
from sources.shared.word_lists import read_words

#: First bytes → media type.
_MAGIC: Final = (
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel"),
    (b"\x1f\x8b", "application/gzip"),
    (b"%PDF-", "application/pdf"),
    (b"PAR1", "application/vnd.apache.parquet"),
)
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # escaped, as JSON writes characters beyond 16 bits, in pairs
#: How a media type is called in a message.
NAMES: Final = dict(read_words("media_types"))


class TooLarge(ParseError):
    """It would unpack to more than is allowed."""


def sniff(content: bytes) -> str:
    """The media type of ``content``, ``""`` where it is empty, ``application/octet-stream`` where it is no text."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            if media_type == "application/zip" and b"[Content_Types].xml" in content and b"xl/" in content:
                return XLSX
            return ODS if ODS.encode() in content[:200] else media_type
    head = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        return ""
    if b"\0" in head:
        return "application/octet-stream"
    if head.startswith(b"<"):
        low = head.lower()
        return "text/html" if b"<html" in low or b"<!doctype html" in low or b"<?xml" not in low else "application/xml"
    if head[:1] in (b"{", b"["):
        return "application/json"
    first = head.splitlines()[0]
    return "text/csv" if any(mark in first for mark in (b",", b";", b"\t")) else "text/plain"


def gunzip(content: bytes, name: str, limit: int = 256 * 2**20) -> bytes:
    """``content`` unpacked where it is gzip, else as it is; agencies serve gzip without saying so.

    Raises ParseError where it is damaged, cut off, or unpacks to more than ``limit`` bytes.
    """
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:  # several, one after the other, are one (RFC 1952)
            data = file.read(limit + 1)
    except EOFError as exc:
        raise ParseError(f"{name} is gzip data that breaks off after {len(content)} bytes") from exc
    except (OSError, zlib.error) as exc:
        raise ParseError(f"{name} is damaged gzip data ({len(content)} bytes)") from exc
    if len(data) > limit:
        raise TooLarge(f"{name}: {len(content)} bytes of gzip unpack to more than {limit}: refused")
    return data


def media_name(content: bytes) -> str:
    """What ``content`` is, in words."""
    return NAMES[sniff(content)]


def first_words(content: bytes, limit: int = 60) -> str:
    """The beginning of ``content`` on one line, for a message."""
    text = " ".join(content[: limit * 8].decode("utf-8", "replace").split())
    return text if len(text) <= limit else f"{text[:limit]}…"


def decode_utf8(content: bytes, name: str) -> str:
    """``content`` as text, a byte-order mark removed; raises ParseError with the row where it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        row = content.count(b"\n", 0, exc.start) + 1
        seen = content[exc.start : exc.start + 8]
        guess = ""
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            guess = ", it looks like UTF-16"
        else:
            try:
                content.decode("gb18030")
                guess = f", as GB18030 they would read {seen[:8].decode('gb18030', 'ignore')!r}"
            except UnicodeDecodeError:
                pass
        raise ParseError(
            f"{name}, row {row}: bytes {seen.hex(' ')} are not UTF-8{guess}: save the file as UTF-8"
        ) from exc


def read_json(content: bytes, name: str, *, exact: bool | type[str] = False) -> object:
    """``content`` as JSON, where ``exact`` its numbers as the texts they came as (of that type).

    Raises ParseError saying what it is instead, where it is cut off, and what in it says no single thing: a key said
    twice in one object, half a character. NaN and infinity are no JSON; where ``exact`` they are texts too, that no
    figure is read from.
    """
    if sniff(content) != "application/json":
        raise ParseError(f"{name} is {media_name(content)} ({first_words(content)!r}), expected JSON")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            key = next(key for key in keys if keys.count(key) > 1)
            values = " and ".join(f"{str(value)[:40]!r}" for one, value in pairs if one == key)
            raise ParseError(f"{name}: one object says {key!r} more than once, {values}: refusing to guess")
        return found

    def constant(text: str) -> str:
        if not exact:
            raise ParseError(f"{name} says {text}, which is no JSON: expected a number or null")
        return text

    number = None if not exact else str if exact is True else exact
    text = decode_utf8(content, name)
    try:
        answer = json.loads(text, parse_float=number, parse_int=number, parse_constant=constant, object_pairs_hook=once)
    except (ValueError, RecursionError) as exc:
        raise ParseError(f"{name} is damaged or cut-off JSON ({len(content)} bytes): {exc}") from exc
    if _SURROGATE.search(text):
        try:
            json.dumps(answer, ensure_ascii=False).encode()
        except UnicodeEncodeError as exc:
            raise ParseError(
                f"{name}: a text holds half a character ({exc.object[exc.start]!r}): damaged JSON"
            ) from exc
    return answer
