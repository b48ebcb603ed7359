"""What is installed only where somebody wants it: an extra of the package, and how to install it."""

from __future__ import annotations

import importlib
from types import ModuleType

from schemas.errors import SettingsError


def need(module: str, extra: str, what: str) -> ModuleType:
    """Import ``module``; raises SettingsError where its extra is missing: ``what`` wants it, and the way out."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        raise SettingsError(
            f"{what} needs {module}, which is not installed: pip install 'tradeledger[{extra}]', "
            f"or in a checkout uv sync --extra {extra}"
        ) from exc


def installed(module: str) -> bool:
    """Whether a module of an extra is there, for what reads well without it."""
    from importlib.util import find_spec

    return find_spec(module) is not None
