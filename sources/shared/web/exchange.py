"""One exchange with a host: a request, and its answer read to the end and measured. Nothing is tried twice here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError, SSLError

from schemas.settings import FetchSettings
from sources.shared.web.transport import NotDone, NotReached, Waits, Watch, within

_CHUNK: Final = 1 << 16


class Failed(Exception):
    """An exchange came to nothing: ``reason`` in a few words, whether the host said anything, whether it may pass."""

    def __init__(self, reason: str, *, reached: bool = True, passing: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.reached, self.passing = reason, reached, passing
        self.content = b""


@dataclass(frozen=True)
class Answer:
    """What a host answered; ``content`` as it was sent, ``target`` where it redirects to."""

    status: int
    reason: str
    headers: requests.structures.CaseInsensitiveDict[str]
    content: bytes = b""
    target: str = ""


def exchange(session: requests.Session, url: str, limits: FetchSettings, waits: Waits, **asked: Any) -> Answer:
    """The answer to a request that is sent once; ``asked`` is its ``params``, ``headers`` and ``auth``.

    Raises Failed where there is none that is whole in time.
    """
    watch: list[Watch] = []

    def ask(one: Watch) -> Answer:
        watch.append(one)
        patience = (waits.reach, limits.read_timeout)
        with session.get(url, timeout=patience, stream=True, allow_redirects=False, **asked) as response:
            about = (response.status_code, str(response.reason or ""), response.headers)
            if target := session.get_redirect_target(response):
                return Answer(*about, target=target)
            return Answer(*about, _body(response, one, limits.max_bytes))

    try:
        return within(ask, waits)
    except NotReached:
        raise Failed("timed out", reached=False) from None
    except NotDone:
        raise Failed("it was not whole in time", passing=False) from None
    except (requests.RequestException, HTTPError, OSError) as exc:
        raise _failure(exc, reached=watch[0].answered) from None


def _body(response: requests.Response, watch: Watch, most: int) -> bytes:
    announced, parts, size = _announced(response), [], 0
    try:
        while part := response.raw.read(_CHUNK, decode_content=False):
            if watch.over.is_set():
                break
            parts.append(part)
            size += len(part)
            if size > most:
                raise Failed(f"it sends more than {most} bytes: refused", passing=False)
    except ReadTimeoutError:
        raise
    except (HTTPError, OSError):  # IncompleteRead is one
        raise Failed(_cut(size, announced)) from None
    if announced is not None and size < announced:
        raise Failed(_cut(size, announced))
    if announced is not None and watch.surplus:
        # As where a body was unpacked on its way and its length was not: what was announced is but a part of it.
        raise Failed(f"it sends more than the {announced:,} bytes it announced")
    return b"".join(parts)


def _announced(response: requests.Response) -> int | None:
    """How many bytes the body has by its own word; None where it says none, or is sent in chunks."""
    if response.headers.get("Transfer-Encoding") or response.status_code in (204, 304):
        return None
    said = {one.strip() for one in response.headers.get("Content-Length", "").split(",")}
    text = said.pop() if len(said) == 1 else ""
    return int(text) if text.isascii() and text.isdigit() else None


def _cut(size: int, announced: int | None) -> str:
    return f"cut short: {size:,} of {announced:,} bytes" if announced else "cut short: its end never came"


def _failure(exc: Exception, *, reached: bool) -> Failed:
    """What went wrong in a few words, without addresses (they stand beside it)."""
    if isinstance(exc, requests.exceptions.SSLError | SSLError) and not reached:
        verified = "CERTIFICATE" in str(exc).upper()
        reason = "its TLS certificate could not be verified" if verified else "no TLS connection could be made"
        return Failed(reason, reached=False, passing=False)
    if isinstance(exc, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return Failed("this is no address", passing=False)  # nobody was asked
    # requests calls a time-out a ConnectionError in places; only its text tells.
    if isinstance(exc, requests.Timeout | TimeoutError | ReadTimeoutError) or "timed out" in str(exc):
        return Failed("timed out", reached=reached)
    return Failed("the connection failed or broke", reached=reached)
