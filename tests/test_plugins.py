"""Sources of other packages: the example of the docs, whole; and packages that bring nothing good."""

from __future__ import annotations

import runpy
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from test_cli_reading import rows

from cli.main import run
from cli.shared.completing import completed
from flows import steps
from schemas.errors import UsageError
from schemas.settings import load_settings
from sources import plugins, registry
from sources.registry import find_source, load_own, load_sources

EXAMPLE = Path(__file__).parents[1] / "docs" / "plugin-source"
GOOD = (EXAMPLE / "tradeledger_example.py").read_text(encoding="utf-8")
BAD = GOOD.replace('"example"', '"bad"').replace('"example-trade"', '"bad-trade"')


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(registry, "_TOLD", set())
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if name.startswith(("tradeledger_example", "bad_")):
            del sys.modules[name]


def install(site: Path, package: str, points: str, **modules: str) -> None:
    """What an installer leaves of a package: its modules, its metadata."""
    info = site / f"{package.replace('-', '_')}-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0.0\n")
    (info / "entry_points.txt").write_text(f"[{plugins.GROUP}]\n{points}\n")
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text)


def install_example(site: Path) -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))
    ((name, value),) = project["project"]["entry-points"][plugins.GROUP].items()
    for file in project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]:
        shutil.copy(EXAMPLE / file, site)
    install(site, project["project"]["name"], f"{name} = {value}")


@pytest.fixture
def answer(site: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The example, installed, and an answer of its agency."""
    install_example(site)
    monkeypatch.syspath_prepend(str(EXAMPLE))
    return str(runpy.run_path(str(EXAMPLE / "test_tradeledger_example.py"))["ANSWER"])


def test_the_example_is_collected_from(
    answer: str, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/trade/monthly.csv").respond_with_data(answer, content_type="text/csv")
    monkeypatch.setenv("TRADELEDGER_SOURCES__EXAMPLE__BASE_URL", httpserver.url_for("").rstrip("/"))
    done = steps.collected(steps.Job("example", load_settings()), steps.Asked())
    assert isinstance(done, steps.Collected)
    assert done.run.outcome == "published"
    shown = rows(capsys, "show", "--source", "example")
    assert [(one["flow"], one["value"]) for one in shown] == [
        ("B", "3689200000"),
        ("M", "18456100000"),
        ("X", "22145300000"),
    ]
    assert "example" in {one["id"] for one in rows(capsys, "sources")}
    assert "example" in completed("any source")("ex")


def test_the_example_is_checked_and_tells_its_documents_from_others(
    answer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "monthly.csv").write_text(answer)
    assert run(["check", "--source", "example", str(tmp_path / "monthly.csv")]) == 0
    assert run(["check", "--source", "gacc", str(tmp_path / "monthly.csv")]) == 1
    assert "tradeledger ingest example" in capsys.readouterr().err


def test_the_tests_of_the_example_pass(answer: str) -> None:
    tests = runpy.run_path(str(EXAMPLE / "test_tradeledger_example.py"))
    names = [name for name in tests if name.startswith("test_")]
    assert len(names) == 3
    for name in names:
        for mark in getattr(tests[name], "pytestmark", []):
            for value in mark.args[1]:
                tests[name](value)
        if not hasattr(tests[name], "pytestmark"):
            tests[name]()


@pytest.mark.parametrize(
    ("points", "text", "said"),
    [
        ("bad = bad_one:SOURCE", "import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("bad = bad_one:SOURCE", "raise SystemExit('out of here')\n", "SystemExit: out of here"),
        ("bad = bad_one:SOURCE", "raise ValueError('a\\nb\\x1b[2J')\n", "a b"),
        ("bad = bad_one:SOURCE", "SOURCE = 1\n", "bad_one:SOURCE is a int, expected a Source with the id 'bad'"),
        ("bad = bad_one:SOURCE", GOOD, "bad_one:SOURCE is a source 'example', expected a Source with the id 'bad'"),
        ("bad = bad_one:GONE", GOOD, "AttributeError"),
        *(
            ("bad = bad_one:SOURCE", BAD.replace(*change), said)
            for change, said in {
                ('"https://agency.example"', "None"): "its base_url is None, expected text",
                ("parse=parse", "parse=None"): "its parse is None, expected a function",
                ("requests=requests", "requests=[]"): "its requests is [], expected a function",
                ("Dataset(DATASET,", "dict(id=DATASET,"): "its datasets are not all a Dataset",
            }.items()
        ),
        ("Bad-Name = bad_one:SOURCE", GOOD, "expected a name of lower-case letters, digits and underscores"),
        ("ft900 = bad_one:SOURCE", GOOD.replace('"example"', '"ft900"'), "tradeledger has a source of that name"),
        (
            "bad = bad_one:SOURCE",
            GOOD.replace('"example"', '"bad"').replace('"example-trade"', '"ft900-goods-services"'),
            "its dataset 'ft900-goods-services' is declared by 'ft900' already",
        ),
    ],
)
def test_a_bad_one_is_one_line_and_takes_no_other_down(
    points: str, text: str, said: str, answer: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(site, "bad-package", points, bad_one=text)
    own, found = load_own(), load_sources()
    assert set(found) == {*own, "example"}
    assert all(found[name].parse is own[name].parse for name in own)
    line = capsys.readouterr().err
    name = points.partition(" ")[0]
    assert line.startswith(f"tradeledger: source {name!r} of bad-package 1.0.0 is left out: ")
    assert said in line
    assert line.count("\n") == 1
    assert "\x1b" not in line
    assert set(load_sources()) == set(found)
    assert capsys.readouterr().err == ""  # said once
    if name not in own:
        with pytest.raises(UsageError, match="is left out"):
            find_source(name)
    assert find_source("example").title == "Monthly trade in goods"


def test_one_that_stumbles_over_the_document_of_another_leaves_it_to_that(
    answer: str, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    greedy = BAD.replace("    return content.", "    raise UnicodeError\n    return content.")
    install(site, "bad-package", "bad = bad_one:SOURCE", bad_one=greedy)
    assert "bad" in load_sources()
    (tmp_path / "monthly.csv").write_text(answer)
    assert run(["check", "--source", "gacc", str(tmp_path / "monthly.csv")]) == 1
    assert "tradeledger ingest example" in capsys.readouterr().err


def test_of_two_packages_with_one_name_neither_is_taken(
    answer: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(site, "bad-package", "example = bad_one:SOURCE", bad_one=GOOD)
    assert set(load_sources()) == set(load_own())
    assert "2 packages bring one of that name" in capsys.readouterr().err
    with pytest.raises(UsageError, match="2 packages"):
        find_source("example")


def test_a_file_that_is_no_list_leaves_our_own(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(site, "bad-package", "no list at all")
    assert set(load_sources()) == set(load_own())
    said = capsys.readouterr().err
    assert said.count("\n") <= 1
    assert not said or said.startswith("tradeledger: no source of other packages is found: ")


def test_our_own_are_found_without_looking_through_other_packages(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(**_: str) -> None:
        raise AssertionError("looked through all packages")

    monkeypatch.setattr(plugins, "entry_points", none)
    assert find_source("ft900").id == "ft900"
