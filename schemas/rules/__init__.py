"""The rules, as data: what must hold, how serious a miss is, what a rule relates and where it applies.

A rule is one file of this room and is found by being there: ``RULE``, ``evaluate``, and what it says when it holds,
fails or cannot be judged (``files.RuleFile``); its docstring is its page in docs/rules. Follow ``re_exports``.
Older rules stand in the list below, and are evaluated by the modules of ``_SHARED``, which rule files may use too.

Light: no numpy, no pandas, so that ``tradeledger rules`` starts at once; a rule's file imports them where it evaluates.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from hashlib import sha256
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

from schemas.errors import DeclarationError
from schemas.rules.statements import Identity, Rule

__all__ = ["IDENTITIES", "MODULES", "RULES", "RULES_VERSION", "Identity", "Rule", "page", "rule"]

#: Modules of this room that are no rule's file.
_SHARED: Final = (
    "currency",
    "evaluation",
    "files",
    "growth",
    "growth_implied",
    "identities",
    "parts",
    "statements",
    "sums",
)


#: The four identities, in the order of their evaluation; together they are complete (see docs/rules/total.md).
IDENTITIES: Final = (
    Identity("total", "T = X + M", "error", "block", True, ("T", 1), (("X", 1), ("M", 1))),
    Identity("balance", "B = X − M", "error", "block", True, ("B", 1), (("X", 1), ("M", -1))),
    Identity("exports-from-total", "T + B = 2X", "error", "block", True, ("X", 2), (("T", 1), ("B", 1))),
    Identity("imports-from-total", "T − B = 2M", "error", "block", True, ("M", 2), (("T", 1), ("B", -1))),
)
_LISTED: Final[tuple[Rule, ...]] = (
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


def _found() -> dict[str, ModuleType]:
    names = sorted(module.name for module in iter_modules(__path__) if module.name not in _SHARED)
    files = [import_module(f"{__name__}.{name}") for name in names]
    return {file.RULE.id: file for file in files}


#: The file of each rule that has one; ``files`` says what is in it.
MODULES: Final[Mapping[str, ModuleType]] = _found()
#: In the order in which they are listed; the last one is about silence.
RULES: Final[tuple[Rule, ...]] = (*_LISTED[:-1], *(file.RULE for file in MODULES.values()), _LISTED[-1])


def _statements() -> str:
    return sha256("\n".join(f"{one.id} {one.severity} {one.statement}" for one in RULES).encode()).hexdigest()[:8]


#: Recorded with every run: how it was judged, and, as follows from the list by itself, by which statements. 2: a rate
#: below −100 % of a positive base fails, growth over a break is not judged, months and shares add up, the sign of a
#: base is asked in one way.
RULES_VERSION: Final = f"2+{_statements()}"


def page(rule_id: str) -> str:
    """The page of a rule that has a file, as it stands in docs/rules."""
    known = rule(rule_id)
    scope = {"block": "figures of one block", "release": "several blocks of one release"}.get(known.scope, "releases")
    exact = " A dataset may declare it exact." if known.exact else ""
    text = (inspect.getdoc(MODULES[rule_id]) or "").partition("\n")[2].strip()
    return f"# {known.id}\n\n> {known.statement}\n\nSeverity: {known.severity}. Relates {scope}.{exact}\n\n{text}\n"


def rule(rule_id: str) -> Rule:
    """The rule of that id; raises DeclarationError naming those there are."""
    for known in RULES:
        if known.id == rule_id:
            return known
    raise DeclarationError(f"there is no rule {rule_id!r}: expected one of {', '.join(known.id for known in RULES)}")
