"""Documents fed by hand: read whole, and where one of several is wrong, which of them are sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from schemas.declarations import files_in
from schemas.documents import Document
from schemas.errors import ParseError, TradeledgerError, Unsaid, UsageError
from schemas.files import content, map_beside
from schemas.release_dates import latest_day, split_release
from schemas.texts import printable
from sources.shared.sniff import sniff
from sources.shared.web.addresses import is_address

#: How many sound files are named.
_NAMED = 6


def check_released(released: str) -> None:
    """Raise UsageError for a release date that is none, or is to come: such figures would stay the latest for ever."""
    date, sequence = split_release(released)
    if sequence > 1:
        raise UsageError(
            f"--released {released!r} names a sequence, which is found from when each answer was fetched: "
            f"a document fed by hand joins all of them, --released {date}"
        )
    if released and not date:
        raise UsageError(f"--released {released!r} is no release date: expected 2022-07-07, with T08:30 where known")
    if released and released[:10] > latest_day():
        raise UsageError(f"--released {released} is to come: expected a day until today")


def read(
    source: str, files: Sequence[str], released: str = "", *, whole: bool = False, how: str = ""
) -> list[Document]:
    """Documents fed by hand; raises UsageError for files that are none and a release date that is none.

    ``whole``: a person says that nothing is missing at their end. ``how``: how a table of their own is to be read, else
    as the map beside it says.
    """
    check_released(released)
    documents: list[Document] = []
    wrong: list[TradeledgerError] = []
    for name in files:
        try:
            if is_address(name):
                documents.append(_fetched(source, name, released))
                continue
            body = content(name)
        except UsageError as error:
            wrong.append(error)
            continue
        beside = tuple(files_in([Path(name).parent]))
        document = Document(source, body, Path(name).name, released=released, whole=whole, declared=beside)
        said = how or (map_beside(name) if source == "table" else "")
        documents.append(replace(document, media_type=sniff(body), map=said))
    if wrong:
        raise refusal(wrong, documents) from wrong[0]
    return documents


def _fetched(source: str, address: str, released: str) -> Document:
    """What an address answers with; a page that does not say when it was released may be of any day until today."""
    from schemas.settings import load_settings
    from sources.registry import find_source
    from sources.shared.web.one_page import fetch_page  # what is at hand asks nobody

    document = fetch_page(find_source(source), address, load_settings())
    return replace(document, released=released, released_not_after=False) if released else document


def refusal(wrong: Sequence[TradeledgerError], sound: Sequence[Document]) -> TradeledgerError:
    """What is wrong with some of several files, and which others are sound.

    It is wrong usage where one of them is: then nothing is kept, and not even a run is recorded.
    """
    said = "; ".join(str(error) for error in wrong)
    usage = any(isinstance(error, UsageError | Unsaid) for error in wrong)
    kind = UsageError if usage else ParseError
    if len(wrong) + len(sound) == 1:
        return kind(said)
    names = ", ".join(printable(document.name) for document in sound[:_NAMED])
    more = f" and {len(sound) - _NAMED} more" if len(sound) > _NAMED else ""
    one = len(sound) == 1
    there = f"{len(sound)} sound file{'' if one else 's'} {'is' if one else 'are'} {'there' if usage else 'kept'}"
    rest = f"{there}: {names}{more}: mend the rest, or publish these with --each" if sound else "no file is sound"
    return kind(f"{said}; nothing was published; {rest}")
