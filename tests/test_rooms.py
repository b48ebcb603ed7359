"""The rooms of a package: their order, no circle among modules, what is private; late and type-only imports counted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("schemas", "sources", "storage", "flows", "cli", "tradeledger")
#: Rooms and single modules from the ground up; a name may import what stands before it, and its own room.
#: Names in one tuple stand beside each other.
ORDER = {
    "storage": (
        ("private",),
        ("database",),
        ("encoding", "stores"),
        ("handle", "archive"),
        ("state",),
        ("frames", "documents", "answers", "queries", "views", "publish", "verify"),
        ("doubles", "figure_parts"),
        ("figure_frames", "figure_arrow"),
        ("deciding",),
        ("ledger",),
        ("decisions", "many"),
    ),
    "schemas": (
        ("intervals",),
        ("errors", "figures", "periods", "units", "vocabulary", "areas", "documents", "findings", "positions", "keys"),
        ("cells",),
        ("rules",),
        ("suspects",),
        ("explain", "cases"),
        ("judge",),
        ("history", "implied"),
    ),
    "flows": (
        ("system", "ending"),
        ("environment",),
        ("by_hand",),
        ("steps",),
        ("page",),
        ("cases",),
        ("recovery",),
        ("server",),
        ("up",),
        ("replay", "collect", "review", "backfill", "watch"),
    ),
    "cli": (
        ("formats",),
        ("shared",),
        ("browsing",),
        (
            *("collect", "ingest", "check", "show", "findings", "runs", "revisions", "documents", "sources", "rules"),
            *("schema", "datasets", "plot", "browse", "review", "reparse", "verify", "backup", "up"),
        ),
        ("export",),
        ("main",),
    ),
    "tradeledger": (("_opening", "_frames"), ("_answers", "_checking")),
}
#: Most modules a room may have, its map apart.
MOST = 12


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


@cache
def listed(module: str) -> frozenset[str]:
    """What a package's map lists for others."""
    if module not in MODULES or MODULES[module].name != "__init__.py":
        return frozenset()
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    lists = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return frozenset(ast.literal_eval(lists[0])) if lists else frozenset()


@cache
def handed_on(module: str) -> frozenset[str]:
    """What a map hands on by name, from whatever module; a function may be called as the module it is in.

    What it lists and does not import is a module of the room that is open to others as it is.
    """
    if not listed(module):
        return frozenset()
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    bound = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    return frozenset(name for name in listed(module) if name in bound or f"{module}.{name}" not in MODULES)


@cache
def imports(module: str) -> frozenset[str]:
    """Modules of ours that one imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            given = handed_on(node.module)
            whole = {f"{node.module}.{alias.name}" for alias in node.names if alias.name not in given}
            found |= {name if name in MODULES else node.module for name in whole}
            found |= {node.module} if len(whole) < len(node.names) else set()
    return frozenset(found & MODULES.keys() - {module})


def circles(modules: Iterator[str]) -> list[list[str]]:
    """Modules that import each other in a loop (Tarjan's strongly connected components)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = low[module] = len(number)
        stack.append(module)
        for other in sorted(imports(module)):
            if other not in number:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], number[other])
        if low[module] == number[module]:
            at = stack.index(module)
            if len(stack) - at > 1:
                found.append(stack[at:])
            del stack[at:]

    for module in modules:
        if module not in number:
            visit(module)
    return found


def test_the_reader_sees_late_and_type_only_imports():
    assert "storage.publish.publish" in imports("storage.ledger")  # within a function
    assert "storage.archive" in imports("storage.documents")  # for types only


def test_no_circles():
    assert circles(iter(MODULES)) == []


@pytest.mark.parametrize("package", ORDER)
def test_rooms_stand_in_their_order(package):
    floors = {name: at for at, names in enumerate(ORDER[package]) for name in names}
    assert all((ROOT / package / name).exists() or (ROOT / package / f"{name}.py").exists() for name in floors)
    wrong = []
    for module in MODULES:
        parts = module.split(".")
        if parts[0] != package or len(parts) < 2 or parts[1] not in floors:
            continue
        for other in imports(module):
            above = other.split(".")
            if above[0] == package and len(above) > 1 and floors.get(above[1], -1) > floors[parts[1]]:
                wrong.append(f"{module} imports {other}")
    assert wrong == []


def test_rooms_are_private_to_their_package():
    """What another package may import stands at the top of a folder, or is handed on by a room's map."""
    wrong = [
        f"{module} imports {other}"
        for module in MODULES
        for other in imports(module)
        if other.split(".")[0] != module.split(".")[0] and other.count(".") > 1 and ".shared." not in other
        if other.rpartition(".")[2] not in listed(other.rpartition(".")[0]) - handed_on(other.rpartition(".")[0])
    ]
    assert wrong == []


def test_rooms_are_small_and_have_a_map():
    for name, init in MODULES.items():
        if init.name == "__init__.py" and "migrations" not in init.parts:
            assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), name
            assert (
                len([path for path in init.parent.glob("*.py") if path != init]) <= MOST or init.parent.parent == ROOT
            )


#: Where no function is long or takes many things; what a question may ask for is a list of its own.
SHORT = ("storage.database", "storage.encoding", "storage.queries", "schemas.cells", "schemas.intervals")
QUESTIONS = {"show"}


def test_functions_are_short():
    wrong = []
    for name in (name for name in MODULES if name.startswith(SHORT)):
        for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name not in QUESTIONS:
                taken = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                lines = (node.end_lineno or 0) - node.lineno + 1
                wrong += [f"{name}.{node.name}"] if lines > 50 or len({*taken} - {"self", "cls"}) > 6 else []
    assert wrong == []


#: What is several things in one integer; of a ``codes.CONSTANT`` too.
PACKED = re.compile(r"codes\.[A-Z_]+|(.*\.)?(packed|key|released|until|position)(\[.*\])?")
BITS = (ast.LShift, ast.RShift, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Mod)


def bit_arithmetic(tree: ast.AST) -> list[str]:
    """What is computed within packed integers, in SQL too."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, BITS):
            shifts = isinstance(node.op, ast.LShift | ast.RShift)
            if shifts or any(PACKED.fullmatch(ast.unparse(one)) for one in (node.left, node.right)):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += re.findall(r"\b(?:packed|key|released|position) *(?:<<|>>|&|%) .*", node.value)
    return found


def test_bits_are_seen():
    tree = ast.parse("a = rows.packed[at] & 3, 1 << 20, (one ^ two.packed), x & codes.ACCEPTED, 'o.packed % 2 = 0'")
    assert len(bit_arithmetic(tree)) == 5
    assert bit_arithmetic(ast.parse("a = (rows.released == 1) & ~held, {*x} | {*y}, 'released AND packed'")) == []


def test_packed_integers_are_taken_apart_in_one_room():
    modules = {name: path for name, path in MODULES.items() if name.split(".")[0] in ("storage", "flows", "cli")}
    found = {
        name: bits
        for name, path in modules.items()
        if not name.startswith(("storage.encoding", "storage.migrations"))
        and (bits := bit_arithmetic(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_a_source_is_a_page():
    """What others need too is in ``sources.shared``; what is left says what is this agency's own."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "sources").glob("*.py")}
    sizes = {name: text.count("\n") for name, text in texts.items() if "\nSOURCE = Source(" in text}
    agencies = [size for name, size in sizes.items() if "    requests=requests," in texts[name]]
    assert len(sizes) > len(agencies) >= 4
    assert {name: size for name, size in sizes.items() if size > 200} == {}
    assert median(agencies) <= 150
