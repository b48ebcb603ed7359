"""A small answer of the agency, and answers that must be refused."""

from __future__ import annotations

import pytest
from tradeledger_example import SOURCE, recognise

from schemas.documents import Document
from schemas.errors import ParseError

HEADER = "month,direction,million_chf,published\n"
ANSWER = f"""{HEADER}2026-08,exports,22145.3,2026-09-18
2026-08,imports,18456.1,2026-09-18
2026-08,balance,3689.2,2026-09-18
"""


def read(text: str):
    """What the parser makes of an answer."""
    return SOURCE.parse(Document("example", text.encode(), "monthly.csv"))


def test_a_month_is_read_as_printed():
    readings = read(ANSWER).readings
    assert recognise(ANSWER.encode())
    assert readings["mantissa"].tolist() == [221453, 184561, 36892]
    assert readings["exponent"].tolist() == [5, 5, 5]
    assert set(readings["flow"]) == {"X", "M", "B"}
    assert set(readings["released"]) == {"2026-09-18"}


def test_a_word_that_nobody_knows_is_listed():
    parsed = read(ANSWER.replace("exports", "re-exports"))
    assert len(parsed.readings) == 2
    assert "re-exports" in str(parsed.unreadable[0])


@pytest.mark.parametrize("answer", ["", "<html>maintenance</html>", HEADER, ANSWER.replace("million_chf", "chf")])
def test_another_shape_is_refused(answer: str):
    with pytest.raises(ParseError):
        read(answer)
