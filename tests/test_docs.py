"""The documentation keeps up: commands, rules, sources, settings, links, the changelog, what the README shows."""

import contextlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType

import pytest
import yaml

from cli.main import COMMANDS, run
from cli.main import command as command_line
from cli.show import FIELDS
from flows import steps
from schemas.rules import RULES
from schemas.settings import FetchSettings, Settings, SourceSettings, load_settings
from schemas.vocabulary import FLOWS
from sources.registry import load_sources

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSIDE = (ROOT / "docs/inside.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PARTS = command_line(*COMMANDS).commands
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


def test_all_pages_are_found():
    assert len(PAGES) > len(RULES) + len(load_sources())
    assert len(COMMANDS) > 10


def test_options_of_the_documents_exist():
    options = {
        name: {word for parameter in command.params for word in parameter.opts} for name, command in PARTS.items()
    }
    said = [
        (page, *line.groups())
        for page in PAGES
        for line in re.finditer(r"tradeledger (" + "|".join(COMMANDS) + r")\b([^`\n│]*)", page.read_text("utf-8"))
    ]
    assert len(said) > 20
    for page, command, rest in said:
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
            assert option in options[command], f"{page.name}: tradeledger {command} has no {option}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_its_page(rule):
    page = (ROOT / f"docs/rules/{rule.id}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {rule.id}\n")
    assert " ".join(rule.statement.split()) in " ".join(page.split())
    assert rule.severity in page


def test_no_page_of_a_rule_that_is_none():
    assert {page.stem for page in (ROOT / "docs/rules").glob("*.md")} - {"index"} == {rule.id for rule in RULES}


def test_every_source_has_its_page():
    assert {page.stem for page in (ROOT / "docs/sources").glob("*.md")} - {"index"} == set(load_sources())
    for source_id in load_sources():
        assert (ROOT / f"docs/sources/{source_id}.md").read_text(encoding="utf-8").startswith(f"# {source_id}\n")
        assert f"`{source_id}`" in CHANGELOG


def reference() -> ModuleType:
    """What writes the pages that follow from the code."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / ".ci/reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says():
    """Commands, fields, settings, views, rules and sources: each page as it is written from the code."""
    pages = reference().pages()
    assert len(pages) > len(RULES)
    stale = [path.relative_to(ROOT).as_posix() for path, text in pages.items() if path.read_text("utf-8") != text]
    assert not stale, "these pages no longer say what the code does: uv run .ci/reference.py"


def test_every_command_and_setting_has_its_place():
    """In the pages that are written from the code, which would be equal without, too."""
    commands = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)$", commands, re.MULTILINE) == list(COMMANDS)
    for name, command in PARTS.items():
        part = commands.split(f"\n## {name}\n")[1].split("\n## ")[0]
        missing = [word for one in command.params for word in one.opts if word.startswith("--") and word not in part]
        assert not missing, name
    fields = (ROOT / "docs/reference/fields.md").read_text(encoding="utf-8")
    answers = {name for name, command in PARTS.items() if any("--format" in one.opts for one in command.params)}
    assert answers == set(re.findall(r"^(?:## |`)([a-z]+)\b", fields, re.MULTILINE))
    settings = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    for model, prefix in ((Settings, ""), (SourceSettings, "SOURCES__<ID>__"), (FetchSettings, "FETCH__")):
        for name in set(model.model_fields) - {"sources", "fetch"}:
            assert f"| `TRADELEDGER_{prefix}{name.upper()}` |" in settings
    for name, default in FetchSettings():
        assert f"| `TRADELEDGER_FETCH__{name.upper()}` | `{default}` |" in settings


def test_every_page_has_its_place_in_the_site():
    """Whoever adds a page names it in mkdocs.yml; the site itself is built by .ci/run."""

    def named(part: object) -> Iterator[str]:
        if isinstance(part, str):
            yield part
        else:
            for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
                yield from named(one)

    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = list(named(site["nav"]))
    assert sorted(pages) == sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))
    # Nothing is fetched by who reads it, and the successor of its theme knows these plugins.
    assert site["theme"]["font"] is False
    assert site["plugins"] == ["search", "offline"]
    assert not re.search(r"https?://", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def test_every_column_of_the_tidy_csv_is_documented():
    from sources.shared.tables.tidy import COLUMNS, REQUIRED

    page = (ROOT / "docs/tidy-csv.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no)", page, re.MULTILINE))
    assert list(rows) == list(COLUMNS)
    assert {name for name, required in rows.items() if required == "yes"} == set(REQUIRED)
    assert all(f"`{flow}`" in page for flow in FLOWS)


def test_the_example_of_the_tidy_csv_holds(tmp_path, capsys):
    page = (ROOT / "docs/tidy-csv.md").read_text(encoding="utf-8")
    file = tmp_path / "example.csv"
    file.write_text(page.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    assert run(["check", str(file), "--strict"]) == 0
    assert "4 figures" in capsys.readouterr().out


def collected(source: str, *files: str) -> steps.Collected:
    """What ``tradeledger collect`` and ``ingest`` do, without Prefect's server."""
    done = steps.collected(steps.Job(source, load_settings()), steps.Asked(files))
    assert isinstance(done, steps.Collected)
    return done


def found(name: str) -> object:
    """What a dotted name is, its module imported: ``storage.ledger.Ledger.open``; raises where there is none."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        with contextlib.suppress(ModuleNotFoundError):
            thing: object = importlib.import_module(".".join(parts[:length]))
            for part in parts[length:]:
                thing = inspect.getattr_static(thing, part)
            return thing
    raise AssertionError(f"docs/inside.md names {name}, which is no module of ours")


def test_what_inside_names_exists():
    """No word stands there as code that is not a name, a path, a table, a field or a command of today."""
    tables = set(re.findall(r'__tablename__ = "(\w+)"', (ROOT / "storage/database/models.py").read_text("utf-8")))
    for word in dict.fromkeys(re.findall(r"`([^`]+)`", INSIDE)):
        if word.startswith("tradeledger "):
            assert word.split()[1] in COMMANDS
        elif "/" in word or word.endswith((".py", ".md")):
            assert (ROOT / word).exists() or list(ROOT.glob(f"*/{word}")), f"docs/inside.md names {word}"
        elif re.fullmatch(r"--[a-z-]+", word):
            assert any(word in parameter.opts for parameter in PARTS["show"].params)
        elif "." in word:
            assert found(word) is not None
        else:
            assert word in tables | {*FIELDS, "SOURCE"}, f"docs/inside.md names {word}"


def test_the_readers_that_a_source_is_told_of_exist():
    """Every name of the table of shared readers is a file or is defined in sources/shared."""
    page = (ROOT / "docs/adding-a-source.md").read_text(encoding="utf-8")
    table = page.split("| shared readers |\n")[1].split("\n\n")[0]
    files = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "sources").rglob("*.py")}
    code = "\n".join(path.read_text(encoding="utf-8") for name, path in files.items() if "/shared/" in name)
    named = re.findall(r"`([^`]+)`", table)
    assert len(named) > 8
    for name in named:
        if name.endswith(".py"):
            assert any(path.endswith(f"/{name}") for path in files), name
        elif "/" in name:
            assert (ROOT / name).is_dir(), name
        else:
            last = name.rpartition(".")[2]
            assert re.search(rf"^ *(?:def|class) {last}\b|^{last}\b.* = ", code, re.MULTILINE), name


def entered(work: Callable[[], object]) -> list[object]:
    """The code of every function that ``work`` enters, in the order of their first times."""
    seen: dict[object, None] = {}

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            seen.setdefault(frame.f_code)

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return list(seen)


@pytest.mark.parametrize("section", ["One figure's way", "One question's way"])
def test_inside_tells_the_way_as_it_is(section, capsys):
    """The functions of its lists are entered in that order."""
    said = re.findall(r"^(?:\d\.| ) .*$", INSIDE.split(f"## {section}\n")[1].split("\n## ")[0], re.MULTILINE)
    names = [name for name in re.findall(r"`([\w.]+)`", "\n".join(said)) if name.count(".") > 1]
    things = {name: found(name) for name in names}
    things = {name: getattr(thing, "func", getattr(thing, "__func__", thing)) for name, thing in things.items()}
    codes = {name: inspect.unwrap(thing).__code__ for name, thing in things.items() if hasattr(thing, "__code__")}
    assert len(codes) > 10
    if section == "One figure's way":
        way = entered(lambda: collected("bulletins"))
    else:
        collected("bulletins")
        way = entered(lambda: run(["show", "--reporter", "USA", "--period", "2021-05"]))
    places = {name: way.index(code) if code in way else None for name, code in codes.items()}
    assert [name for name, place in places.items() if place is None] == []
    assert sorted(places, key=lambda name: places[name] or 0) == list(places)


def test_the_readme_shows_it_working_at_once():
    first = README.splitlines()[:45]
    assert "$ pip install uv && uv run tradeledger collect" in first[:8]
    assert "  2019 cultural products: 111.45 = 99.89 + 11.57 within rounding" in first


def test_the_readme_shows_no_accident():
    assert not re.search(r"Traceback|/tmp/|\x1b", README)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not re.match(r"https?://|#|mailto:", target):
            assert (page.parent / target.partition("#")[0]).exists(), f"{page.name} links to {target}"


def test_the_changelog_keeps_its_form():
    assert CHANGELOG.startswith("# Changelog\n")
    assert "https://keepachangelog.com/en/1.1.0/" in CHANGELOG
    versions = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - (Unreleased|\d{4}-\d\d-\d\d)", said) for said in versions)
    project = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert project
    assert versions[0].startswith(f"[{project[1]}]")
    kinds = re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)
    assert kinds
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert all(f"`{command}`" in CHANGELOG for command in COMMANDS)
