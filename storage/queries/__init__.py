"""What the ledger answers; other packages ask here, and import nothing below.

One file an answer: ``show`` the figures, ``revisions`` how they changed, ``findings`` what does not hold, ``cases``
what one cause explains of it, ``held`` what is kept back for it, ``runs``, ``documents``, ``calendar`` how it came,
``silence`` who does not answer. Below: ``cells`` streams versions in order of series and time, ``trace`` says where a
figure stood. Light: no numpy, no pandas.
"""

from storage.queries.calendar import datasets, declared, release_dates
from storage.queries.cases import cases
from storage.queries.documents import document_hashes, documents, find_document
from storage.queries.filters import is_known, says, several, words_of
from storage.queries.findings import findings
from storage.queries.held import BY_DOCUMENT, held, held_findings, published_now
from storage.queries.revisions import revisions
from storage.queries.runs import known_sources, runs
from storage.queries.show import show
from storage.queries.silence import Silence, silences

__all__ = [
    "BY_DOCUMENT",
    "Silence",
    "cases",
    "datasets",
    "declared",
    "document_hashes",
    "documents",
    "find_document",
    "findings",
    "held",
    "held_findings",
    "is_known",
    "known_sources",
    "published_now",
    "release_dates",
    "revisions",
    "runs",
    "says",
    "several",
    "show",
    "silences",
    "words_of",
]
