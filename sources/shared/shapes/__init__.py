"""Anyone's table: ``shape`` finds headings and figures in a grid, ``roles`` and ``resolving`` what its columns are,
``facets``, ``periods`` and ``figures`` what a figure is about, ``melting`` makes the columns of the tidy form of it.

``maps`` is how a person says it, ``telling`` how it was read, ``reading`` all of it.
"""
