"""The database itself, from the ground up: ``place`` where it is, ``failures`` its errors in words, ``connection``
transactions and queries, ``sums``, ``inserts`` and ``id_lists`` of rows, ``models`` its tables, ``schema`` opens and
migrates.
"""
