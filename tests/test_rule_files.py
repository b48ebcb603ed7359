"""A rule is one file: it is found by being there, its docstring is its page, and nothing else knows its id."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import judge as judging
from schemas import rules
from schemas.datasets import Dataset
from schemas.rules import MODULES, RULES, page, rule
from schemas.rules.shared import evaluation as evaluations
from schemas.rules.shared.files import FILES, RuleFile
from tests.test_rules_release import frame

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("schemas", "storage", "flows", "sources", "cli")
#: Rules that look only where everything they need is there.
ALWAYS_EVALUABLE = {"repeat", "currency", "growth-implied"}
#: The base that levels and growth imply satisfies the identities too.
BUILT_ON_IDENTITIES = {
    *("schemas/rules/growth_implied.py", "schemas/rules/shared/base_identities.py", "schemas/implied/ranges.py"),
}
#: Ids that are also words: of products, flows, columns, kinds of changes, questions.
WORDS = {"total", "balance", "re-exports", "share", "level", "growth", "currency", "revision", "stale"}
#: All there is to write for another rule.
RE_IMPORTS = '''"""``re-imports``: what comes back is no more than what comes in."""

from schemas.rules.shared import sums
from schemas.rules.shared.statements import Rule, Sum

RULE = Rule("re-imports", "RM ≤ M", "error", "block")


def evaluate(cells, datasets):
    """M is RM and what is not printed."""
    return sums.judge_flows(cells, datasets, RULE, Sum((-1, 1, 1), floored=(1,)), ("M", "_Z", "RM"))


def fails(reader, done, at):
    """What it says."""
    from schemas.cells.reader import Said

    imports, _, back = done.terms[:, at]
    return Said(reader.value(imports), reader.value(back), None, "more comes back than comes in")


def holds(reader, done, at):
    """What it says."""
    return "no more comes back than comes in"
'''


def test_there_are_files_and_they_are_rules():
    assert MODULES.keys() > FILES.keys() > set()
    assert {rule(rule_id).id for rule_id in MODULES} <= {known.id for known in RULES}
    assert {known.id for known in RULES if known.scope == "ledger"} <= MODULES.keys() - FILES.keys()


@pytest.mark.parametrize("rule_id", FILES)
def test_a_file_has_what_a_rule_needs(rule_id):
    wanted = {*(name for name in vars(RuleFile) if inspect.isfunction(vars(RuleFile)[name]) and name[0] != "_")}
    assert {"evaluate", "fails", "holds", "not_evaluable"} == wanted
    file = MODULES[rule_id]
    assert wanted - vars(file).keys() == ({"not_evaluable"} if rule_id in ALWAYS_EVALUABLE else set())
    if hasattr(file, "RULE"):
        assert (file.RULE.id, file.__name__) == (rule_id, f"schemas.rules.{rule_id.replace('-', '_')}")
    else:
        assert rule_id in {known.id for known in file.RULES}


@pytest.mark.parametrize("rule_id", MODULES)
def test_the_page_of_a_rule_is_its_docstring(rule_id):
    assert (ROOT / f"docs/rules/{rule_id}.md").read_text(encoding="utf-8") == page(rule_id)


def nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """All of a module, but by which rules a dataset declares its figures: those a source has to name."""
    declared = {
        id(key)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "identities" and isinstance(node.value, ast.Dict)
        for key in node.value.keys
    }
    return (node for node in ast.walk(tree) if id(node) not in declared)


def names(node: ast.AST, rule_id: str) -> bool:
    """Whether a rule is made, asked for or compared by its id; a word that means something else too may stand."""
    asks: list[ast.expr] = []
    match node:
        case ast.Call(ast.Name("rule" | "finding_about" | "Identity" | "Rule") | ast.Attribute(attr="failures")):
            asks = node.args
        case ast.Call(ast.Attribute(ast.Attribute(attr="identities"), "get")):
            asks = node.args
        case ast.Compare(ast.Attribute(attr="id" | "rule")) | ast.Compare(ast.Name("rule_id")):
            asks = [one for beside in node.comparators for one in [beside, *getattr(beside, "elts", [])]]
        case ast.Constant():
            asks = [] if rule_id in WORDS else [node]
    return any(isinstance(one, ast.Constant) and one.value == rule_id for one in asks)


@pytest.mark.parametrize("rule_id", MODULES)
def test_no_other_module_knows_the_rule(rule_id):
    own = Path(str(MODULES[rule_id].__file__))
    texts = {path: path.read_text("utf-8") for room in PACKAGES for path in (ROOT / room).rglob("*.py")}
    knowing = {
        path
        for path, text in texts.items()
        if f'"{rule_id}"' in text
        for node in nodes(ast.parse(text))
        if names(node, rule_id)
    }
    assert own in knowing
    assert knowing == {own}
    importing = {
        path.relative_to(ROOT).as_posix()
        for path, text in texts.items()
        if MODULES[rule_id].__name__ in text
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == MODULES[rule_id].__name__
    }
    importing -= {"schemas/history/__init__.py"}  # hands on what other packages ask by itself
    assert importing <= (BUILT_ON_IDENTITIES if own.stem == "identities" else set())


def test_the_rules_are_listed_without_what_evaluates_them():
    code = "import sys, schemas.rules as r; assert r.MODULES; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "pandas", "schemas.rules.shared.sums"} & set(loaded.split())


def test_fits_and_suspects_know_no_rule():
    ids = {known.id for known in RULES}
    paths = [*(ROOT / "schemas/suspects").glob("*.py"), *(ROOT / "schemas/implied").glob("*.py")]
    assert len(paths) > 8
    for path in paths:
        tree = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        texts = {node.value for node in tree if isinstance(node, ast.Constant)}
        assert not (texts - {"share", "currency", "level"}) & ids, path  # measures and a column too
        assert not {node.attr for node in tree if isinstance(node, ast.Attribute)} & {"detail"}, path


def test_what_the_base_of_a_rate_is_is_known_in_one_place():
    knowing = {
        path.name
        for path in (ROOT / "schemas").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and "preceding" in {alias.name for alias in node.names}
    }
    assert knowing == {"rates.py"}


def test_another_rule_is_another_file(tmp_path, monkeypatch):
    """Written beside the others, it is listed, judged, explained, and its figures are suspected."""
    (tmp_path / "re_imports.py").write_text(RE_IMPORTS, encoding="utf-8")
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    found, files = rules._found()
    monkeypatch.delitem(sys.modules, "schemas.rules.re_imports")
    assert set(found) == {*RULES, files["re-imports"].RULE}
    assert files.keys() == MODULES.keys() | {"re-imports"}
    monkeypatch.setitem(FILES, "re-imports", files["re-imports"])
    for module in (rules, evaluations):
        monkeypatch.setattr(module, "RULES", found)
    table = [{"flow": "M", "mantissa": 712}, {"flow": "RM", "mantissa": 900}, {"flow": "X", "mantissa": 7}]
    judgement = judging.judge(frame(*table), {"d": Dataset("d", identities={"re-imports": "warning"})})
    (finding,) = [one for one in judgement.findings if one.rule == "re-imports"]
    assert (finding.severity, finding.left, finding.right) == ("warning", "712000000", "900000000")
    assert finding.sentence.endswith("more comes back than comes in; undetermined, one of imports, re-imports")
    assert {(one.flow, one.low, one.high) for one in finding.suspects} == {
        ("M", "899000000", ""),
        ("RM", "", "713000000"),
    }
    table[1]["mantissa"] = 713
    judgement = judging.judge(frame(*table), {})
    assert "2019 CHN trade: no more comes back than comes in" in judgement.checked(9)
