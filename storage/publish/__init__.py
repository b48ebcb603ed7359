"""One run's way into the ledger: ``batch`` what it brings, ``touched`` what is held of it, ``publish`` the order.

Before the lock ``brought`` says everything as values; inside, ``dataset`` is one dataset's part, step by step, over its
``rows``: ``keep_back``, ``changes``, ``printings``, ``superseding``, ``findings``.
"""
