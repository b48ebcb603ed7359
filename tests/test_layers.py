"""The arrows between the packages: who may import whom, read from the source text, late imports included."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "schemas": set(),
    "sources": {"schemas"},
    "storage": {"schemas"},
    "flows": {"sources", "schemas", "storage"},
    "cli": {"flows", "sources", "schemas", "storage"},
    "tradeledger": {"sources", "schemas", "storage"},
}
MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))
#: These start at once and never wait for a frame; what they need of pandas they import where they need it.
LIGHT = {
    "cli": {
        "prefect",
        "pandas",
        "pandera",
        "numpy",
        "highspy",
        "sqlmodel",
        "sqlalchemy",
        "storage",
        "flows",
        "sources",
    },
    "tradeledger/__init__": {"pandas", "pandera", "numpy", "sqlalchemy", "pydantic", "schemas", "storage", "sources"},
    "tradeledger": {"prefect", "sqlmodel", "sqlalchemy"},
    "storage/queries": {"prefect", "pandas", "pandera", "numpy", "highspy"},
    "sources": {"prefect", "sqlmodel", "sqlalchemy"},
    "schemas": {"prefect", "sqlmodel", "sqlalchemy", "requests"},
}


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module named by an import below ``tree``, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import hides its layer"
            yield node.module or "", node.lineno


def at_import(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What is imported as soon as the module is: outside of functions and of ``if TYPE_CHECKING``."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]


def test_every_package_is_found():
    found = {path.relative_to(ROOT).parts[0] for path in MODULES}
    assert found == set(MAY_IMPORT)
    for package in MAY_IMPORT:
        assert (ROOT / package / "__init__.py") in MODULES
        assert len([path for path in MODULES if path.relative_to(ROOT).parts[0] == package]) > 1


def test_the_reader_of_imports_sees_late_ones():
    tree = ast.parse(
        "import a.b\ndef f():\n    from c import d\nclass K:\n    import e\nif TYPE_CHECKING:\n    import g\n"
    )
    assert {name for name, _ in imported(tree)} == {"a.b", "c", "e", "g"}
    assert {name for name, _ in at_import(tree)} == {"a.b", "e"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arrow_against_the_order(path: Path):
    package = path.relative_to(ROOT).parts[0]
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package} | {"tests", "benchmarks"}
    wrong = [
        f"{path}:{line} imports {name}"
        for name, line in imported(ast.parse(path.read_text(encoding="utf-8")))
        if name.partition(".")[0] in forbidden
    ]
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_light_modules_stay_light(path: Path):
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    heavy = next((names for start, names in LIGHT.items() if name == start or name.startswith(start + "/")), set())
    wrong = [
        f"{path}:{line} imports {module}"
        for module, line in at_import(ast.parse(path.read_text(encoding="utf-8")))
        if module.partition(".")[0] in heavy
    ]
    assert not wrong
