"""Where a ledger may be: its URL, the file of SQLite, what a network file system cannot give it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from schemas.errors import LedgerError, LedgerUnreadable
from schemas.extras import need
from storage.private import make_file, make_folder

#: File systems that several hosts may share, on which SQLite's write-ahead log cannot work.
_NETWORK: Final = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "lustre",
     "gpfs", "beegfs", "ncpfs", "davfs", "fuse.davfs2", "fuse.s3fs", "fuse.rclone", "ocfs2", "gfs2")
)  # fmt: skip


def parse_url(url: str) -> URL:
    """The URL of a ledger; raises LedgerError for what is neither SQLite nor PostgreSQL."""
    expected = "expected sqlite:///path/ledger.db or postgresql://user@host/name"
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        shown = re.sub(".*@", "…@", url, flags=re.DOTALL)
        raise LedgerError(f"database URL {shown!r} cannot be read: {expected}") from exc
    if parsed.drivername.split("+")[0] in ("postgresql", "postgres"):
        need("psycopg", "postgres", "a ledger in PostgreSQL")
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite") or not parsed.database or parsed.database == ":memory:":
        shown = parsed.render_as_string(hide_password=True)
        raise LedgerError(f"database URL {shown!r} is no place for a ledger: {expected}")
    return parsed


def file_of(url: URL) -> Path | None:
    """The file of a ledger in SQLite."""
    return Path(str(url.database)) if url.drivername.startswith("sqlite") else None


def place(url: URL) -> str:
    """Where a ledger is, for a message, without password."""
    return str(file_of(url) or url.render_as_string(hide_password=True))


def network_file_system(path: Path, mounts: str | None = None) -> str:
    """The type of the network file system ``path`` lies on, "" if it is local (or the system does not say)."""
    if mounts is None:
        if path.drive.startswith("\\\\"):  # Windows: a share of another host
            return "smb"
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        except OSError:
            return ""
    where, best, kind = os.path.realpath(path), -1, ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields.split(" ")[4])
        inside = where == point or where.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # the last mount of a point hides the earlier ones
            best, kind = len(point), rest.split(" ")[0]
    return kind if kind in _NETWORK else ""


def require_local(path: Path) -> None:
    """Raises LedgerError where ``path`` lies on a network file system."""
    kind = network_file_system(path)
    if kind:
        raise LedgerError(
            f"{path} lies on a network file system ({kind}): SQLite's write-ahead log needs one host and a local disk; "
            "several hosts mean PostgreSQL (TRADELEDGER_DATABASE_URL)"
        )


def require_room(path: Path) -> None:
    """Raises LedgerError where no file could be made."""
    require_local(path)
    above = next(one for one in path.absolute().parents if os.path.lexists(one))
    if not os.path.isdir(above) or not os.access(above, os.W_OK | os.X_OK):
        raise LedgerError(f"{path} cannot be made: {above} is no folder this user may write")


#: Files that were looked into, by device and number.
_SEEN: Final[set[tuple[int, int]]] = set()


def _seen(path: Path, *, now: bool = False) -> bool:
    """Whether the file was looked into; ``now`` it is.

    Only before SQLite has it open: whoever closes a file lets go of all locks that its process has on it (POSIX). A
    writer of another process then takes itself for the last, and removes the log that is still in use.
    """
    state = path.stat()
    if now:
        _SEEN.add((state.st_dev, state.st_ino))
    return (state.st_dev, state.st_ino) in _SEEN


def require_file(path: Path, *, create: bool) -> None:
    """Raises LedgerError where there is no SQLite file; with ``create`` a missing one is made, empty."""
    try:
        if _seen(path):
            require_local(path)
            return
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        if not create:
            raise LedgerError(f"no ledger at {path}: run tradeledger collect first") from None
        require_local(path)
        try:
            make_folder(path.parent)
            make_file(path)  # before SQLite does, with modes of its own
            _seen(path, now=True)
        except OSError as exc:
            raise LedgerError(f"{path} cannot be made: {exc.strerror}") from exc
        return
    except IsADirectoryError:
        raise LedgerError(f"{path} is a folder, expected the ledger's database file") from None
    except NotADirectoryError as exc:
        raise LedgerError(f"{path} cannot be made: {exc.strerror}") from exc
    except OSError as exc:
        raise LedgerUnreadable(f"{path} cannot be read: {exc.strerror}") from exc
    require_local(path)
    if head and head != b"SQLite format 3\0":
        raise LedgerError(f"{path} is not a database: expected an SQLite file made by tradeledger")
    _seen(path, now=True)
