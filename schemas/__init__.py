"""What valid means: figures, rules, findings. Imports nothing of ours; light at the top, pandas only where used.

At the top stands the contract, which every package imports: errors, settings, vocabulary, documents, datasets, figures,
periods, units, areas, observations, findings, ``judge``.

Rooms, from the ground up, each may use those before it: ``intervals``; ``cells`` of a release; ``rules``, as data and a
file each; ``suspects``; ``explain`` findings in words; ``history`` what earlier releases say, a file a rule too;
``implied`` what follows for figures, printed or not. The last two are asked by what their maps hand on.
"""
