"""Every command of every page is run as written, and what the page shows is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shell import Shell, blocks, follow, look_up

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWING = [
    page for page in PAGES if any(one.kind in ("bash", "console", "python") for one in blocks(page.read_text("utf-8")))
]
NAMES = [page.relative_to(ROOT).as_posix() for page in SHOWING]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept") / "collected"


@pytest.mark.parametrize("page", SHOWING, ids=NAMES)
def test_what_a_page_shows_is_what_happens(page, tmp_path, monkeypatch, kept):
    follow(page, Shell(tmp_path, monkeypatch, kept))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_command_stands_elsewhere(page):
    """What is typed is in a block that is run: not indented, not in a fence of another kind."""
    text = page.read_text(encoding="utf-8").partition("<!-- From here on written")[0]
    for block in blocks(text):
        if block.kind not in ("bash", "console", "python"):
            assert not re.search(r"^(\$ |uv run |tradeledger )", block.body, re.MULTILINE), block.body
    prose = re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.findall(r"^ {4,}(?:\$ |uv run |tradeledger |export ).*", prose, re.MULTILINE)


def test_what_is_not_run_is_looked_up(tmp_path, monkeypatch, kept):
    """The shell of these tests itself: it refuses what it would not notice."""
    shell = Shell(tmp_path, monkeypatch, kept)
    page = tmp_path / "page.md"
    for wrong in (
        "```console\n$ tradeledger rules --format csv\nid,statement\n```\n",
        "```bash\ntradeledger show --reporter\n```\n",
        "<!-- not run: needs a server -->\n```bash\nuv run tradeledger up --prot 4\n```\n",
        "<!-- not run: needs a server -->\n```bash\nuv run tradeledger upp\n```\n",
        "```bash\nuv run tradeledger up --port 4300\n```\n",
        "```bash\ntradeledger collect ft900\n```\n",
        "```bash\ncurl https://example.org\n```\n",
        "```python\n1 / 0\n```\n",
    ):
        page.write_text(wrong, encoding="utf-8")
        with pytest.raises(
            Exception, match=r"rules|reporter|no command upp|tradeledger (up|collect)|--prot|curl|division"
        ):
            follow(page, shell)
    assert look_up("X=1 uv run tradeledger up --port 4 && tradeledger show > file") == 2
