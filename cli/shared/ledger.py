"""The ledger and the archive that a command reads; it never makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import TradeledgerError

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.ledger import Ledger


def open_ledger(source: str | None = None, **asked: str | None) -> Ledger:
    """The ledger of the settings, to be ``asked``; raises LedgerError where there is none.

    Raises UsageError for a source there is not, and for a reporter or partner that is no area.
    """
    from schemas.settings import load_settings
    from storage.ledger import Ledger
    from storage.queries import known_sources, several

    ledger = Ledger.open(load_settings().ledger_url, create=False)
    try:
        for one in several(source) if source is not None else ():
            if one not in known_sources(ledger):
                from sources.registry import find_source

                find_source(one)
        if asked.get("reporter") or asked.get("partner"):
            from cli.shared.areas import check_areas

            check_areas(ledger, asked)
    except TradeledgerError:
        ledger.close()
        raise
    return ledger


def kept() -> Archive:
    """Where the documents of the settings are."""
    from schemas.settings import load_settings
    from storage.archive import Archive

    return Archive.of(load_settings())
