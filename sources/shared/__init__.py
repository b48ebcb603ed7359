"""What sources share. Rooms: ``web`` asks agencies, ``pages`` are HTML, ``workbooks`` sheets, ``tables`` columns.

``months`` and ``headings`` say how months and columns are printed, ``area_names`` areas, ``world_bank`` what
that calls them and its figures. ``series_tables`` reads series by their identifiers, of which ``uk_balance_series`` are
some, ``shorthand`` their marks; ``readout`` collects the figures of small documents; ``sniff`` tells kinds of bytes
apart; ``word_lists`` reads the vocabularies of the folder ``words``.
"""
