"""What a batch touches: ``context`` is what the ledger holds of its releases: ``known`` which documents it has,
``families`` how their sequences are numbered, ``stored`` the readings of other documents, ``overruling`` what persons
accepted in their place.
"""

from storage.publish.touched.context import context

__all__ = ["context"]
