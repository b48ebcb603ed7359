"""Which blocks of a publish are kept back: those that fail, unless a person's decision covers what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from storage.encoding import codes
from storage.encoding.columns import Flags, Ints, ints
from storage.publish.dataset import HELD, REFUSED, Part
from storage.state.held import DOCUMENT, RULES, Wanted, figures_digest
from storage.state.verdicts import ACCEPT, REJECT, Scope, Verdict, applies, is_error, scope, verdicts

if TYPE_CHECKING:
    from schemas.judge import Judgement

#: A block id and a release.
Pair = tuple[str, int]


@dataclass(frozen=True)
class _Seen:
    """What a person decided about a dataset, and what is wrong with it now."""

    decided: Mapping[tuple[str, str], list[Verdict]]
    failing: Mapping[Pair, set[Scope]]

    def settle(self, part: Part, block: str, released: int, cause: str, rows: Ints, more: set[Scope]) -> None:
        """Hold, accept or refuse the ``rows`` of a block."""
        if not len(rows):
            return
        about, readings = self.decided.get((part.id, block), []), part.readings.take(rows)
        found = frozenset(more | self.failing.get((block, released), set()))
        figures = figures_digest(readings) if about else ""
        if applies(about, ACCEPT, released, found, figures) is not None:
            part.accepted[rows] = True
            part.settled[block, released] = "accepted"
            return
        decision = applies(about, REJECT, released, found, figures)
        part.status[rows] = HELD if decision is None else REFUSED
        if decision is not None:
            part.settled[block, released] = "rejected"
        part.wanted.append(Wanted(part.id, block, released, cause, readings, found, decision))


#: A document, the packed position of a figure in it, and what is asked about that.
Doubt = tuple[int, int, Scope]


def keep_back(
    conn: Connection,
    part: Part,
    judgement: Judgement,
    noticed: Mapping[int, frozenset[Scope]],
    doubts: Sequence[Doubt] = (),
) -> None:
    """Decide for every block that fails whether it is held, accepted or rejected before.

    ``noticed`` are documents with something wrong about themselves, and what that is: all their blocks fail. Of a
    document with a figure in doubt the block of that figure fails.
    """
    failing: dict[Pair, set[Scope]] = {}
    for finding in judgement.findings:
        if finding.dataset == part.id and is_error(finding):
            failing.setdefault((finding.block, codes.release_code(finding.released)), set()).add(scope(finding))
    held = {(block, codes.release_code(released)) for block, released in judgement.held}
    wrong = {pair for pair in held if pair[0].split("/", 1)[0] == part.id}
    of_noticed: Flags | None = np.isin(part.readings.document, list(noticed)) if noticed else None
    doubtful: dict[Pair, set[Scope]] = {}
    for document, position, said in doubts:
        own = part.readings.document == document
        for row in np.flatnonzero(own & (part.readings.position == position)):
            block = str(part.blocks.categories[part.blocks.codes[row]])
            pair = block, int(part.readings.released[row])
            rows = part.block_rows(*pair)
            of_noticed = np.zeros(len(own), dtype=bool) if of_noticed is None else of_noticed
            of_noticed[rows[own[rows]]] = True
            doubtful.setdefault(pair, set()).add(said)
    if not wrong and of_noticed is None:
        return
    seen = _Seen(verdicts(conn, [part.id]), failing)
    for block, released in sorted(wrong):
        rows = part.block_rows(block, released)
        if of_noticed is not None:
            rows = rows[~of_noticed[rows]]
        seen.settle(part, block, released, RULES, rows, set())
    if of_noticed is None:
        return
    for released in part.releases:
        here = ints(np.flatnonzero(of_noticed & (part.readings.released == released)))
        for block in part.names(here):
            rows = np.intersect1d(part.block_rows(block, released), here)
            documents = np.unique(part.readings.document[rows])
            about = {s for document in documents for s in noticed.get(int(document), ())}
            about |= doubtful.get((block, released), set())
            seen.settle(part, block, released, DOCUMENT, rows, about)
