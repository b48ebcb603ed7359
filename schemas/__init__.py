"""What valid means: figures, rules, findings. Imports nothing of ours; light at the top, pandas only where used.

At the top stands the contract, which every package imports: errors, settings, vocabulary, documents, datasets, figures,
periods, units, areas, observations, findings, ``judge``, ``implied``.

Rooms, from the ground up, each may use those before it: ``intervals``; ``cells`` of a release; ``rules``, as data and a
module each; ``suspects``; ``explain`` findings in words; ``history`` what earlier releases say.
"""
