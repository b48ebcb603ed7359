"""Which ledger is asked: that of the settings, a path, a URL, or one that is open."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from schemas.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from storage.handle import Handle


class OpenLedger:
    """A ledger that stays open for many questions; read-only, a context manager that closes it."""

    def __init__(self, handle: Handle) -> None:
        self._handle: Handle | None = handle
        self._place = handle.url.render_as_string(hide_password=True)

    @property
    def handle(self) -> Handle:
        """What the questions are asked of; raises LedgerError once it is closed."""
        if self._handle is None:
            raise LedgerError(f"the ledger at {self._place} was closed: open it again, open_ledger(…)")
        return self._handle

    def close(self) -> None:
        """Close its connections; what was answered stays."""
        if self._handle is not None:
            self._handle.close()
        self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ledger {self._place}{'' if self._handle else ', closed'}>"


def open_ledger(url: str | os.PathLike[str] | None = None) -> OpenLedger:
    """A ledger for many questions, each with ``ledger=`` what this gives; read-only, closed at the end of a ``with``.

    ``url`` is a path (of ``ledger.db``, or of the folder it is in), an SQLAlchemy URL (``sqlite:///path/ledger.db``,
    ``postgresql://user@host/name``), or nothing: the ledger of the settings (``TRADELEDGER_HOME``,
    ``TRADELEDGER_DATABASE_URL``). It is never made, migrated or written.

    Raises TradeledgerError where there is none, or none that this version reads.
    """
    from schemas.settings import load_settings
    from storage.ledger import Ledger

    return OpenLedger(Ledger.open(load_settings().ledger_url if url is None else _url(url), create=False))


def _url(place: str | os.PathLike[str]) -> str:
    text = os.fspath(place)
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"{place!r} is no ledger: expected a path, or a URL such as postgresql://user@host/name")
    if "://" in text:
        return text
    path = Path(text).expanduser()
    return f"sqlite:///{path / 'ledger.db' if path.is_dir() else path}"


@contextmanager
def opened(ledger: str | os.PathLike[str] | OpenLedger | None, asked: Mapping[str, str | None]) -> Iterator[Handle]:
    """The ledger to ask, closed afterwards unless it was open.

    Raises UsageError for a source there is not, and for a reporter or partner that is no area.
    """
    if not isinstance(ledger, str | os.PathLike | OpenLedger | None):
        raise UsageError(f"{ledger!r} is no ledger: expected a path, a URL or what open_ledger(…) gives")
    own = ledger if isinstance(ledger, OpenLedger) else open_ledger(ledger)
    try:
        _check(own.handle, asked)
        yield own.handle
    finally:
        if own is not ledger:
            own.close()


def _check(handle: Handle, asked: Mapping[str, str | None]) -> None:
    from schemas.areas import is_area
    from storage.queries import is_known, known_sources, several

    if source := asked.get("source"):
        for one in set(several(source)) - known_sources(handle):
            from sources.registry import find_source

            find_source(one)
    for dimension in ("reporter", "partner"):
        for word in several(asked.get(dimension) or ""):
            if word and not is_known(handle, dimension, word) and not is_area(word):
                raise UsageError(f"{dimension}={word!r} is no area: expected a code such as USA, WLD, EU27_2020")
