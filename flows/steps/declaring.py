"""What is declared of the datasets of some documents: by their source, or by a person of datasets of their own."""

from __future__ import annotations

from collections.abc import Iterable

from flows.steps.job import Job
from schemas.datasets import Dataset
from schemas.declarations import files_in
from schemas.documents import Document
from sources import registry


def declarations(job: Job, documents: Iterable[Document]) -> dict[str, Dataset]:
    """The declarations in force, by dataset: of persons those in the home, then those beside each document."""
    beside = (pair for document in documents for pair in document.declared)
    return registry.declarations(job.source, [*files_in([job.settings.home]), *beside])
