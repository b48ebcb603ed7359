"""What a run of the tests is asked for: how often proofs are repeated, and what must be there."""

from __future__ import annotations

import os

import pytest

#: Whether this is CI's profile: proofs that are repeated are repeated often.
HEAVY = os.environ.get("HYPOTHESIS_PROFILE") == "ci"

#: Random histories of a ledger, on SQLite and on PostgreSQL, and the chunks into which both are cut.
HISTORIES = int(os.environ.get("TRADELEDGER_HISTORIES", "5000" if HEAVY else "15"))
HISTORIES_POSTGRES = 500 if HEAVY else 4
CHUNKS = 20 if HEAVY else 1

#: What must be there: in CI a missing browser or database is a failure, not a skip.
REQUIRED = frozenset(filter(None, os.environ.get("TRADELEDGER_REQUIRE", "").split(",")))


def need(what: str, there: bool, reason: str) -> None:
    """Skip where ``what`` is not there, unless TRADELEDGER_REQUIRE names it: then fail."""
    if there:
        return
    if what in REQUIRED:
        pytest.fail(f"TRADELEDGER_REQUIRE names {what}, but {reason}")
    pytest.skip(reason)
