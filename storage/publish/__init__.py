"""One run's way into the ledger: ``batch`` what it brings, ``touched`` what is held of it, ``publish`` the order.

``dataset`` is one dataset's part; ``keep_back``, ``changes``, ``printings``, ``superseding``, ``findings`` its steps.
"""
