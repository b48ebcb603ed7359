"""The polite session: one way of asking for all sources.

It says who asks, waits between requests to a host, asks again where that may help (``sources.shared.web.patience``),
asks conditionally, and stops at a size and a time. Redirects stay with their host, and with TLS. Keys travel in a
header only, so that no address, log line or message can hold one.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final
from urllib.parse import unquote, urlencode, urlsplit

import requests

from schemas.documents import Document
from schemas.errors import FetchError, ParseError, Unreachable
from schemas.settings import Settings
from schemas.texts import failure
from sources.shared.sniff import TooLarge, first_words, gunzip
from sources.shared.web.exchange import Answer, Failed, exchange
from sources.shared.web.patience import Patience, asked_wait
from sources.shared.web.redirects import public_address, redirected
from sources.shared.web.transport import Adapter
from sources.source import Request, Source

#: How often an answer may lead elsewhere.
REDIRECTS: Final = 5
_last_request: dict[str, float] = {}
_lock = threading.Lock()


def _version() -> str:
    try:
        return version("tradeledger")
    except PackageNotFoundError:  # a checkout that was not installed
        return "0"


class PoliteSession:
    """Asks one source. Close it, or use it in ``with``."""

    def __init__(self, source: Source, settings: Settings) -> None:
        own = settings.source(source.id)
        self.source = source
        self.fetch = settings.fetch
        self.base = (own.base_url or source.base_url).rstrip("/")
        self._key = own.key.get_secret_value() if own.key and source.key_header else ""
        self._heard = False
        self._session = requests.Session()
        self._session.headers.update(
            {"User-Agent": f"tradeledger/{_version()} ({settings.contact})", "Accept-Encoding": "gzip"}
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, Adapter(max_retries=0))

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
        answer, content = self._answer(request, self._headers(known))
        address = self.address(request)
        document = Document(
            source=self.source.id,
            body=content,
            name=_name(request, address),
            url=address,
            media_type=answer.headers.get("Content-Type", "").partition(";")[0].strip(),
            fetched_at=(now := datetime.now(UTC)),
            released=request.released or now.date().isoformat(),
            released_not_after=not request.released,
            etag=answer.headers.get("ETag", ""),
            last_modified=answer.headers.get("Last-Modified", ""),
        )
        return self._judge(document, answer, known)

    def _headers(self, known: Document | None) -> dict[str, str]:
        headers = {self.source.key_header: self._key} if self._key else {}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return headers

    def _judge(self, document: Document, answer: Answer, known: Document | None) -> Document:
        address, status = document.url, answer.status
        if status == 304:
            if known is None:
                raise FetchError(
                    failure("answered 304 (not modified), but no earlier answer of it is archived", "", address)
                )
            return _again(known, document)
        if status != 200:
            said = f": {first_words(document.content)!r}" if document.content else ""
            by_hand = f"save the page and `tradeledger ingest {self.source.id} FILE`"
            hint = {
                401: "a key may be missing or wrong",
                403: f"the source may block robots: {by_hand}",
                412: f"its firewall wants a browser: {by_hand}",
                429: "it asks for fewer requests: run again later",
            }.get(status, "")
            if (wait := asked_wait(answer) or 0.0) > self.fetch.longest_wait:
                allowed = f"{self.fetch.longest_wait:g}, TRADELEDGER_FETCH__LONGEST_WAIT"
                hint = f"it asks to wait {wait:,.0f} s, longer than is waited ({allowed}): run again later"
            raise FetchError(failure(f"answered {status} {answer.reason}{said}", hint, address), document)
        if known and known.sha256 == document.sha256:
            return _again(known, document)
        return document

    def _answer(self, request: Request, headers: dict[str, str]) -> tuple[Answer, bytes]:
        """The answer and its body unpacked, asked for as often as ``Patience`` has it."""
        patience = Patience(self.fetch, heard=self._heard)
        while True:
            self._wait(urlsplit(self.base).netloc)
            patience.begin()
            try:
                answer = self._follow(request, headers, patience)
                content = self._unpacked(request, answer)
            except Failed as broken:
                if patience.after_failure(broken):
                    continue
                raise self._no_answer(request, broken, patience) from None
            self._heard = True
            if not patience.after_answer(answer):
                return answer, content

    def _no_answer(self, request: Request, broken: Failed, patience: Patience) -> FetchError:
        """What is said where no answer came, or none that is whole."""
        address = self.address(request)
        tries = f" after {patience.tries} tries" if patience.tries > 1 else ""
        if not broken.reached:
            return Unreachable(f"{broken.reason}{tries}", self.source.id, address)
        if not patience.left:
            tries += f" within {self.fetch.document_timeout:g} s (TRADELEDGER_FETCH__DOCUMENT_TIMEOUT)"
        kept = None
        if broken.content:
            kept = Document(self.source.id, broken.content, _name(request, address), url=address)
        return FetchError(failure(f"did not answer{tries}: {broken.reason}", "run it again later", address), kept)

    def _follow(self, request: Request, headers: dict[str, str], patience: Patience) -> Answer:
        """The answer at the end of the redirects; raises FetchError for one that leads astray."""
        own = urlsplit(self.base)
        auth = (unquote(own.username), unquote(own.password or "")) if own.username else None
        url, params = public_address(f"{self.base}/{request.url.lstrip('/')}"), request.params
        for _ in range(REDIRECTS + 1):
            asked = {"params": params, "headers": headers, "auth": auth}
            answer = exchange(self._session, url, self.fetch, patience.waits, **asked)
            if not answer.target or self._key:  # a key is taken along no redirect
                return answer
            patience.heard = True
            url, params = redirected(url, answer.target, self.address(request)), {}
        raise FetchError(failure(f"redirected more than {REDIRECTS} times", "refused", self.address(request)))

    def _unpacked(self, request: Request, answer: Answer) -> bytes:
        """The body without its packing; what breaks off within it is no answer."""
        encoding = answer.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchError(failure(f"encoded as {encoding!r}, expected gzip or none", "", self.address(request)))
        try:
            return gunzip(answer.content, request.url, self.fetch.max_bytes)
        except ParseError as exc:
            if answer.status != 200:
                return answer.content  # it failed anyway, and is kept as it came
            broken = Failed(str(exc), passing=not isinstance(exc, TooLarge))
            broken.content = answer.content
            raise broken from None

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
