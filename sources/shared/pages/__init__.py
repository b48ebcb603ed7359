"""HTML pages as a reader sees them: ``html`` the page, ``grid`` its tables, ``shown`` what is visible by ``styles``.

``marks`` tells notes from digits, ``markup`` what swallows text. Of a release: ``about`` what its page says of itself,
``unit_lines`` its unit, ``single_table`` its table, ``monthly_table`` the figures of that.
"""
