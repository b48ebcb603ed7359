"""The polite session: one way of asking for all sources.

It says who asks, waits between requests to a host, times out, retries what may be retried (429 and 503 as told by
Retry-After, 502, 504, broken connections) and nothing else, asks conditionally, and stops at a size. Keys travel in a
header only, so that no address, log line or message can hold one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    HTTPError,
    InvalidChunkLength,
    MaxRetryError,
    ProtocolError,
    ReadTimeoutError,
    ResponseError,
)
from urllib3.util.retry import Retry

from schemas.documents import Document
from schemas.errors import FetchError, ParseError
from schemas.settings import Settings
from sources.shared.sniff import first_words, gunzip
from sources.source import Request, Source

#: Status codes that may pass by themselves. Never 500 or a 4xx: asking again is no answer to those.
RETRIED: Final = (429, 502, 503, 504)
#: The latest document of an address, from the archive; None where it was never fetched.
Known = Callable[[str], Document | None]

_last_request: dict[str, float] = {}
_lock = threading.Lock()


def _version() -> str:
    try:
        return version("tradeledger")
    except PackageNotFoundError:  # a checkout that was not installed
        return "0"


class _Retry(Retry):
    """Retries as said above; a source that asks for a longer wait than ours is not asked again in this run."""

    RETRY_AFTER_STATUS_CODES = frozenset({429, 503})

    def increment(self, *args: Any, **kwargs: Any) -> _Retry:
        """The next state, or MaxRetryError, which here means: take the answer as it is."""
        response = kwargs.get("response")
        if response is not None and (self.get_retry_after(response) or 0) > self.backoff_max:
            raise MaxRetryError(kwargs.get("_pool"), None, ResponseError("asks for a longer wait"))  # type: ignore[arg-type]
        return super().increment(*args, **kwargs)


def public_address(url: str) -> str:
    """``url`` without user and password, as it may be shown and kept."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class PoliteSession:
    """Asks one source. Close it, or use it in ``with``."""

    def __init__(self, source: Source, settings: Settings) -> None:
        own = settings.source(source.id)
        self.source = source
        self.fetch = settings.fetch
        self.base = (own.base_url or source.base_url).rstrip("/")
        self._key = own.key.get_secret_value() if own.key and source.key_header else ""
        self._session = requests.Session()
        self._session.headers.update(
            {"User-Agent": f"tradeledger/{_version()} ({settings.contact})", "Accept-Encoding": "gzip"}
        )
        retry = _Retry(
            total=self.fetch.retries,
            status_forcelist=RETRIED,
            backoff_factor=self.fetch.backoff,
            backoff_jitter=self.fetch.backoff,
            backoff_max=self.fetch.longest_wait,
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def __enter__(self) -> PoliteSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def address(self, request: Request) -> str:
        """The whole address of a request, as it is shown and kept."""
        query = f"?{urlencode(request.params)}" if request.params else ""
        return public_address(f"{self.base}/{request.url.lstrip('/')}{query}")

    def get(self, request: Request, known: Document | None = None) -> Document:
        """The answer as a document; ``known`` itself where the source says that nothing changed.

        Raises FetchError, with the answer as its document where there was one.
        """
        address = self.address(request)
        headers = {}
        if self._key:
            headers[self.source.key_header] = self._key
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        for attempt in range(self.fetch.retries + 1):
            self._wait(urlsplit(self.base).netloc)
            try:
                response, content = self._ask(request, headers)
                break
            except (requests.RequestException, HTTPError, OSError) as exc:
                # Connections that break before the answer were retried below; one that breaks within it is here.
                broken = isinstance(exc, ProtocolError | InvalidChunkLength)
                if not broken or attempt == self.fetch.retries:
                    reason = _reason(exc)
                    tries = f" after {attempt + 1} tries" if attempt else ""
                    raise FetchError(f"{address} did not answer{tries}: {reason}") from None
                time.sleep(self.fetch.backoff * 2**attempt)
        document = Document(
            source=self.source.id,
            body=content,
            name=_name(request, address),
            url=address,
            media_type=response.headers.get("Content-Type", "").partition(";")[0].strip(),
            fetched_at=(now := datetime.now(UTC)),
            released=request.released or now.date().isoformat(),
            released_not_after=not request.released,
            etag=response.headers.get("ETag", ""),
            last_modified=response.headers.get("Last-Modified", ""),
        )
        return self._judge(document, response, known)

    def _judge(self, document: Document, response: requests.Response, known: Document | None) -> Document:
        address, status = document.url, response.status_code
        if urlsplit(response.url).scheme == "http" and self.base.startswith("https:"):
            raise FetchError(f"{address} was redirected to an address without TLS: refused")
        if status == 304:
            if known is None:
                raise FetchError(f"{address} answered 304 (not modified), but no earlier answer of it is archived")
            return _again(known, document)
        if status != 200:
            said = f": {first_words(document.content)!r}" if document.content else ""
            hint = {
                401: "; a key may be missing or wrong",
                403: "; the source may block robots: download it and use tradeledger ingest",
                412: "; its firewall wants a browser: download it and use tradeledger ingest",
                429: "; it asks for fewer requests: run again later",
            }.get(status, "")
            raise FetchError(f"{address} answered {status} {response.reason}{said}{hint}", document)
        if known and known.sha256 == document.sha256:
            return _again(known, document)
        return document

    def _ask(self, request: Request, headers: dict[str, str]) -> tuple[requests.Response, bytes]:
        """One exchange; the body read up to the limit and unpacked."""
        limit = self.fetch.max_bytes
        with self._session.get(
            f"{self.base}/{request.url.lstrip('/')}",
            params=request.params,
            headers=headers,
            timeout=(self.fetch.connect_timeout, self.fetch.read_timeout),
            stream=True,
            allow_redirects=not self._key,  # a key goes to its own host only
        ) as response:
            parts, size = [], 0
            while part := response.raw.read(1 << 16, decode_content=False):
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise FetchError(f"{self.address(request)} sends more than {limit} bytes: refused")
            encoding = response.headers.get("Content-Encoding", "").strip().lower()
            if encoding not in ("", "identity", "gzip", "x-gzip"):
                raise FetchError(f"{self.address(request)} is encoded as {encoding!r}, expected gzip or none")
        content = b"".join(parts)
        try:
            return response, gunzip(content, request.url, limit)
        except ParseError:
            return response, content  # kept as it came; the parser says what is wrong with it

    def _wait(self, host: str) -> None:
        """Keep the interval to this host, across sessions of this process."""
        with _lock:
            free = max(_last_request.get(host, 0.0) + self.fetch.interval, time.monotonic())
            _last_request[host] = free
        time.sleep(max(0.0, free - time.monotonic()))


def _again(known: Document, now: Document) -> Document:
    """A document that came again, with what the request knows by now of its release date.

    That is when it was released, if it was known to be not after some day; else it may have been released once more.
    """
    if now.released_not_after:
        return known
    learned = known.released_not_after and now.released <= known.released
    return replace(
        known, released=now.released, released_not_after=False, showing=known.showing if learned else now.showing
    )


def _name(request: Request, address: str) -> str:
    tail = request.url.rstrip("/").rpartition("/")[2] or urlsplit(address).netloc
    page = request.params.get("page")
    return f"{tail} page {page}" if page else tail


def _reason(exc: Exception) -> str:
    """What went wrong in a few words, without addresses (they stand beside it)."""
    if isinstance(exc, requests.exceptions.SSLError):
        return "its TLS certificate could not be verified"
    # requests calls a time-out whose retries ran out a ConnectionError; only its text tells.
    if isinstance(exc, requests.Timeout | TimeoutError | ReadTimeoutError) or "timed out" in str(exc):
        return "timed out"
    if isinstance(exc, requests.ConnectionError | ProtocolError | OSError):
        return "the connection failed or broke"
    return type(exc).__name__


def fetch_documents(
    source: Source,
    settings: Settings,
    since: date | None = None,
    known: Known = lambda _: None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    year: int | None = None,
    turn: Callable[[str], None] = lambda _: None,
) -> Iterator[Document]:
    """All documents with figures that ``source`` has to give (of one ``year``), one at a time, at most ``limit``.

    ``progress`` is told how many requests are done and how many are known of by now. ``turn`` returns when its host may
    be asked, for those who share it with other processes. Raises FetchError.
    """
    if source.requests is None:
        return
    with PoliteSession(source, settings) as session:
        queue = deque(source.requests(since) if year is None or source.year is None else source.year(year))
        host = urlsplit(session.base).netloc
        asked = {session.address(request) for request in queue}
        done = given = 0
        while queue:
            request = queue.popleft()
            turn(host)
            document = session.get(request, known(session.address(request)))
            if source.follow:
                try:
                    following = list(source.follow(document))
                except ParseError as exc:
                    raise FetchError(str(exc), document) from exc
                for more in following:
                    if session.address(more) not in asked:
                        asked.add(session.address(more))
                        queue.append(more)
            done += 1
            if progress:
                progress(done, done + len(queue))
            if not request.index:
                given += 1
                yield document
                if given == limit:
                    return


@dataclass(frozen=True)
class Reach:
    """Whether a live source answers, in the shape its parser expects; ``sentence`` says what was seen."""

    source: str
    reached: bool
    shaped: bool
    sentence: str


def check_source(source: Source, settings: Settings) -> Reach:
    """Ask a live source for one document and read it; for ``tradeledger sources --check`` and a nightly run."""
    if source.requests is None:
        return Reach(source.id, True, True, "not asked: bundled or fed by hand")
    quick = settings.model_copy(update={"fetch": settings.fetch.model_copy(update={"retries": 1})})
    try:
        document = next(fetch_documents(source, quick, limit=1), None)
    except FetchError as exc:
        return Reach(source.id, exc.document is not None, False, str(exc))
    if document is None:
        return Reach(source.id, True, False, "answers, but lists no document")
    try:
        parsed = source.parse(document)
    except ParseError as exc:
        return Reach(source.id, True, False, str(exc))
    faults = f", {len(parsed.unreadable)} unreadable" if parsed.unreadable else ""
    notices = "".join(f"; {notice.sentence}" for notice in parsed.notices)
    fine = not parsed.unreadable and not parsed.notices
    return Reach(source.id, True, fine, f"{document.name}: {len(parsed.readings)} figures{faults}{notices}")
