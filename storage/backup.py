"""A copy of a ledger that may be in use, with its documents, in one file; and the copy made before each migration.

The file is a tar of ``ledger.db`` and ``documents/``, as they lie in a home: unpacked into an empty folder it is one.
The ledger is copied first: documents are kept before a run names them, so each that the copy names is there.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from schemas.errors import LedgerError, UsageError
from storage import private
from storage.database.connection import is_sqlite
from storage.database.copies import copy_database
from storage.database.place import place
from storage.queries import document_hashes
from storage.verify import damage

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.ledger import Ledger


@dataclass(frozen=True)
class Backup:
    """What a backup holds: whether the ledger, how many documents; ``left_out`` says why some are not in it."""

    path: Path
    with_ledger: bool
    documents: int
    left_out: list[str]


def backup(ledger: Ledger, archive: Archive, target: Path) -> Backup:
    """Copy a ledger (of PostgreSQL only what it names) and its documents into the new file ``target``, and verify it.

    Documents that are damaged are left out, and said. Raises UsageError where ``target`` exists or has no folder,
    LedgerError where the copy of the ledger is not what was written.
    """
    if os.path.lexists(target):
        raise UsageError(f"{target} exists: a backup takes no other file's place; name one that does not")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}: make it, or name a file in one there is")
    try:
        private.clear(target.parent, private.BACKUP)
        with private.scratch_file(target.parent, private.BACKUP) as copy:
            if is_sqlite(ledger.engine):
                copy_database(Path(str(ledger.url.database)), copy)
                _verify(copy)
            return _pack(ledger, archive, target, copy)
    except FileExistsError as exc:
        raise UsageError(f"{target} exists by now: a backup takes no other file's place") from exc
    except OSError as exc:
        raise LedgerError(f"{target} cannot be written: {exc.strerror or exc}") from exc


def _verify(copy: Path) -> None:
    from storage.ledger import Ledger

    with Ledger.open(f"sqlite:///{copy}", create=False) as copied:
        for name, wrong, _ in damage(copied):
            if wrong:
                raise LedgerError(
                    f"the ledger is damaged, and no copy was made: {name}: {wrong}; see tradeledger verify"
                )


def _pack(ledger: Ledger, archive: Archive, target: Path, copy: Path) -> Backup:
    from storage.ledger import Ledger

    left_out: list[str] = []
    with_ledger = is_sqlite(ledger.engine)
    written: dict[str, str] = {}
    with private.whole_file(target, replace=False, prefix=private.BACKUP) as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _folder(tar, "documents")
            if with_ledger:
                with copy.open("rb") as stream:
                    written["ledger.db"] = hashlib.file_digest(stream, "sha256").hexdigest()
                    stream.seek(0)
                    _add(tar, "ledger.db", stream, copy.stat().st_size)
                with Ledger.open(f"sqlite:///{copy}", create=False) as copied:
                    named = set(document_hashes(copied))
            else:
                named = set(document_hashes(ledger))
            for sha in sorted(named.union(archive.hashes())):
                try:
                    content = zlib.compress(archive.get(sha), 6)
                except LedgerError as exc:
                    left_out.append(str(exc))
                    continue
                if f"documents/{sha[:2]}" not in written:
                    _folder(tar, f"documents/{sha[:2]}")
                    written[f"documents/{sha[:2]}"] = ""
                name = f"documents/{sha[:2]}/{sha}.zlib"
                written[name] = sha
                _add(tar, name, io.BytesIO(content), len(content))
        _read_back(file, written)
    return Backup(target, with_ledger, sum(name.endswith(".zlib") for name in written), left_out)


def _folder(tar: tarfile.TarFile, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, 0o700
    tar.addfile(entry)


def _add(tar: tarfile.TarFile, name: str, stream: BinaryIO, size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, stream)


def _read_back(file: BinaryIO, written: dict[str, str]) -> None:
    """Read what was written once more, before it gets its name: every document and the ledger have their hash."""
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    found = {}
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for entry in tar:
            stream = tar.extractfile(entry)
            if stream is None:
                continue
            if entry.name.endswith(".zlib"):
                found[entry.name] = hashlib.sha256(zlib.decompress(stream.read())).hexdigest()
            else:
                found[entry.name] = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    if found != {name: sha for name, sha in written.items() if sha}:
        raise LedgerError(
            "what was written as a backup does not read back as it was: nothing was kept; try another disk"
        )


def way_out(ledger: Ledger) -> str:
    """What is to be done beside, for a ledger that is no file; "" for nothing."""
    if is_sqlite(ledger.engine):
        return ""
    return (
        f"the ledger itself is in PostgreSQL ({place(ledger.url)}): make a copy of it with pg_dump --format=custom, "
        "before the documents are copied, so that each it names is among them"
    )
