"""The archive of documents: ``<folder>/<first two digits>/<sha256>.zlib``, exactly as a source answered.

A file is written under a temporary name, synced and then renamed, so what has its final name is whole.
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
from storage.database.place import require_local
from storage.private import clear, make_folder, whole_file

_SHA256: Final = re.compile("[0-9a-f]{64}")


class Archive:
    """Documents by their SHA-256, compressed. The folder is made by the first ``put``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where a document lies or would lie."""
        return self.folder / sha256[:2] / f"{sha256}.zlib"

    def put(self, content: bytes) -> str:
        """Keep ``content``; its SHA-256. What is there already and undamaged is left alone.

        Raises LedgerError where it cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        try:
            if self.get(sha256) == content:
                return sha256
        except LedgerError as exc:  # missing, damaged, or on a bad spot of the disk: put (again)
            if isinstance(exc.__cause__, PermissionError):
                raise
        require_local(self.folder)
        try:
            make_folder(target.parent)
            with whole_file(target) as file:
                file.write(zlib.compress(content, 6))
        except OSError as exc:
            raise LedgerError(f"a document cannot be kept in {self.folder}: {exc.strerror or exc}") from exc
        return sha256

    def clear(self) -> None:
        """Remove what killed runs were about to write, beside running ones."""
        for folder in self.folder.glob("[0-9a-f][0-9a-f]"):
            clear(folder)

    def hashes(self) -> list[str]:
        """The SHA-256 of every document that lies there, sorted."""
        found = self.folder.glob("[0-9a-f][0-9a-f]/*.zlib")
        return sorted(path.stem for path in found if _SHA256.fullmatch(path.stem))

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
        path = self.path(sha256)
        try:
            content = zlib.decompress(path.read_bytes())
        except FileNotFoundError as exc:
            raise LedgerError(f"document {sha256} is not in {self.folder}: expected {path}") from exc
        except OSError as exc:
            raise LedgerUnreadable(f"document {sha256} cannot be read from {path}: {exc.strerror or exc}") from exc
        except zlib.error as exc:
            raise LedgerError(f"document {sha256} is damaged in {path}: restore a copy, or collect it again") from exc
        if hashlib.sha256(content).hexdigest() != sha256:
            raise LedgerError(
                f"document {sha256} no longer has that hash in {path}: restore a copy, or collect it again"
            )
        return content
