"""Asking agencies: ``fetching`` all a source has, by ``session``; ``patience`` says what is asked again and until when.

``transport`` and ``exchange`` are one request and its answer, ``redirects`` where it may lead. ``edition_lists``
say which file is current.
"""
