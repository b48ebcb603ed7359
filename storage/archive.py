"""The archive of documents: ``<first two digits>/<sha256>.zlib``, exactly as a source answered.

``stores`` are the places where it may be; several hosts share one that ``TRADELEDGER_ARCHIVE_URL`` names.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from schemas.documents import Document
from schemas.errors import LedgerError, LedgerUnreadable
from schemas.settings import Settings
from storage.stores import Folder, Store, store

_NAME: Final = re.compile("[0-9a-f]{2}/([0-9a-f]{64}).zlib")


class Archive:
    """Documents by their SHA-256, compressed. What is in it is written once."""

    def __init__(self, where: Path | Store) -> None:
        self.store = Folder(where) if isinstance(where, Path) else where

    @classmethod
    def of(cls, settings: Settings) -> Archive:
        """That of the settings; raises SettingsError where its address cannot be used."""
        return cls(store(settings.archive_url) if settings.archive_url else settings.documents)

    @property
    def place(self) -> str:
        """Where it is, for a message."""
        return self.store.place

    def put(self, content: bytes) -> str:
        """Keep ``content``; its SHA-256. What is there already and undamaged is left alone.

        Raises LedgerError where it cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            if self.find(sha256) == content:
                return sha256
        except LedgerError as exc:  # damaged, or on a bad spot of the disk: put (again)
            if isinstance(exc.__cause__, PermissionError | ConnectionError):
                raise
        try:
            self.store.write(name_of(sha256), zlib.compress(content, 6))
        except OSError as exc:
            raise LedgerError(f"a document cannot be kept in {self.place}: {exc.strerror or exc}") from exc
        return sha256

    def clear(self) -> None:
        """Remove what killed runs were about to write, beside running ones."""
        self.store.clear()

    def hashes(self) -> list[str]:
        """The SHA-256 of every document that lies there, sorted; raises LedgerUnreadable where nobody says."""
        try:
            found = [_NAME.fullmatch(one) for one in self.store.names()]
        except OSError as exc:
            raise LedgerUnreadable(f"{self.place} does not say what is in it: {exc.strerror or exc}") from exc
        return sorted(one[1] for one in found if one)

    def kept(self, document: Document) -> Document:
        """Keep a document; the same, with its bytes left here until they are asked for."""
        if document.is_kept:
            return document
        sha256 = self.put(document.content)
        return replace(document, body=partial(self.get, sha256), digest=sha256, size=len(document.content))

    def get(self, sha256: str) -> bytes:
        """The bytes of a document; raises LedgerError where it is missing or no longer has its hash.

        LedgerUnreadable where the system does not give it out: that says nothing about what it is.
        """
        content = self.find(sha256)
        if content is None:
            raise LedgerError(f"document {sha256} is not in {self.place}: expected {self._where(sha256)}")
        return content

    def find(self, sha256: str) -> bytes | None:
        """The bytes of a document, None where it is missing; raises as ``get`` does."""
        where = self._where(sha256)
        try:
            content = zlib.decompress(self.store.read(name_of(sha256)))
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise LedgerUnreadable(f"document {sha256} cannot be read from {where}: {exc.strerror or exc}") from exc
        except zlib.error as exc:
            raise LedgerError(f"document {sha256} is damaged in {where}: restore a copy, or collect it again") from exc
        if hashlib.sha256(content).hexdigest() != sha256:
            raise LedgerError(
                f"document {sha256} no longer has that hash in {where}: restore a copy, or collect it again"
            )
        return content

    def _where(self, sha256: str) -> str:
        return f"{self.place.rstrip('/')}/{name_of(sha256)}"


def name_of(sha256: str) -> str:
    """Under which a document lies, in every store."""
    return f"{sha256[:2]}/{sha256}.zlib"
