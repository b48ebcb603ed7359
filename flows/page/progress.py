"""How far long work is: a bar on a terminal and none in a pipe, and a progress artifact in Prefect."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from rich.console import Console
from rich.progress import Progress

#: Seconds before work counts as long, and between two updates of the artifact.
PATIENCE: Final = 2.0


@contextmanager
def shown(key: str, doing: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told how many of how many are done; what is over within PATIENCE leaves no artifact.

    ``key`` ends the artifact's key, ``progress-<key>``; ``doing`` says in a word what is done.
    """
    last = time.monotonic()
    artifact: UUID | None = None
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        line = bar.add_task(doing, total=None)

        def tell(done: int, total: int) -> None:
            nonlocal artifact, last
            bar.update(line, completed=done, total=total)
            now = time.monotonic()
            if now - last < PATIENCE and not (artifact and done == total):
                return
            last = now
            percent, said = 100 * done / total, f"{doing}: {done} of {total}"
            if artifact is None:
                artifact = cast(UUID, create_progress_artifact(percent, key=f"progress-{key}", description=said))
            else:
                update_progress_artifact(artifact, percent, description=said)

        yield tell
