"""The database itself: ``connection`` opens, migrates and begins transactions, ``models`` says what tables there are.

``inserts`` writes rows and ``sums`` what they add up to.
"""
