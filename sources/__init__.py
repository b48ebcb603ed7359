"""One module a published source: what to ask, how to read it. ``registry`` finds them, ``source`` says what one is.

What two sources need is in ``shared``.
"""
