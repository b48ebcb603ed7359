"""What the ledger answers; other packages ask here, and import nothing below.

``show`` the figures, ``revisions`` how they changed, ``findings`` and ``held_findings`` what does not
hold, ``runs``, ``documents``, ``calendar`` how it came. ``cells`` streams versions in order of series and time,
``trace`` says where a figure stood, ``instants`` which runs count. Light: nothing here imports numpy or pandas.
"""

from storage.queries.calendar import release_dates
from storage.queries.findings import findings
from storage.queries.held_findings import BY_DOCUMENT, held_findings
from storage.queries.revisions import revisions
from storage.queries.show import document_hashes, documents, find_document, held, known_sources, runs, show

__all__ = [
    "BY_DOCUMENT",
    "document_hashes",
    "documents",
    "find_document",
    "findings",
    "held",
    "held_findings",
    "known_sources",
    "release_dates",
    "revisions",
    "runs",
    "show",
]
