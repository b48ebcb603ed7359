"""HTML pages as a reader sees them: ``html`` the page, ``grid`` its tables, ``shown`` what is visible by ``styles``.

``marks`` tells notes from digits, ``markup`` what swallows text, ``unit_lines`` finds units.
"""
