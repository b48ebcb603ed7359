"""What a batch touches: ``context`` is what the ledger holds of its releases, ``families`` numbers their sequences."""

from storage.publish.touched.context import context

__all__ = ["context"]
