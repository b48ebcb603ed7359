"""Workbooks: ``workbook`` reads one as sheets of ``cells``, ``xlsx`` and ``xls`` are its kinds, ``number_formats``
theirs.

Of tables in them: ``rows`` and their labels, ``flows_by_product`` a header, ``months_of_years`` what stands below it.
"""
