"""A case as a person decides about it: ``waiting`` are those to be decided, ``form`` is what Prefect says of one,
``page`` the artifact behind it, ``decided`` says in the artifacts of a run what became of what it held.
"""

__all__ = ["decided", "form", "page", "waiting"]
