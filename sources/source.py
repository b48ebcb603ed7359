"""What a source is: a description, what to ask, and a pure ``parse`` from the bytes of a document to readings.

Light: source modules import pandas only inside ``parse``, so that ``tradeledger sources`` starts at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.datasets import Dataset
from schemas.documents import Document, Parsed


@dataclass(frozen=True)
class Request:
    """One thing to ask of a source: an address below its base, with parameters."""

    url: str
    params: dict[str, str] = field(default_factory=dict)
    index: bool = False  # only says what else to ask (``Source.follow``): it holds no figures
    released: str = ""  # where an index says when what it links to was released
    instead: bool = False  # it holds what the page that leads here only frames, or links to: that page has no figures


@dataclass(frozen=True)
class Source:
    """One published product of one agency."""

    id: str
    title: str
    publisher: str
    licence: str
    landing_page: str
    cadence: str  # when the agency publishes, in words
    datasets: tuple[Dataset, ...]
    parse: Callable[[Document], Parsed]
    requests: Callable[[date | None], Iterable[Request]] | None = None  # None: fed by hand or bundled
    #: Other sites of the agency, by their address: what to ask there, where a setting names one as its address.
    sites: Mapping[str, Callable[[date | None], Iterable[Request]]] = field(default_factory=dict)
    #: What to ask for one year and nothing else, for a backfill of a run a year; None: it cannot be asked so.
    year: Callable[[int], Iterable[Request]] | None = None
    bundled: Callable[[], Iterable[Document]] | None = None
    #: What an answer says must be asked next: the other pages, the releases an index lists.
    follow: Callable[[Document], Iterable[Request]] | None = None
    #: Whether content looks like this source's, to tell a file fed to the wrong one.
    recognise: Callable[[bytes], bool] | None = None
    base_url: str = ""
    #: Header that carries the key of ``SOURCES__<ID>__KEY``; never an address, which is logged and archived.
    key_header: str = ""
    parser_version: int = 1
    expected_rows: tuple[int, int | None] = (1, None)
