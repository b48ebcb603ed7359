"""Series of the UK balance of payments by their identifiers, and what their labels and tables must say of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemas.errors import ParseError
from sources.shared.series_tables import Series, without_notes
from sources.shared.word_lists import read_words

if TYPE_CHECKING:
    from sources.shared.readout import Readout

#: Their series identifier → product, flow, measure, and a word its label must have.
SERIES = {identifier: tuple(said) for identifier, *said in read_words("uk_balance_series")}
#: Which of them are not seasonally adjusted.
RAW = frozenset(("LQCT", "KTMS", "KTMY"))
#: Rows that are not about trade in goods and services.
IGNORED = re.compile(
    r"income|compensation|government|sectors|current balance|capital balance|investment|derivatives|reserve assets|"
    r"net financial transactions|errors and omissions|^total$|current account|capital account|financial account|"
    r"transfers|net lending|non-produced|other debits|other credits",
    re.IGNORECASE,
)
#: Tables that are not: their series are ignored, whatever they are called.
OTHERS = re.compile(r"income account|capital account|financial account|investment position", re.IGNORECASE)
#: A word that the label of goods alone, or of services alone, must not have.
OTHER_PRODUCT = {"goods": "services", "services": "goods"}
UNITS = {"million": "GBP million", "billion": "GBP billion"}
_SHARE = re.compile(r"per ?cent(age)?\)|\(%\)|per ?cent(age)? of gdp", re.IGNORECASE)
POUNDS = re.compile(r"£ ?(million|billion)", re.IGNORECASE)


def ignored(series: Series) -> bool:
    """Whether a series that is not read is known for something else."""
    return bool(IGNORED.search(without_notes(series.label)) or OTHERS.search(series.title))


def unit_of(series: Series, table: str, title: str, readout: Readout) -> str:
    """The unit of a table: its own title says it, or its sheet; two different ones are a finding."""
    name = readout.document.name
    if _SHARE.search(series.title):
        return "%"
    said = sorted({word.lower() for word in POUNDS.findall(f"{series.title} {series.about}")})
    if title.lower() not in f"{series.about} {series.title}".lower() or not said:
        raise ParseError(f"{name}, table {table}: {series.about[:80]!r}, expected {title!r} in £ million")
    sentence = f"{name}, table {table} says £ {' and £ '.join(said)}: refusing to guess"
    if len(said) > 1 and all(notice.sentence != sentence for notice in readout.notices):
        readout.notice("unit", sentence)
    return UNITS[said[-1]]


def adjusted(series: Series) -> bool | None:
    """Whether its heading, else its sheet, says that a series is seasonally adjusted; None where both are said."""
    for text in (series.title.lower(), series.about.lower()):
        if "seasonally" in text:
            said = set(re.findall(r"(not |non-|un)?seasonally", text))
            return None if len(said) > 1 else said == {""}
    return True


def fault_of(series: Series, unit: str) -> str:
    """Why the figures of a series cannot be read; "" where they can."""
    said, known, said_so = without_notes(series.label), SERIES.get(series.identifier), adjusted(series)
    if not series.identifier:
        return f"{series.label!r} has no series identifier"
    if known is None:
        return "an unknown row; see docs/sources/ons.md"
    if said_so is not None and said_so == (series.identifier in RAW):
        return f"it stands under {'seasonally adjusted' if said_so else 'not seasonally adjusted'!r}"
    if not re.search(known[3], said) or OTHER_PRODUCT.get(known[0], "\0") in said:
        return f"expected {known[3]!r}; see docs/sources/ons.md"
    if (known[2] == "share") != (unit == "%") and (unit == "%" or POUNDS.search(series.title)):
        return f"its table is in {unit}, expected a {'percentage' if known[2] == 'share' else 'figure in £ million'}"
    return ""
