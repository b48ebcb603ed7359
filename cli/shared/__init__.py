"""What several commands share: ``options``, the ``ledger`` they read, ``running`` the flow and saying what came of it,
what a source ``declared``, what figures ``implied``.
"""
