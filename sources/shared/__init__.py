"""What sources share. Rooms: ``web`` asks agencies, ``pages`` are HTML, ``workbooks`` sheets, ``tables`` columns.

``months`` and ``headings`` say how months and columns are printed, ``area_names`` and ``world_bank`` areas,
``world_bank_indicators`` what that calls its figures. ``series_tables`` reads series by their identifiers, of which
``uk_balance_series`` are some, ``shorthand`` their marks; ``readout`` collects the figures of small documents;
``sniff`` tells kinds of bytes apart, ``significant`` cuts the noise of floats; ``word_lists`` reads the vocabularies of
the folder ``words``.
"""
