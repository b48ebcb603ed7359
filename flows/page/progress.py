"""How far long work is: a bar on a terminal and none in a pipe, and a progress artifact in Prefect."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from uuid import UUID

#: Seconds before work counts as long, and between two updates of the artifact.
PATIENCE: Final = 2.0


@contextmanager
def shown(doing: str, key: str = "") -> Iterator[Callable[[int, int], None]]:
    """A function to be told how many of how many are done; ``doing`` says in a word what is done.

    ``key`` ends the key of an artifact, ``progress-<key>``; none without it, nor of what is over within PATIENCE.
    """
    last = time.monotonic()
    artifact: UUID | None = None

    with _bar(doing) as draw:

        def tell(done: int, total: int) -> None:
            nonlocal artifact, last
            draw(done, total)
            now = time.monotonic()
            if not key or (now - last < PATIENCE and not (artifact and done == total)):
                return
            last = now
            artifact = _written(artifact, f"progress-{key}", 100 * done / total, f"{doing}: {done} of {total}")

        yield tell


@contextmanager
def _bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(line, completed=done, total=total)


def _written(artifact: UUID | None, key: str, percent: float, said: str) -> UUID:
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    if artifact is None:
        return cast("UUID", create_progress_artifact(percent, key=key, description=said))
    update_progress_artifact(artifact, percent, description=said)
    return artifact
