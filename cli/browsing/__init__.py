"""The ledger in a browser: what of ours stands between it and Datasette, which serves it.

``serving`` starts the server; ``site`` is Datasette with its settings, ``about`` what it says of the ledger, ``hooks``
our plugin: addresses, ``links``, headers. ``pages`` are our own (``templates``), with the ``verdict`` of a release and
the ``chart`` of a series; what they ask are ``questions``. ``exports`` are the answers for programs that Datasette
would not give as we do.
"""
