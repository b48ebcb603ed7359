"""What a person sees of a run in Prefect, ``late`` what was done without it.

``report`` writes the artifacts, with ``pictures`` beside its ``words``;
``progress`` and ``years`` (of a backfill) say how far it is, ``names`` what it is called. ``overview`` has all sources
on one page, ``addresses`` where all of it is found.
"""

__all__ = ["progress", "report", "words"]
