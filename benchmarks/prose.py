"""English press texts through quantulum3 and CQE beside ours: value and unit of each figure, found or wrong.

    uv run --group bench python -m benchmarks.prose

The truth is what tests/prose/expected.txt says of our own English texts, checked by hand: value (without its sign) and
unit of 1 of each figure that is placed. Wrong is a sum of money or a percentage that no figure of the text is. Neither
peer has qualifiers, and what only ours says (which flow, of what, when, against what) neither looks for. A peer that
cannot be had says so: CQE needs a model of spaCy by an address that no package index has.
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from schemas.documents import Document
from schemas.figures import power_of_ten
from sources.prose import parse

TESTS = Path(__file__).resolve().parent.parent / "tests" / "prose"
Figures = Counter[tuple[Fraction, str]]
#: Names of quantulum3's units → ours.
UNITS = {
    "dollar": "USD",
    "united states dollar": "USD",
    "euro": "EUR",
    "pound sterling": "GBP",
    "japanese yen": "JPY",
    "chinese yuan": "CNY",
    "yuan": "CNY",
    "percentage": "%",
    "renminbi": "CNY",
    "yen": "JPY",
}
_LINE = re.compile(r"[=<>≥≤~](-?\d+)e(-?\d+) (\S+)$")


def texts() -> Iterator[tuple[str, str, Figures, str]]:
    """The English texts: release date, text, the figures of its expected lines, and what is listed of it."""
    bodies = (TESTS / "texts.txt").read_text(encoding="utf-8").split("===\n")
    said = (TESTS / "expected.txt").read_text(encoding="utf-8").split("===\n")
    for body, lines in zip(bodies, said, strict=True):
        head, _, text = body.strip("\n").partition("\n")
        if not re.search("[\u4e00-\u9fff]", text):
            found = [match.groups() for match in map(_LINE.search, lines.splitlines()) if match]
            figures = Counter((abs(int(m) * power_of_ten(int(e))), unit) for m, e, unit in found)
            yield head[1:11], text, figures, lines


def ours(released: str, text: str) -> Figures:
    """What the grammar places."""
    parsed = parse(Document("prose", text.encode(), "text", released=released))
    columns = (parsed.readings[name].tolist() for name in ("mantissa", "exponent", "unit"))
    return Counter((abs(int(m) * power_of_ten(int(e))), str(unit)) for m, e, unit in zip(*columns, strict=True))


def quantulum(_released: str, text: str) -> Figures:
    """Sums of money and percentages as quantulum3 finds them."""
    from quantulum3 import parser  # type: ignore[import-not-found,import-untyped]

    found = ((Fraction(str(abs(one.value))), UNITS.get(one.unit.name, one.unit.name)) for one in parser.parse(text))
    return Counter(one for one in found if one[1] != "dimensionless")


def main() -> None:
    """Print found, missed and wrong of each, and the time for all."""
    peers: dict[str, Callable[[str, str], Figures]] = {"tradeledger": ours}
    if importlib.util.find_spec("quantulum3"):
        peers["quantulum3"] = quantulum
    else:
        print("quantulum3: not installed (uv sync --group bench)")
    if not importlib.util.find_spec("CQE"):
        print("CQE: cannot be installed here: it needs the model en_core_web_sm by address, not from a package index")
    all_texts = list(texts())
    wanted = sum(sum(figures.values()) for _, _, figures, _ in all_texts)
    print(f"{len(all_texts)} texts, {wanted} figures whose meaning is said")
    for name, read in peers.items():
        found = wrong = 0
        start = perf_counter()
        for released, text, figures, lines in all_texts:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                got = read(released, text)
            found += sum((got & figures).values())
            wrong += sum(1 for value, unit in (got - figures).elements() if not _listed(value, unit, lines))
        print(f"{name:12} found {found:4} ({found / wanted:.0%}), wrong {wrong:3}, {perf_counter() - start:.2f} s")


def _listed(value: Fraction, unit: str, lines: str) -> bool:
    """Whether it is a figure that ours lists and does not place: it is no mistake to find it."""
    shown = re.findall(r"^- .*?([\d.,]*\d) ?(\w*)", lines, re.MULTILINE)
    scales = {"trillion": 12, "billion": 9, "bn": 9, "million": 6}
    values = {Fraction(number.replace(",", "")) * power_of_ten(scales.get(word, 0)) for number, word in shown}
    return unit in UNITS.values() and value in values


if __name__ == "__main__":
    main()
