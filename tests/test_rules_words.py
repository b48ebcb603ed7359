"""Every figure of a sentence is printed, or lies where the finding's own fields say; no range is inverted."""

from __future__ import annotations

import random
import re
from fractions import Fraction

import pytest

from schemas.findings import Finding
from schemas.judge import judge
from tests.oracle import Row
from tests.test_rules_oracle import dataset, frame, simulate

NUMBER = r"−?\d[\d,]*(?:\.\d+)?(?![\d-])"
#: What is no figure: periods, positions, counts, explained slips, statements of rules.
ASIDE = re.compile(
    r"\b20\d\d(?:-\w+)?(?:[–/]20\d\d(?:-\w+)?)?|\d+ times|\d+ parts|digits? \d(?: and \d)?|[\d,]+ times too"
    r"|and \d+ more|more than \d+ sets|\d+ years|row \d+(?:, column \d+)?|= 2[XM]|\b2[XM]\b|line \d+"
)


def value(text: str) -> Fraction:
    return Fraction(text.replace("−", "-").replace(",", "").rstrip("…"))


def intervals(finding: Finding) -> list[tuple[Fraction | None, Fraction | None]]:
    """What the fields of a finding give: both sides with what is allowed, and where each suspect would fit."""
    allowed = value(finding.allowed) if finding.allowed else Fraction(0)
    found: list[tuple[Fraction | None, Fraction | None]] = [(allowed, allowed)] if finding.allowed else []
    found += [(value(side) - allowed, value(side) + allowed) for side in (finding.left, finding.right) if side]
    return found + [
        (value(one.low) if one.low else None, value(one.high) if one.high else None) for one in finding.suspects
    ]


def within(one: Fraction, spans: list[tuple[Fraction | None, Fraction | None]], near: Fraction) -> bool:
    return any((low is None or one >= low - near) and (high is None or one <= high + near) for low, high in spans)


def unfounded(finding: Finding, printed: set[Fraction]) -> list[str]:
    """The figures of a sentence that stand nowhere, all of them read in one scale, or as per cent and rates."""
    words = ASIDE.sub("", finding.sentence.partition(": ")[2])
    if finding.rule == "growth-implied":  # the sum stands in brackets; what is implied of each addend, in no field
        words = re.sub(r"which is not (?:half of )?[a-z].*?\((?=[−\d])", "(", words)
    if finding.rule == "currency" and words.count(" by ") > 2:
        return []  # the fields have the two rates that are furthest apart
    given = intervals(finding)
    allowed = value(finding.allowed) if finding.allowed else Fraction(0)
    right = abs(value(finding.right)) if finding.right else Fraction(0)
    fit = re.search(r"; [−\d][^;]* would fit", words)
    fits, rest = (fit[0], words.replace(fit[0], "")) if fit else ("", words)
    # Ends of what a rule makes of figures that are not symmetric lie around its right side, not at one distance.
    looser, near = 3 * allowed + right / 50, allowed / 20 + right / 1000

    def missing(scale: int) -> list[str]:
        found = []
        for text, allowance in [(text, near) for text in re.findall(NUMBER, rest)] + [
            (text, looser) for text in re.findall(NUMBER, fits)
        ]:
            read = {value(text) * scale, value(text)}
            if not read & printed and not any(within(one, given, allowance) for one in read):
                found.append(text)
        return found

    return min((missing(scale) for scale in (1, 1000, 10**6, 10**9, 10**12)), key=len)


@pytest.mark.parametrize("seed", range(4))
def test_figures_of_sentences_stand_somewhere(seed: int) -> None:
    chance = random.Random(seed)
    releases = {}
    for at in range(5):
        rows, declared = simulate(chance)
        plain = [Row(*row[:8], "=" if row.qualifier in "<>≤≥" else row.qualifier, row.status) for row in rows]
        releases[f"d{at}"] = (plain, declared | {"truncated": False})
    found = judge(frame(releases, chance), {name: dataset(name, how) for name, (_, how) in releases.items()}).findings
    assert found
    printed = {
        name: {Fraction(row.mantissa) * Fraction(10) ** row.exponent for row in rows if row.mantissa is not None}
        for name, (rows, _) in releases.items()
    }
    for finding in found:
        assert not unfounded(finding, printed[finding.dataset]), finding
        assert not finding.allowed or value(finding.allowed) >= 0, finding
        for one in finding.suspects:
            assert not (one.low and one.high) or value(one.low) <= value(one.high), finding
        for low, high in re.findall(rf"({NUMBER})(?:–| to )({NUMBER})", ASIDE.sub("", finding.sentence)):
            assert value(low) <= value(high) or " from " in finding.sentence, finding
