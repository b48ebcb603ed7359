"""Where an answer may lead: to its own host, and never away from TLS."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit, urlunsplit

from schemas.errors import FetchError
from schemas.texts import failure


def public_address(url: str) -> str:
    """``url`` without user and password, as it may be shown and kept."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def redirected(url: str, target: str, address: str) -> str:
    """Where a redirect of ``url`` leads; raises FetchError for another host, or one that leaves TLS."""
    try:
        there = urljoin(url, target)
        before, after = urlsplit(url), urlsplit(there)
        hosts = [(one.hostname, one.port) for one in (before, after)]
    except ValueError:
        raise FetchError(failure(f"redirected to {target[:100]!r}, which is no address", "refused", address)) from None
    shown = public_address(there)[:200]
    if after.scheme not in ("http", "https"):
        raise FetchError(failure(f"redirected to {shown!r}, which is no address of the web", "refused", address))
    if before.scheme == "https" and after.scheme == "http":
        raise FetchError(failure(f"redirected to {shown}, an address without TLS", "refused", address))
    upgraded = before.scheme != after.scheme and hosts[0][0] == hosts[1][0]
    if hosts[0] != hosts[1] and not upgraded:
        moved = "refused; where the source has moved there, set its TRADELEDGER_SOURCES__<ID>__BASE_URL"
        raise FetchError(failure(f"redirected to another host, {shown}", moved, address))
    return public_address(there)
