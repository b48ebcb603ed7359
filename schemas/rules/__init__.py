"""The rules, as data: what must hold, how serious a miss is, what a rule relates and where it applies.

Light: no numpy, no pandas, so that ``tradeledger rules`` starts at once. How rules are evaluated stands in
``schemas.judge`` (within a release) and ``schemas.history`` (against what the ledger knows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.errors import DeclarationError

#: Recorded with every run: which statements were in force when it was judged. 2: a rate below −100 % of a positive base
#: fails, growth over a break is not judged, months and shares add up, the sign of a base is asked in one way.
RULES_VERSION: Final = 2

Term = tuple[str, int]


@dataclass(frozen=True)
class Rule:
    """One statement that must hold.

    ``scope`` is ``block`` (figures of one block), ``release`` (several blocks of a release) or ``ledger`` (needs what
    earlier releases said). ``exact`` says whether a dataset may declare the rule exact.
    """

    id: str
    statement: str
    severity: str
    scope: str
    exact: bool = False


@dataclass(frozen=True)
class Identity(Rule):
    """``left = right``, terms being (flow, coefficient): the judged figure, and what the others make of it."""

    left: Term = ("", 0)
    right: tuple[Term, Term] = (("", 0), ("", 0))


#: The four identities, in the order of their evaluation; together they are complete (see docs/rules/total.md).
IDENTITIES: Final = (
    Identity("total", "T = X + M", "error", "block", True, ("T", 1), (("X", 1), ("M", 1))),
    Identity("balance", "B = X − M", "error", "block", True, ("B", 1), (("X", 1), ("M", -1))),
    Identity("exports-from-total", "T + B = 2X", "error", "block", True, ("X", 2), (("T", 1), ("B", 1))),
    Identity("imports-from-total", "T − B = 2M", "error", "block", True, ("M", 2), (("T", 1), ("B", -1))),
)
RULES: Final[tuple[Rule, ...]] = (
    *IDENTITIES,
    Rule("growth", "V(t) / V(base) − 1 = published growth, the base printed in the same release", "error", "release"),
    Rule(
        "growth-implied",
        "the levels of the base period, as implied by levels and growth of this release (and what it prints of them), "
        "satisfy the identities too",
        "error",
        "block",
    ),
    Rule(
        "growth-average",
        "(V(end) / V(base))^(1/n) − 1 = published average growth, both in this release",
        "error",
        "release",
    ),
    Rule("share", "part / whole = published share, both in this release", "error", "release"),
    Rule("repeat", "all readings of a cell in one release meet", "error", "block"),
    Rule(
        "parts",
        "children add up to their parent, for hierarchies the source declares to be a partition",
        "warning",
        "release",
        exact=True,
    ),
    Rule(
        "currency",
        "X, M and T of one month in two currencies share one rate; over longer periods each lies between the monthly "
        "rates",
        "warning",
        "release",
    ),
    Rule("mixed", "latest figures of a block that come from different releases agree", "warning", "ledger"),
    Rule("growth-base", "growth agrees with the base an earlier release printed", "information", "ledger"),
    Rule(
        "mirror",
        "A's exports to B stand to B's imports from A as they used to for that pair",
        "warning",
        "ledger",
    ),
    Rule("revision", "a change is not far outside that series' history of revisions", "warning", "ledger"),
    Rule(
        "coverage",
        "no cell vanishes, or loses its value, within the window the document declares to cover",
        "error",
        "ledger",
    ),
    Rule(
        "expected-rows",
        "a document has no fewer figures than its source declares, nor than half of what its address gave last",
        "error",
        "ledger",
    ),
    Rule(
        "period-ahead",
        "a release comes when its periods are over, unless it is a forecast",
        "warning",
        "block",
    ),
    Rule("stale", "something new comes by the usual release date", "warning", "ledger"),
)


def rule(rule_id: str) -> Rule:
    """The rule of that id; raises DeclarationError naming those there are."""
    for known in RULES:
        if known.id == rule_id:
            return known
    raise DeclarationError(f"there is no rule {rule_id!r}: expected one of {', '.join(known.id for known in RULES)}")
