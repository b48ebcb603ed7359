"""What persons decided, and which held blocks of later runs it covers.

A decision covers what the person saw: these rules, about these figures. It applies to a block that says the same, when
every error found in it is covered; an expiry ends an acceptance for later releases only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from schemas.findings import Finding
from schemas.periods import renamed
from storage.database.conditions import TAKEN_BACK

ACCEPT: Final = "accept"
REJECT: Final = "reject"
#: Rule, period, left, right.
Scope = tuple[str, str, str, str]


def scope(finding: Finding) -> Scope:
    """What of a finding a decision covers: the rule and the figures it is about."""
    # A finding about a document has no two sides: there the sentence says what was seen.
    return finding.rule, finding.period, finding.left or finding.sentence, finding.right


@dataclass(frozen=True)
class Verdict:
    """One decision about a block."""

    id: int
    verdict: str
    released: int
    until: int | None
    figures: str
    covers: frozenset[Scope]

    def lives(self, released: int) -> bool:
        """Whether it has not expired for a release."""
        return self.until is None or released <= max(self.until, self.released)


def verdicts(conn: Connection, datasets: Iterable[str]) -> Mapping[tuple[str, str], list[Verdict]]:
    """All decisions that nobody took back by (dataset, block), oldest first."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for dataset in datasets:
        query = f"SELECT * FROM decision d WHERE d.dataset = :d AND NOT {TAKEN_BACK} ORDER BY d.id"  # noqa: S608
        decisions = conn.execute(text(query), {"d": dataset}).fetchall()
        if not decisions:
            continue
        scopes: dict[int, set[Scope]] = {}
        query = """
            SELECT s.decision, s.rule, s.period, s."left", s."right" FROM decision_scope s
            JOIN decision d ON d.id = s.decision WHERE d.dataset = :d
        """
        for row in conn.execute(text(query), {"d": dataset}).fetchall():
            scopes.setdefault(row[0], set()).add((row[1], renamed(row[2]), renamed(row[3]), row[4]))
        for row in decisions:
            covers = frozenset(scopes.get(row.id, ()))
            found.setdefault((dataset, renamed(row.block)), []).append(
                Verdict(row.id, row.verdict, row.released, row.until, row.figures, covers)
            )
    return found


def applies(
    decided: Iterable[Verdict], verdict: str, released: int, seen: frozenset[Scope], figures: str
) -> int | None:
    """The last decision about the same figures, if decisions of this verdict cover everything that was found."""
    found, covered = None, set[Scope]()
    for one in decided:
        if one.verdict == verdict and one.lives(released) and one.figures == figures and one.covers & seen:
            found = one.id
            covered |= one.covers
    return found if seen and seen <= covered else None
