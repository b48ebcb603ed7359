"""A file that a person names."""

from __future__ import annotations

from pathlib import Path

from schemas.errors import UsageError


def content(name: str) -> bytes:
    """The bytes of a file; raises UsageError where it is none."""
    try:
        return Path(name).read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise UsageError(f"{name} is a folder, expected a file") from None
    except (OSError, ValueError) as exc:
        raise UsageError(f"{name} cannot be read: {getattr(exc, 'strerror', None) or exc}") from None


def map_beside(name: str) -> str:
    """The map that stands beside a table as ``FILE.toml``, TOML; "" for none."""
    beside = Path(f"{name}.toml")
    return content(str(beside)).decode("utf-8", "replace") if beside.is_file() else ""
