"""What a person means by a name: a file, or a page of the web. Light: it is asked of every file that is fed."""

from __future__ import annotations


def is_address(name: str) -> bool:
    """Whether a name is an address of the web and not a file's."""
    return name.lower().startswith(("http://", "https://"))
