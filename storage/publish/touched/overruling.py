"""What persons accepted in the place of what a release says, as it is in force beside the last answers of its date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, text

from schemas.joining import Overruling
from schemas.periods import renamed
from storage.database.conditions import JOINING, TAKEN_BACK
from storage.encoding import codes
from storage.encoding.columns import Readings, last_of
from storage.encoding.tables import decode
from storage.state.standing import Standing
from storage.state.verdicts import ACCEPT


def overruling(conn: Connection, standing: Standing, instead: Mapping[str, Sequence[Readings]]) -> Overruling | None:
    """Of families with sequences of that kind (``instead``, by dataset): None where there are none."""
    found: list[Readings] = []
    when: dict[tuple[str, str], int] = {}
    for dataset, first in sorted(standing.instead):
        said = Readings.concatenate(
            [one for one in instead.get(dataset, ()) if len(one) and codes.base(int(one.released[0])) == first]
        )
        last = first + standing.sequences.get((dataset, first), 1) - 1
        order = np.lexsort((said.released, said.key))
        said = said.take(order[last_of(said.key[order])])  # what is accepted later stands over what was before
        found.append(replace(said, released=np.full(len(said), last), packed=codes.bare(said.packed)))
        for block, run in _decisions(conn, dataset, first):
            about = renamed(block), codes.release_text(last)
            when[about] = max(run, when.get(about, 0))
    readings = Readings.concatenate(found)
    return Overruling(decode(conn, readings), when) if len(readings) and when else None


def _decisions(conn: Connection, dataset: str, first: int) -> list[tuple[str, int]]:
    """Blocks of a date of which a document that joined was accepted, and when."""
    causes = ", ".join(f"'{cause}'" for cause in JOINING)
    query = f"""
        SELECT d.block, d.run FROM decision d JOIN held_block h ON h.id = d.held
        WHERE d.dataset = :d AND d.verdict = '{ACCEPT}' AND h.cause IN ({causes}) AND NOT {TAKEN_BACK}
          AND h.released BETWEEN :first AND :last
    """  # noqa: S608 - fixed words
    values = {"d": dataset, "first": first, "last": codes.last_sequence(first)}
    return [(row[0], row[1]) for row in conn.execute(text(query), values)]
