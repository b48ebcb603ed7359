"""A sentence as a list of what it says, which nothing here understands.

``lexicon`` knows words, ``numerals`` numbers, ``calendar`` periods; ``tokens`` puts them together, ``lists`` finds what
is enumerated and where clauses end.
"""
