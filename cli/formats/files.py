"""Files that a command writes where a person says: whole under their name, or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from schemas import platforms


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write bytes to, that gets its name when all is written; what had the name is replaced.

    A pipe or a device is written to as it is. Raises OSError.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    _clear(path)
    try:
        with part.open("xb") as stream:
            yield stream
        os.replace(part, path)
    except FileNotFoundError as exc:
        raise FileNotFoundError(exc.errno, exc.strerror, str(path)) from exc
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _clear(path: Path) -> None:
    """Remove what processes that were killed while they wrote ``path`` left beside it."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        number = left.name.split(".")[-2]
        if not number.isdigit():
            continue
        if not platforms.may_run(int(number)):
            with contextlib.suppress(OSError):  # somebody else's
                left.unlink()
