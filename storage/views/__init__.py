"""SQL views of a ledger, for everyone who reads it without us: they say what the commands say, in names and decimals.

Part of the contract on both databases (docs/sql.md). ``definitions`` is what a view is, ``making`` how they are made
and dropped; then one file for each kind of question: ``figures`` (and ``vintages``), ``revisions``, ``findings`` (and
``cases``), ``deciding`` (held, decisions), ``records`` (runs, documents, datasets). Expressions of packed integers come
from ``storage.encoding.sql``, words of what stands and what is kept back from ``storage.database.conditions``.

Views are no part of a released migration: every upgrade drops them first, so that they are in nobody's way, and makes
at its end those of this version. One that changes needs a new schema, which may do nothing else.
"""

from storage.views.making import drop, make, views

__all__ = ["drop", "make", "views"]
