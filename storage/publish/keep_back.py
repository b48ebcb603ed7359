"""Which blocks of a publish are kept back: those that fail, unless a person's decision covers what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, ints
from storage.publish.brought import Brought, Pair
from storage.publish.rows import HELD, REFUSED, Rows
from storage.state.held import DOCUMENT, RULES, Wanted, figures_digest
from storage.state.verdicts import ACCEPT, REJECT, Scope, Verdict, applies, is_error, scope, verdicts


@dataclass(frozen=True)
class _Seen:
    """What a person decided about a dataset, and what is wrong with it now."""

    decided: Mapping[tuple[str, str], list[Verdict]]
    failing: Mapping[Pair, set[Scope]]

    def settle(self, rows: Rows, pair: Pair, cause: str, at: Ints, more: set[Scope]) -> None:
        """Hold, accept or refuse a block: its readings ``at``."""
        if not len(at):
            return
        block, released = pair
        about, readings = self.decided.get((rows.id, block), []), rows.readings.take(at)
        found = frozenset(more | self.failing.get(pair, set()))
        figures = figures_digest(readings) if about else ""
        if applies(about, ACCEPT, released, found, figures) is not None:
            rows.accepted[at] = True
            rows.settled[pair] = "accepted"
            return
        decision = applies(about, REJECT, released, found, figures)
        rows.status[at] = HELD if decision is None else REFUSED
        if decision is not None:
            rows.settled[pair] = "rejected"
        rows.wanted.append(Wanted(rows.id, block, released, cause, readings, found, decision))


def keep_back(conn: Connection, rows: Rows, brought: Brought, documents: Mapping[str, int]) -> None:
    """Decide for every block that fails whether it is held, accepted or rejected before.

    Of a document with something wrong about itself all blocks fail, of one with a figure in doubt the block of that.
    """
    noticed: dict[int, set[Scope]] = {}
    for sha, scopes in brought.noticed.items():
        noticed.setdefault(documents[sha], set()).update(scopes)
    of_noticed = np.isin(rows.readings.document, list(noticed))
    doubtful = _doubtful(rows, brought, documents, of_noticed)
    wrong = brought.held.get(rows.id, ())
    if not wrong and not of_noticed.any():
        return
    failing: dict[Pair, set[Scope]] = {}
    for finding in brought.findings.get(rows.id, ()):
        if finding.released and is_error(finding):
            failing.setdefault((finding.block, codes.release_code(finding.released)), set()).add(scope(finding))
    seen = _Seen(verdicts(conn, [rows.id]), failing)
    for pair in wrong:
        at = rows.of_block(*pair)
        seen.settle(rows, pair, RULES, at[~of_noticed[at]], set())
    if not of_noticed.any():
        return
    for released in rows.releases:
        here = ints(np.flatnonzero(of_noticed & (rows.readings.released == released)))
        for block in rows.blocks(here):
            at = np.intersect1d(rows.of_block(block, released), here)
            about = {s for document in np.unique(rows.readings.document[at]) for s in noticed.get(int(document), ())}
            seen.settle(rows, (block, released), DOCUMENT, at, about | doubtful.get((block, released), set()))


def _doubtful(
    rows: Rows, brought: Brought, documents: Mapping[str, int], of_noticed: Flags
) -> Mapping[Pair, set[Scope]]:
    """The blocks of figures in doubt, and what is asked of them; their document's readings are marked in the last."""
    found: dict[Pair, set[Scope]] = {}
    for sha, position, said in brought.doubts:
        own = rows.readings.document == documents[sha]
        for row in np.flatnonzero(own & (rows.readings.position == position)):
            pair = str(rows.texts[rows.places[row]]), int(rows.readings.released[row])
            at = rows.of_block(*pair)
            of_noticed[at[own[at]]] = True
            found.setdefault(pair, set()).add(said)
    return found
