"""A finding is the same while rule, block, release and figures are, whatever its words, and whoever wrote them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from decided import DECIDED, KINDS, collect, document, make
from sqlalchemy import text
from test_pins import FINDING

from schemas.figures import unpadded
from storage import queries
from storage.ledger import Ledger
from storage.publish.findings import Known, _key, _met_again


def test_words_of_an_earlier_version_end_nothing(tmp_path):
    """As an upgrade finds them: the same contradictions in other words, with other suspects."""
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger:
        make(ledger)
        before = [row["left"] for row in queries.findings(ledger)]
        with ledger.writing() as conn:
            said = "UPDATE finding SET sentence = 'it was said so: ' || id, suspects = '[]' WHERE rule <> 'unit'"
            conn.execute(text(said))
            conn.execute(text("UPDATE finding SET fingerprint = sentence WHERE rule <> 'unit'"))
        for kind in KINDS:
            for reporter in DECIDED:
                assert list(collect(ledger, document(kind, reporter, "2020-01-15"), version=2).findings) == [], kind
        assert [row["left"] for row in queries.findings(ledger)] == before
        assert not [
            row
            for row in queries.findings(ledger, all_=True, history=True)
            if row["ended"] == "rejudged" and row["result"] == "fails"
        ]


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"sentence": "2019: 20 and not 10"}, True),
        ({"left": "20.0"}, True),
        ({"position": "row 3, column 10", "document": "cd" * 32, "severity": "warning"}, True),
        ({"left": "21"}, False),
        ({"right": "11"}, False),
        ({"released": "2020-01-16"}, False),
        ({"rule": "balance"}, False),
        ({"block": "trade/CHN/WLD/total/_T/2019/CNY"}, False),
    ],
)
def test_what_makes_a_finding_the_same(changed, same):
    other = replace(FINDING, **changed)
    assert (_key(FINDING, 0, 1) == _key(other, int(other.released != FINDING.released), 2)) is same


def test_two_findings_of_the_same_figures_are_two():
    """Exports and imports that grew by 5 % without a base: their words tell them apart, while they can."""
    key = ("growth", "b", "2019", "not evaluable", "5", "", 1, "")
    exports, imports = Known(1, key, "exports", None), Known(2, key, "imports", None)
    assert _met_again([(key, "imports"), (key, "exports")], [exports, imports]) == [imports, exports]
    assert _met_again([(key, "imports")], [exports, imports]) == [imports]
    assert _met_again([(key, "of imports"), (key, "a third"), (key, "a fourth")], [exports, imports])[2] is None
    settled, gone = replace(exports, why="accepted"), replace(imports, id=3, why="rejudged")
    assert _met_again([(key, "other words")], [settled]) == [settled]
    assert _met_again([(key, "other words")], [settled, gone]) == [None]
    assert _met_again([(key, "exports")], [gone]) == [None]


@pytest.mark.parametrize(
    ("text", "plain"), [("8.0", "8"), ("-0.50", "-0.5"), ("100", "100"), ("1.5 or 2.0", "1.5 or 2.0"), ("v1.0", "v1.0")]
)
def test_decimal_strings_of_one_number(text, plain):
    assert unpadded(text) == plain
