"""How things are said: rows as a table, JSON or CSV (``output``), ``figures``, ``changes`` and ``findings`` for people,
``text`` for a terminal, whole ``files``; what ``export`` writes beside CSV, ``exports``.
"""
