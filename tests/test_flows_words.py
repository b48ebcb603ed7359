"""Words of a page: what a source prints is the characters it is, an address can be copied, a figure is read."""

from __future__ import annotations

import pytest

from flows.page import addresses
from flows.page.words import escaped, printed, would_fit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("timed out; try: https://a.b/c?x=1&y=2", "timed out; try: `https://a.b/c?x=1&y=2`"),
        ("(https://a.b/x_y|z). <b>", "(`https://a.b/x_y%7Cz`). &lt;b&gt;"),
        ("[x](http://a.b)", r"\[x\](`http://a.b`)"),
        ("ftp://a, www.b.c and mailto:d@e.f!", "`ftp://a`, `www.b.c` and `mailto:d@e.f`!"),
        ("`http://a`b", r"\``http://a`\`b"),
        ("'[x](http://a.b)' is none", r"'\[x\](`http://a.b`)' is none"),
        ("http: is none", "http: is none"),
    ],
)
def test_an_address_is_shown_as_it_is(text: str, shown: str) -> None:
    """No sign is put into it, it becomes no link, and all else is text."""
    assert escaped(text) == shown


def test_only_an_address_of_the_web_is_linked() -> None:
    assert addresses.link("a [b]", "https://x.y/z") == r"[a \[b\]](<https://x.y/z>)"
    for address in ("", "javascript:alert(1)", "https://x.y/> <b>", "https://x.y/)"):
        assert addresses.link("words", address) == "words"


def test_where_a_figure_would_fit() -> None:
    assert would_fit({"low": "99870000000", "high": "99890000000"}) == "99.87–99.89 bn"
    assert would_fit({"low": "999000000", "high": "1001000000"}) == "999 mn – 1.001 bn"
    assert would_fit({"low": "", "high": "5"}) == "anything – 5"
    assert would_fit({"low": "5", "high": "5"}) == "5"
    assert printed("99800000000", "10000000") == "99.80 bn"
    assert printed("", "") == ""
