"""How a line may go on, for the shell: what the ledger has, else nothing; a shell is never told of an error."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable


def completed(name: str) -> Callable[[str], list[str]]:
    """What begins as the last of several values, of what is called ``name``: a filter, a source, a held block."""

    def complete(incomplete: str) -> list[str]:
        before, comma, begun = incomplete.rpartition(",")
        found: list[str] = []
        with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
            # No ledger, a damaged one: nothing to offer.
            found = sorted({word for word in _known(name) if word.startswith(begun)})
        return [f"{before}{comma}{word}" for word in found]

    return complete


def _known(name: str) -> Iterable[str]:
    from schemas.vocabulary import FLOWS, MEASURES

    if name in ("flow", "measure"):
        return FLOWS if name == "flow" else MEASURES
    if name == "any source":
        from sources.registry import load_sources

        return load_sources()
    from cli.shared.ledger import open_ledger
    from storage import queries

    with open_ledger() as ledger:
        if name == "source":
            return queries.known_sources(ledger)
        if name == "block":
            return [row["block"] for row in queries.held(ledger)]
        return queries.words_of(ledger, name)
