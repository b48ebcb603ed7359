"""Tables as text: ``tidy`` the contract's CSV; ``csv_table`` and ``rows`` any CSV, ``columns`` coded, ``hints`` ways
out. JSON: ``paged_json`` answers in pages, ``records`` their rows as columns.
"""
