"""The documentation keeps up: commands, rules, sources, settings, links, the changelog, what the README shows."""

import re
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from cli.collecting import tell
from cli.main import app, run
from flows import steps
from schemas.rules import RULES
from schemas.settings import FetchSettings, Settings, SourceSettings, load_settings
from schemas.vocabulary import FLOWS
from sources.registry import load_sources

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
INDEX = (ROOT / "docs/index.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


def test_all_pages_are_found():
    assert len(PAGES) > len(RULES) + len(load_sources())
    assert len(COMMANDS) > 10


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    assert re.search(rf"^\| `{command}[ `]", INDEX, re.MULTILINE), f"docs/index.md has no row for {command}"


def test_no_command_is_documented_that_is_none():
    named = set(re.findall(r"^\| `([a-z]+)[^`]*` \|", INDEX, re.MULTILINE))
    assert named == set(COMMANDS)


def test_options_of_the_documents_exist():
    options = {
        name: {word for parameter in command.params for word in parameter.opts}
        for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
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
    assert {page.stem for page in (ROOT / "docs/rules").glob("*.md")} == {rule.id for rule in RULES}


def test_every_source_has_its_page():
    assert {page.stem for page in (ROOT / "docs/sources").glob("*.md")} == set(load_sources())
    for source_id in load_sources():
        assert (ROOT / f"docs/sources/{source_id}.md").read_text(encoding="utf-8").startswith(f"# {source_id}\n")
        assert f"`{source_id}`" in CHANGELOG


def names(model: type[BaseModel], prefix: str) -> set[str]:
    return {prefix + name.upper() for name in model.model_fields}


def test_every_setting_is_documented_with_its_default():
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    expected = names(Settings, "TRADELEDGER_") - {"TRADELEDGER_SOURCES", "TRADELEDGER_FETCH"}
    expected |= names(SourceSettings, "TRADELEDGER_SOURCES__<ID>__") | names(FetchSettings, "TRADELEDGER_FETCH__")
    assert set(re.findall(r"^\| `(TRADELEDGER_\S+)` \|", page, re.MULTILINE)) == expected
    for name, default in FetchSettings():
        assert f"| `TRADELEDGER_FETCH__{name.upper()}` | `{default}` |" in page


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
    job = steps.Job(source, load_settings())
    documents = steps.read_files(job, files) if files else steps.fetch(job)
    steps.archive(job, documents)
    return steps.publish(job, steps.validate(job, documents, steps.parse(job, documents)))


def test_the_readme_shows_what_is_printed(tmp_path, monkeypatch, capsys):
    """Every table and sentence of the README, letter by letter, as a newcomer sees them who types it line by line."""
    # A terminal without colours, as wide as the README.
    for name, value in {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "116", "LINES": "50"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    typed = re.findall(r"^    \$ (.*)\n((?:(?!    \$ )    .*\n|\n(?=    (?!\$)))*)", README, re.MULTILINE)
    shown = {command: re.sub(r"^ {4}", "", said, flags=re.MULTILINE) for command, said in typed}
    (tmp_path / "culture.csv").write_text(shown.pop("cat culture.csv"), encoding="utf-8")
    tell(collected("bulletins"))
    assert capsys.readouterr().out == README.split("```\n")[1]
    assert len(shown) >= 6
    for command, said in shown.items():
        if command.startswith("uv run tradeledger findings"):
            assert collected("table", "culture.csv").run.id == 2
        assert run(command.removeprefix("uv run tradeledger ").split()) == (3 if " check " in command else 0)
        assert capsys.readouterr().out == said, command


def test_the_readme_shows_it_working_at_once():
    first = README.splitlines()[:45]
    assert "    pip install uv && uv run tradeledger collect" in first[:8]
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
