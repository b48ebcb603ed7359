"""What is declared of the datasets of some documents: by their source, or by a person of datasets of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from flows.steps.job import Job
from schemas.declarations import Declared, files_in, in_force, restored
from schemas.documents import Document
from sources import registry
from storage import queries
from storage.ledger import Ledger

#: Kinds of runs that read kept documents again.
_AGAIN: Final = ("reparse", "assignment")


def declarations(job: Job, documents: Iterable[Document]) -> Declared:
    """The declarations in force: of persons those in the home, then those beside each document, then those of its map.

    Documents that are read again have nothing beside them: what was in force when they were judged last still is.
    """
    maps = ((f"the map of {document.name}", document.map) for document in documents if document.map)
    beside = (pair for document in documents for pair in document.declared)
    before = None
    if job.kind in _AGAIN and not job.source.datasets:
        with job.ledger() as ledger:
            before = restored(queries.declared(ledger))
    return registry.declarations(job.source, [*files_in([job.settings.home]), *beside, *maps], before)


def due(ledger: Ledger, home: Path) -> dict[str, Sequence[str]]:
    """The days on which releases are expected, of each dataset that declares them: in the home, else as kept last."""
    kept = {name: json.loads(said).get("due", ()) for name, said in queries.declared(ledger).items()}
    own = {name: one.due for name, one in in_force(files_in([home])).datasets.items()}
    shipped = {one.id: one.due for source in registry.load_sources().values() for one in source.datasets}
    return {name: days for name, days in {**kept, **own, **shipped}.items() if days}
