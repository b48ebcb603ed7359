"""The rules, as data: what must hold, how serious a miss is, what a rule relates and where it applies.

A rule is one file of this room and is found by being there: ``RULE`` (or ``RULES``, where several are one thing),
``evaluate``, and what it says when it holds, fails or cannot be judged (``shared.files.RuleFile``); its docstring is
its page in docs/rules. Follow ``re_exports``. ``shared`` is what rule files share. Rules that ask what earlier releases
said are files of ``schemas.history``, found likewise.

Light: no numpy, no pandas, so that ``tradeledger rules`` starts at once; a rule's file imports them where it evaluates.
"""

from __future__ import annotations

import inspect
import re
from hashlib import sha256
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

from schemas.errors import DeclarationError
from schemas.rules.shared.statements import Identity, Rule

__all__ = ["MODULES", "RULES", "RULES_VERSION", "Identity", "Rule", "page", "rule"]


def _found() -> tuple[tuple[Rule, ...], dict[str, ModuleType]]:
    """The rules in their order, and the file of each, in the order of the first rule of each file."""
    rooms = [import_module(name) for name in (__name__, "schemas.history")]
    names = [f"{room.__name__}.{one.name}" for room in rooms for one in iter_modules(room.__path__) if not one.ispkg]
    files = [import_module(name) for name in names]
    offered = [(getattr(file, "RULES", None) or (file.RULE,), file) for file in files]
    offered.sort(key=lambda pair: (pair[0][0].order, pair[0][0].id))
    own = {rule.id: file for rules, file in offered for rule in rules}
    every = (rule for rules, _ in offered for rule in rules)
    return tuple(sorted(every, key=lambda one: (one.order, one.id))), own


#: All rules in the order in which they are listed; and the file of each rule, in the order in which files judge.
RULES, MODULES = _found()


def _statements() -> str:
    return sha256("\n".join(f"{one.id} {one.severity} {one.statement}" for one in RULES).encode()).hexdigest()[:8]


#: Recorded with every run: how it was judged, and, as follows from the list by itself, by which statements. 2: a rate
#: below −100 % of a positive base fails, growth over a break is not judged, months and shares add up, the sign of a
#: base is asked in one way.
RULES_VERSION: Final = f"2+{_statements()}"


def page(rule_id: str) -> str:
    """The page of a rule, as it stands in docs/rules; of a file with several rules, its part under ``# id``."""
    known = rule(rule_id)
    scopes = {"block": "figures of one block", "release": "several blocks of one release"}
    scope = scopes.get(known.scope, "figures of several releases")
    exact = " A dataset may declare it exact." if known.exact else ""
    text = (inspect.getdoc(MODULES[rule_id]) or "").partition("\n")[2]
    _, *parts = re.split(r"^# (\S+)$", text, flags=re.MULTILINE)
    text = dict(zip(parts[::2], parts[1::2], strict=True)).get(rule_id, text).strip()
    return f"# {known.id}\n\n> {known.statement}\n\nSeverity: {known.severity}. Relates {scope}.{exact}\n\n{text}\n"


def rule(rule_id: str) -> Rule:
    """The rule of that id; raises DeclarationError naming those there are."""
    for known in RULES:
        if known.id == rule_id:
            return known
    raise DeclarationError(f"there is no rule {rule_id!r}: expected one of {', '.join(known.id for known in RULES)}")
