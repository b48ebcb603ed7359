"""One page by its address, as a person names it: asked as politely as any source, and kept whole."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from schemas.documents import Document
from schemas.errors import UsageError
from schemas.settings import Settings
from sources.shared.web.session import PoliteSession
from sources.source import Request, Source


def fetch_page(source: Source, address: str, settings: Settings) -> Document:
    """What an address answers with, as a document of ``source``. Raises FetchError, and UsageError for no address."""
    parts = urlsplit(address)
    if not parts.hostname:
        raise UsageError(f"{address!r} is no address: expected one such as https://agency.example/news/1.html")
    here = replace(source, base_url=f"{parts.scheme}://{parts.netloc}", key_header="")
    others = {name: one for name, one in settings.sources.items() if name.lower() != source.id}
    query = f"?{parts.query}" if parts.query else ""
    with PoliteSession(here, settings.model_copy(update={"sources": others})) as session:
        return session.get(Request(f"{parts.path or '/'}{query}"))
