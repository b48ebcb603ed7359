"""Sources are found by their modules; what is shipped is what was printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from schemas.documents import Document
from schemas.errors import DeclarationError, ParseError, UsageError
from schemas.observations import OBSERVATIONS
from sources.registry import check_origin, find_source, likely_source, load_own, load_sources
from tests import payloads

ONE = """
from schemas.datasets import Dataset
from sources.source import Source
SOURCE = Source({!r}, '', '', '', '', '', ({}), print)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An empty package of sources."""
    module = ModuleType(f"sources_{tmp_path.name.replace('-', '_')}")
    module.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def write(package: ModuleType, name: str, text: str) -> None:
    (Path(package.__path__[0]) / f"{name}.py").write_text(text)


def test_every_source_says_who_and_how() -> None:
    found = load_sources()
    assert {"bulletins", "table"} <= set(found)
    for source_id, source in found.items():
        assert source.id == source_id
        assert source.title
        assert source.publisher
        assert source.licence
        assert source.cadence
        assert bool(source.requests) == bool(source.base_url and source.landing_page), source_id


def test_unknown_source_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"expected one of .*bulletins"):
        find_source("ft90")


def test_a_module_is_a_source_by_its_name(package: ModuleType) -> None:
    write(package, "one", ONE.format("one", ""))
    write(package, "helper", "x = 1\n")
    assert list(load_own(package)) == ["one"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"one": ONE.format("other", "")}, "expected a Source with the id of its module, 'one'"),
        ({"one": "SOURCE = 1\n"}, "'int'"),
        ({"one": "import no_such_module\n"}, "cannot be imported"),
        (
            {"one": ONE.format("one", "Dataset('d'),"), "two": ONE.format("two", "Dataset('d'),")},
            "'d' is declared by both",
        ),
    ],
)
def test_nothing_starts_with_half_of_its_sources(package: ModuleType, files: dict[str, str], says: str) -> None:
    for name, text in files.items():
        write(package, name, text)
    with pytest.raises(DeclarationError, match=says):
        load_own(package)


def test_loading_sources_is_light() -> None:
    code = "import sys; from sources.registry import load_sources; load_sources(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "pandera", "lxml", "requests", "prefect"} & set(loaded)


def test_bulletins_are_shipped_and_readable() -> None:
    source = find_source("bulletins")
    assert source.bundled is not None
    rows = []
    for document in source.bundled():
        parsed = source.parse(document)
        assert not parsed.unreadable
        OBSERVATIONS.validate(parsed.readings, lazy=True)
        assert (parsed.readings["cite"] != "").all()
        assert set(parsed.readings["dataset"]) <= {dataset.id for dataset in source.datasets}
        rows.append((document.name, len(parsed.readings)))
    assert rows == [
        ("china-cultural-trade-2022-07-07.csv", 26),
        ("us-trade-goods-services-2021-07-02.csv", 15),
        ("us-trade-goods-services-2022-04-05.csv", 36),
    ]


def test_bulletins_show_a_real_revision_and_two_printings() -> None:
    source = find_source("bulletins")
    assert source.bundled is not None
    china, before, after = (source.parse(document).readings for document in source.bundled())
    seen = [
        frame.loc[(frame["flow"] == "B") & (frame["period"] == "2021-01"), "text"].item() for frame in (before, after)
    ]
    assert seen == ["-67,092", "-65,124"]
    twice = china[(china["product"] == "cultural-services") & (china["flow"] == "T") & (china["period"] == "2021")]
    assert twice[["qualifier", "text"]].values.tolist() == [["=", "124.4"], [">", "100"]]


@pytest.mark.parametrize("source_id", load_sources())
def test_every_source_has_its_page_and_its_test(source_id: str) -> None:
    root = Path(__file__).parents[1]
    page = (root / "docs" / "sources" / f"{source_id}.md").read_text()
    assert page.startswith(f"# {source_id}\n")
    if load_sources()[source_id].requests:
        assert (root / "tests" / f"test_source_{source_id}.py").is_file()


TIDY = b"dataset,reporter,flow,period,value,unit\nd,CHN,X,2019,1,USD\n"
FILES = {**{name: make() for name, (make, _) in payloads.GOOD.items()}, "table": TIDY}


@pytest.mark.parametrize("fed_to", [name for name in load_sources() if name != "bulletins"])
@pytest.mark.parametrize("made_by", FILES)
def test_a_file_of_another_source_is_refused_with_its_likely_id(made_by: str, fed_to: str) -> None:
    assert likely_source(FILES[made_by]) == made_by
    document = Document(fed_to, FILES[made_by], "file.bin")
    if made_by == fed_to:
        check_origin(document)
    else:
        with pytest.raises(ParseError, match=f"tradeledger ingest {made_by} file.bin"):
            check_origin(document)


def test_what_no_source_knows_is_left_to_the_parser_to_refuse() -> None:
    assert likely_source(b"") is None
    assert likely_source(b"\0\1") is None
    check_origin(Document("gacc", b"%PDF-1.7", "file.pdf"))
