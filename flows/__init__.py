"""What runs and when, and what a person sees of it in Prefect.

Entrypoints are ``collect``, ``review``, ``backfill`` and ``watch``, and ``recovery`` by hand; ``steps`` are the plain
functions of which they are made, ``replay`` puts them together for documents that are kept, ``by_hand`` reads files.
The room ``page`` is what a person sees, ``server`` what belongs to Prefect's server, ``environment`` what must be said
before Prefect is imported, ``system`` where the one of this home runs, which the room ``up`` starts, ``ending`` what
ends it. From the ground
up: system, environment, by_hand, steps, page, recovery, server, up, the flows.
"""

from flows import environment

environment.prepare()
