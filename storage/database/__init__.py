"""The database itself, from the ground up: ``place`` where it is, ``failures`` its errors in words, ``connection``
transactions and queries, ``sums`` and ``inserts`` of rows, ``models`` its tables, ``schema`` opens and migrates.
"""
