"""The archive of documents: ``<folder>/<first two digits>/<sha256>.zlib``, exactly as a source answered.

A file is written under a temporary name, synced and then renamed, so what has its final name is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

from schemas.documents import Document
from schemas.errors import LedgerError
from storage.database import require_local


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
        if target.exists():
            with contextlib.suppress(LedgerError):
                self.get(sha256)
                return sha256
        require_local(self.folder)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".part-", dir=target.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(zlib.compress(content, 6))
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, target)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as exc:
            raise LedgerError(f"a document cannot be kept in {self.folder}: {exc.strerror or exc}") from exc
        return sha256

    def kept(self, document: Document) -> Document:
        """Keep a document; the same, with its bytes left here until they are asked for."""
        if document.is_kept:
            return document
        sha256 = self.put(document.content)
        return replace(document, body=partial(self.get, sha256), digest=sha256, size=len(document.content))

    def get(self, sha256: str) -> bytes:
        """The bytes of a document; raises LedgerError where it is missing or no longer has its hash."""
        path = self.path(sha256)
        try:
            content = zlib.decompress(path.read_bytes())
        except FileNotFoundError as exc:
            raise LedgerError(f"document {sha256} is not in {self.folder}: expected {path}") from exc
        except OSError as exc:
            raise LedgerError(f"document {sha256} cannot be read from {path}: {exc.strerror or exc}") from exc
        except zlib.error as exc:
            raise LedgerError(f"document {sha256} is damaged in {path}: restore a copy, or collect it again") from exc
        if hashlib.sha256(content).hexdigest() != sha256:
            raise LedgerError(
                f"document {sha256} no longer has that hash in {path}: restore a copy, or collect it again"
            )
        return content
