"""Workbooks: ``workbook`` reads one as sheets of ``cells``, ``xlsx`` and ``xls`` are its kinds, ``number_formats``
theirs.
"""
