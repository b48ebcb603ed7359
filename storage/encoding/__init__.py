"""Figures and words as integers, the only place with bit arithmetic.

Light: ``codes`` (releases, ``packed``), ``figures`` (fields of an answer), ``words`` (texts behind integers),
``period_names``, ``sql`` (the same as SQL, for views). With numpy: ``columns`` (readings as
arrays), ``comparing`` (which says most, which is news), ``cell_lists`` (those of a printing), ``tables`` (frames to
readings and back), ``rows``, ``versions`` (what stands, and the last changes).
"""
