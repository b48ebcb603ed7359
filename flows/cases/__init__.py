"""A case as a person decides about it: ``form`` is what Prefect's form says, ``page`` the artifact behind it.

``decided`` says in the artifacts of a run what became of what it held.
"""

__all__ = ["decided", "form", "page"]
