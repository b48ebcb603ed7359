"""What is made for a ledger is its owner's alone, whatever the umask: folders 0700, files 0600. What exists stays so.

``TRADELEDGER_GROUP`` opens what is made to a group as well: 0770 with setgid, so that what is made within belongs to it
too, and 0660. A log beside SQLite's database takes the modes of the database.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from schemas import platforms
from schemas.errors import SettingsError
from schemas.settings import load_settings

#: How what is not yet whole is named, in the archive and in a folder that is not ours alone.
_PART: Final = ".part-"
BACKUP: Final = ".tradeledger-backup-"


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing. Raises OSError."""
    for one in (*reversed(path.parents), path):
        if one.is_dir():
            continue
        try:
            one.mkdir(0o700)
        except FileExistsError:  # another run was quicker; a file in its place is said by whoever needs the folder
            continue
        _give(one, 0o700, 0o2770)


def make_file(path: Path) -> None:
    """Make an empty file where there is none. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        os.close(opener(str(path), os.O_RDWR | os.O_CREAT | os.O_EXCL))


def opener(path: str, flags: int) -> int:
    """``opener`` of ``open``, for a file that may have to be made."""
    made = not os.path.exists(path)
    handle = os.open(path, flags, 0o600)
    if made:
        _give(handle, 0o600, 0o660)
    return handle


def _give(what: Path | int, alone: int, shared: int) -> None:
    """Set the modes, and the group, of what was made just now."""
    group = load_settings().group
    if group:
        try:
            shutil.chown(what, group=group)
        except LookupError:
            raise SettingsError(f"TRADELEDGER_GROUP cannot be used: this system has no group {group!r}") from None
        except PermissionError:
            raise SettingsError(f"TRADELEDGER_GROUP cannot be used: this user is not in group {group!r}") from None
    with contextlib.suppress(PermissionError):  # of one's own file: a file system that has no modes
        os.chmod(what, alone if group is None else shared)


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = True, prefix: str = _PART) -> Iterator[BinaryIO]:
    """A file to write bytes to, that gets its name when all is written and synced, else it is gone.

    Without ``replace`` what has the name stays: FileExistsError. Raises OSError. What is being written is locked, so
    that ``clear`` knows what a killed process left.
    """
    handle, name = _locked(path.parent, prefix)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if platforms.LOCKS:
                _name(name, path, replace)
        if not platforms.LOCKS:  # nobody clears there; and Windows renames no file that is open
            _name(name, path, replace)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
    platforms.sync_folder(path.parent)


@contextlib.contextmanager
def scratch_file(folder: Path, prefix: str) -> Iterator[Path]:
    """A file that is gone in the end; ``clear`` removes what a killed process left of it. Raises OSError."""
    handle, name = _locked(folder, prefix)
    try:
        yield Path(name)
    finally:
        os.close(handle)
        for path in (name, f"{name}-journal", f"{name}-wal", f"{name}-shm"):
            with contextlib.suppress(OSError):
                os.unlink(path)


def _name(name: str, path: Path, replace: bool) -> None:
    if not replace:
        try:
            os.link(name, path)
            return
        except OSError:  # it exists, or the file system has no links
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
    os.replace(name, path)


def _locked(folder: Path, prefix: str) -> tuple[int, str]:
    """A new file, and its name, that nobody clears."""
    while True:
        handle, name = tempfile.mkstemp(prefix=prefix, dir=folder)
        with contextlib.suppress(OSError):  # a file system without locks: nothing is cleared there either
            platforms.lock(handle, wait=True)
        if os.fstat(handle).st_nlink:
            _give(handle, 0o600, 0o660)
            return handle, name
        os.close(handle)  # cleared between the two


def clear(folder: Path, prefix: str = _PART) -> None:
    """Remove from a folder what killed processes were about to write; what is being written now is locked: it stays."""
    for left in folder.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # gone, got its name, somebody else's: nothing to clear
            handle = os.open(left, os.O_RDWR)
            try:
                platforms.lock(handle)
                left.unlink()
            finally:
                os.close(handle)
