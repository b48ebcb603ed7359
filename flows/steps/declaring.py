"""What is declared of the datasets of some documents: by their source, or by a person of datasets of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from flows.steps.job import Job
from schemas.datasets import Dataset
from schemas.declarations import files_in, in_force
from schemas.documents import Document
from sources import registry
from storage import queries
from storage.ledger import Ledger


def declarations(job: Job, documents: Iterable[Document]) -> dict[str, Dataset]:
    """The declarations in force, by dataset: of persons those in the home, then those beside each document."""
    beside = (pair for document in documents for pair in document.declared)
    return registry.declarations(job.source, [*files_in([job.settings.home]), *beside])


def due(ledger: Ledger, home: Path) -> dict[str, Sequence[str]]:
    """The days on which releases are expected, of each dataset that declares them: in the home, else as kept last."""
    kept = {name: json.loads(said).get("due", ()) for name, said in queries.declared(ledger).items()}
    own = {name: one.due for name, one in in_force(files_in([home])).datasets.items()}
    shipped = {one.id: one.due for source in registry.load_sources().values() for one in source.datasets}
    return {name: days for name, days in {**kept, **own, **shipped}.items() if days}
