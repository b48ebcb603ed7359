"""Where a document of an archive lies, for tests that damage it."""

from __future__ import annotations

from pathlib import Path

from storage.archive import Archive, name_of
from storage.stores import Folder


def lies(archive: Archive, sha256: str) -> Path:
    """The file of a document in an archive that is a folder."""
    assert isinstance(archive.store, Folder)
    return archive.store.path(name_of(sha256))
