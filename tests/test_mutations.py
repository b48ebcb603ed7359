"""Mutants of every source's document: none publishes a figure that the page does not print, none loses one silently."""

from __future__ import annotations

import random
import re
import time
import zlib
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from schemas.documents import Document, Parsed
from schemas.errors import TradeledgerError
from schemas.observations import OBSERVATIONS
from sources.registry import load_sources
from tests import mutations, payloads
from tests.demands import HEAVY

TABLE = (Path(__file__).parent.parent / "sources/figures/china-cultural-trade-2022-07-07.csv").read_bytes()
#: Source and name of a document → its kind and its bytes.
DOCUMENTS: Final = {
    ("table", "tidy.csv"): ("csv", TABLE),
    ("ft900", "exh1.xlsx"): ("xlsx", payloads.ft900()),
    ("gacc", "headline.html"): ("html", payloads.gacc_headline()),
    ("gacc", "country.html"): ("html", payloads.gacc_country()),
    ("ons", "bop.xlsx"): ("xlsx", payloads.ons()),
    ("safe", "trade.xlsx"): ("xlsx", payloads.safe()),
    ("worldbank", "page.json"): ("json", payloads.worldbank()),
}
CASES = [
    pytest.param(source, name, mutator, id=f"{name}-{mutator}")
    for (source, name), (kind, _) in DOCUMENTS.items()
    for mutator in mutations.mutators(kind)
]
#: Mutants of each document, of all mutators together.
EACH: Final = 500 if HEAVY else 40
#: Seconds that reading a mutant may take; it takes some hundredths.
LONGEST: Final = 10
_CELL: Final = ("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "unit", "period")


def read(source: str, name: str, content: bytes) -> Parsed | str:
    """What a parser makes of a document, or its error; nothing else may happen."""
    try:
        parsed = load_sources()[source].parse(Document(source, content, name, released="2026-05-01"))
    except TradeledgerError as error:
        return str(error)
    OBSERVATIONS.validate(parsed.readings, lazy=True)
    return parsed


def figures(parsed: Parsed, *names: str) -> set[tuple[Any, ...]]:
    """What the readings say of each cell (``names``), and their figures."""
    frame = parsed.readings
    columns: list[list[Any]] = [frame[name].astype(str).tolist() for name in names]
    absent, mantissas = frame["mantissa"].isna(), frame["mantissa"].fillna(0)
    printed = zip(absent, mantissas, frame["exponent"], strict=True)
    # Without names, of figures that were moved, only their digits: the unit is that of the place.
    said = ["" if none else str(int(m) * 10 ** (int(p) + 40)) if names else f"{m}".strip("0") for none, m, p in printed]
    return set(zip(*columns, said, strict=True))


@cache
def original(source: str, name: str) -> Parsed:
    parsed = read(source, name, DOCUMENTS[source, name][1])
    assert isinstance(parsed, Parsed)
    assert len(parsed.readings) > 7
    return parsed


@pytest.mark.parametrize(("source", "name", "mutator"), CASES)
def test_mutants(source, name, mutator):
    kind, content = DOCUMENTS[source, name]
    before = original(source, name)
    several = mutations.mutators(kind)
    keeps, mutate = several[mutator]
    names = _CELL if keeps == mutations.PLACED else ()
    true, told = figures(before, *names), len(before.unreadable) + len(before.notices)
    if keeps == mutations.MOVED:
        true |= {(digits,) for digits in mutations.printed(kind, content)}
    left_out = False
    for seed in range(1 + EACH // len(several)):
        mutant = mutate(random.Random(zlib.crc32(f"{name} {mutator} {seed}".encode())), content)
        began = time.monotonic()
        parsed = read(source, name, mutant)
        assert time.monotonic() - began < LONGEST
        if isinstance(parsed, str):
            assert re.search(r"\w", parsed)
            continue
        said = figures(parsed, *names)
        assert said <= true, (seed, said - true)
        lost = set() if keeps == mutations.MOVED else true - said
        left_out |= bool(lost)
        if lost and not _ends_with_a_row(kind, mutant):
            assert len(parsed.unreadable) + len(parsed.notices) > told, (seed, lost)
    assert left_out or mutator != "row hidden"


def _ends_with_a_row(kind: str, mutant: bytes) -> bool:
    """Whether a text was cut between two rows: nobody can tell it from a shorter one."""
    return kind == "csv" and (mutant.endswith(b"\n") or mutant + b"\n" in TABLE)
