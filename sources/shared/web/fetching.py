"""What a source has to give: its documents one by one, pages and indexes followed; and whether it can be reached."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from schemas.documents import Document
from schemas.errors import FetchError, ParseError, Unreachable
from schemas.settings import Settings
from sources.shared.web.session import PoliteSession
from sources.source import Request, Source

#: The latest document of an address, from the archive; None where it was never fetched.
Known = Callable[[str], Document | None]


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
        ask = source.sites.get(session.base, source.requests)
        queue = deque(ask(since) if year is None or source.year is None else source.year(year))
        host = urlsplit(session.base).netloc
        asked = {session.address(request) for request in queue}
        done = given = 0
        while queue:
            request = queue.popleft()
            turn(host)
            document = session.get(request, known(session.address(request)))
            following: list[Request] = []
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
            if not request.index and not any(more.instead for more in following):
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
        return Reach(source.id, not isinstance(exc, Unreachable), False, str(exc))
    if document is None:
        return Reach(source.id, True, False, "answers, but lists no document")
    try:
        parsed = source.parse(document)
    except ParseError as exc:
        return Reach(source.id, True, False, str(exc))
    faults = f", {len(parsed.unreadable)} unreadable" if parsed.unreadable else ""
    notices = "".join(f"; {notice.sentence}" for notice in parsed.notices)
    few = len(parsed.readings) + len(parsed.unreadable) < source.expected_rows[0]
    fewer = f", expected {source.expected_rows[0]} or more" if few else ""
    fine = not parsed.unreadable and not parsed.notices and not few
    return Reach(source.id, True, fine, f"{document.name}: {len(parsed.readings)} figures{fewer}{faults}{notices}")
