"""One dataset's part of a publish: every reading that was judged, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection

from schemas.errors import LedgerError
from storage.encoding.columns import Flags, Ints, Readings, distinct, ints
from storage.encoding.tables import encode
from storage.state.held import Wanted

if TYPE_CHECKING:
    from schemas.judge import Judgement
    from storage.publish.batch import Context

#: What becomes of a reading.
FREE, HELD, REFUSED = 0, 1, 2

#: The place of each judged reading's block id among the distinct ones, and those.
Labels = tuple[Ints, npt.NDArray[np.object_]]


@dataclass
class Part:
    """One dataset's part of a publish: rows of everything judged, in order, and what is found of them."""

    id: str
    at: Ints  # places among all readings
    readings: Readings
    fresh: Flags  # brought by this batch
    labels: Callable[[], Labels]  # of all readings: asked only where something is kept back
    status: Ints = field(init=False)
    accepted: Flags = field(init=False)
    wanted: list[Wanted] = field(default_factory=list)
    settled: dict[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.status = np.zeros(len(self.readings), dtype=np.int64)
        self.accepted = np.zeros(len(self.readings), dtype=bool)

    @cached_property
    def releases(self) -> list[int]:
        """Releases that were judged."""
        return [int(released) for released in distinct(self.readings.released)]

    @cached_property
    def blocks(self) -> pd.Categorical:
        """The block id of each reading."""
        places, texts = self.labels()
        return pd.Categorical.from_codes(places[self.at], categories=pd.Index(texts, dtype="object"))

    @cached_property
    def _sorted(self) -> tuple[Ints, Ints]:
        """Rows in order of release and block, and what they are ordered by."""
        by = self.readings.released * (len(self.blocks.categories) + 1) + self.blocks.codes
        order = ints(np.argsort(by, kind="stable"))
        return order, by[order]

    def block_rows(self, block: str, released: int) -> Ints:
        """Places of a block of a release."""
        order, by = self._sorted
        code = int(self.blocks.categories.get_indexer(pd.Index([block]))[0])
        wanted = released * (len(self.blocks.categories) + 1) + code
        return order[np.searchsorted(by, wanted) : np.searchsorted(by, wanted, side="right")]

    def names(self, rows: Ints) -> list[str]:
        """Block ids that occur in ``rows``."""
        return [str(self.blocks.categories[code]) for code in np.unique(self.blocks.codes[rows])]


def parts_of(
    conn: Connection, frame: pd.DataFrame, context: Context, judgement: Judgement, documents: Mapping[str, int]
) -> list[Part]:
    """Everything that was judged, ``frame`` after what is stored, by dataset; ``documents`` maps SHA-256 to ids."""
    stored = context.stored
    if judgement.size != len(stored) + len(frame):
        raise LedgerError(
            f"the judgement is of {judgement.size} readings, expected {len(stored)} of the ledger and "
            f"{len(frame)} of the batch, in this order"
        )
    fresh, names, in_dataset = encode(conn, frame, documents, create=True)
    if (fresh.document < 0).any():
        raise LedgerError("a reading names a document that is not in the batch")
    everything = Readings.concatenate([stored, fresh])
    datasets = sorted({*names, *context.stored_datasets})
    places = {name: at for at, name in enumerate(datasets)}
    of_stored = ints([places[name] for name in context.stored_datasets])[context.stored_in]
    of = np.concatenate([of_stored, ints([places[name] for name in names])[in_dataset]])

    @cache
    def labels() -> Labels:
        codes, texts = pd.factorize(np.asarray(judgement.blocks, dtype=object))
        found: npt.NDArray[Any] = np.asarray(texts, dtype=object)
        return ints(codes), found

    parts = []
    for name, number in places.items():
        at = ints(np.flatnonzero(of == number))
        parts.append(Part(name, at, everything.take(at), at >= len(stored), labels))
    return parts
