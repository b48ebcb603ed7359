"""Every error a user may meet, in one tree below TradeledgerError.

A message is one line: what was seen, what was expected, the likely cause or way out. What it quotes of a source moves
no cursor: controls are shown as escapes (``schemas.texts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.texts import failure, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.documents import Document


class TradeledgerError(Exception):
    """Something the user can understand and act on; shown as one line, exit status 1."""

    exit_status = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))


class UsageError(TradeledgerError):
    """The call does not make sense as it stands; exit status 2."""

    exit_status = 2


class SettingsError(TradeledgerError):
    """A setting cannot be used."""


class FigureError(TradeledgerError):
    """A printed text is not a figure that can be held exactly."""


class DeclarationError(TradeledgerError):
    """A dataset, rule or area is declared in a way that cannot work."""


class FetchError(TradeledgerError):
    """A source did not answer, or answered that it failed; ``document`` is what it said, where it said something.

    ``fetched`` is what it had answered well before, in the same run.
    """

    def __init__(self, message: str, document: Document | None = None) -> None:
        super().__init__(message)
        self.document = document
        self.fetched: Sequence[Document] = ()


class Unreachable(FetchError):
    """A source said nothing at all: no connection could be made to it, or not a byte came back.

    Recorded runs have only its text, which begins with WORD: whoever asks whether a source is out of reach asks that.
    """

    WORD = "unreachable: "

    def __init__(self, reason: str, source: str, address: str) -> None:
        way_out = f"save the page and `tradeledger ingest {source} FILE`"
        super().__init__(failure(self.WORD + reason, way_out, address))


class ParseError(TradeledgerError):
    """A document is not of the shape its source declares; nothing of it is used."""


class Unsaid(ParseError):
    """A document leaves open how it is meant; the message names the options that say it. Exit status 2."""

    exit_status = 2


class LedgerError(TradeledgerError):
    """The ledger cannot be read or written."""


class LedgerUnreadable(LedgerError):
    """The system does not give out what is kept (rights, the disk, the connection): no word about what it holds."""


class LedgerLocked(LedgerUnreadable):
    """Another program has kept the ledger locked for longer than a writer waits; retry when it is done."""


class LedgerMoved(LedgerError):
    """Another run published between judging and publishing; judge again and retry."""
