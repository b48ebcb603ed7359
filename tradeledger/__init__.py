"""The figures of a ledger as DataFrames: ``import tradeledger``.

``figures`` what is published, ``vintages`` what was known after each release, ``revisions`` what changed, ``findings``
what does not hold, ``check`` a table of your own judged without a ledger, ``open_ledger`` another ledger than that of
the settings. What the commands ``show``, ``revisions`` and ``findings`` answer, row by row; nothing here ever writes.

Thin: every answer is made below, in ``storage`` and ``schemas``. Light: pandas is imported by the first call, and so is
everything else. What goes wrong is a ``TradeledgerError`` with one line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from schemas.errors import TradeledgerError
    from tradeledger._answers import figures, findings, revisions, vintages
    from tradeledger._checking import Checked, check
    from tradeledger._opening import OpenLedger, open_ledger
    from tradeledger._schema import tidy_schema

__all__ = [
    "Checked",
    "OpenLedger",
    "TradeledgerError",
    "check",
    "figures",
    "findings",
    "open_ledger",
    "revisions",
    "tidy_schema",
    "vintages",
]

#: Where each name is, imported when it is first asked for.
_WHERE: Final = {
    "Checked": "tradeledger._checking",
    "check": "tradeledger._checking",
    "OpenLedger": "tradeledger._opening",
    "TradeledgerError": "schemas.errors",
    "figures": "tradeledger._answers",
    "findings": "tradeledger._answers",
    "open_ledger": "tradeledger._opening",
    "revisions": "tradeledger._answers",
    "tidy_schema": "tradeledger._schema",
    "vintages": "tradeledger._answers",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'tradeledger' has no attribute {name!r}: it has {', '.join(__all__)}")
    found = globals()[name] = getattr(import_module(_WHERE[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
