"""A release as cells: ``cells`` from readings, ``narrowing`` which readings meet, ``spans`` months, ``reader``
texts.
"""
