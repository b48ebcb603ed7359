"""Variables of Prefect: what a server says of itself, asked without importing Prefect."""

from __future__ import annotations

import urllib.error
from typing import Any

from flows import environment


def read(api: str, name: str) -> Any:
    """The value of a variable, None where there is none. Raises OSError."""
    try:
        return environment.ask(api, f"/variables/name/{name}")["value"]
    except urllib.error.HTTPError as exc:
        if exc.code == 404:
            return None
        raise


def write(api: str, name: str, value: Any) -> None:
    """Set a variable, whether there is one or not. Raises OSError."""
    try:
        environment.ask(api, f"/variables/name/{name}", {"value": value}, "PATCH")
    except urllib.error.HTTPError as exc:
        if exc.code != 404:
            raise
        environment.ask(api, "/variables/", {"name": name, "value": value})
