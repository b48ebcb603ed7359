"""What a run of the tests is asked for: how often proofs are repeated, and what must be there."""

from __future__ import annotations

import os

import pytest

#: Whether this is CI's profile: proofs that are repeated are repeated often.
HEAVY = os.environ.get("HYPOTHESIS_PROFILE") == "ci"

#: Random histories of a ledger on SQLite (and on PostgreSQL a tenth of them), in chunks of so many: each chunk is the
#: same whatever their number.
HISTORIES = int(os.environ.get("TRADELEDGER_HISTORIES", "750" if HEAVY else "15"))
CHUNK = 250 if HEAVY else HISTORIES
CHUNKS = max(HISTORIES // CHUNK, 1)

#: What must be there: in CI a missing browser or database is a failure, not a skip.
REQUIRED = frozenset(filter(None, os.environ.get("TRADELEDGER_REQUIRE", "").split(",")))


def need(what: str, there: bool, reason: str) -> None:
    """Skip where ``what`` is not there, unless TRADELEDGER_REQUIRE names it: then fail."""
    if there:
        return
    if what in REQUIRED:
        pytest.fail(f"TRADELEDGER_REQUIRE names {what}, but {reason}")
    pytest.skip(reason)
