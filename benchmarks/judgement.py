"""How right the rules are: false alarms and misses beside the usual checks, suspects and slips for planted errors.

    python -m benchmarks.judgement [releases]

Truth is simulated: exports and imports of two years, printed as an agency prints them (levels of many sizes, 0–3
decimals, in units of 1, a million or a billion, nearest or truncated, or constrained to add up), with rates of growth.
An error is one figure changed by one slip. A miss counts only where the printed figures allow no truth; the others
cannot be known by anybody. Several errors at once come from ``benchmarks.planted``.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Any

from benchmarks import planted as planted_errors
from schemas.datasets import Dataset
from schemas.findings import Finding
from schemas.judge import judge
from schemas.observations import readings

FLOWS = ("T", "X", "M", "B")
SLIPS = ("sign", "factor 10", "factor 100", "factor 1,000", "swapped", "repeated", "dropped", "last year", "exchanged")
SAID = {
    "sign": "sign?",
    "factor 10": "10 times",
    "factor 100": "100 times",
    "factor 1,000": "1,000 times",
    "swapped": "swapped?",
    "repeated": "repeated?",
    "dropped": "dropped?",
    "last year": "the figure of",
    "exchanged": "exchanged?",
}


@dataclass
class Release:
    """Figures of one block: mantissas of this year and the last, and rates, with their exponents."""

    number: int
    kind: str  # nearest, truncated, exact
    exponent: int
    now: dict[str, int]
    before: dict[str, int]
    rates: dict[str, int]
    rate_exponent: int


def printed(value: Fraction, exponent: int, kind: str) -> int:
    scaled = value / Fraction(10) ** exponent
    if kind == "truncated":
        return floor(scaled) if scaled >= 0 else -floor(-scaled)
    return floor(scaled + Fraction(1, 2))


def simulate(number: int, chance: random.Random) -> Release:
    """One release that is true."""
    kind = ("nearest", "nearest", "truncated", "exact")[number % 4]
    digits = chance.randint(3, 8)
    exponent = chance.choice([-3, -2, -1, 0]) + chance.choice([0, 6, 9])  # of 1, a million, a billion
    unit = 10**digits * Fraction(10) ** exponent
    x0, m0 = (Fraction(chance.randint(10**5, 10**6), 10**6) * unit for _ in range(2))
    x, m = (value * Fraction(chance.randint(700, 1500), 1000) for value in (x0, m0))

    def all_four(x: Fraction, m: Fraction) -> dict[str, Fraction]:
        return {"T": x + m, "X": x, "M": m, "B": x - m}

    now, before = all_four(x, m), all_four(x0, m0)
    figures = {flow: printed(value, exponent, kind) for flow, value in now.items()}
    earlier = {flow: printed(value, exponent, kind) for flow, value in before.items()}
    if kind == "exact":
        for values in (figures, earlier):
            values["T"], values["B"] = values["X"] + values["M"], values["X"] - values["M"]
            now, before = (
                all_four(*(Fraction(v[f]) * Fraction(10) ** exponent for f in "XM")) for v in (figures, earlier)
            )
    step = chance.choice([-1, -2])
    rates = {
        flow: printed((now[flow] / before[flow] - 1) * 100, step, kind)
        for flow in FLOWS
        if before[flow] and (flow != "B" or now[flow] / before[flow] > 0)
    }
    return Release(number, kind, exponent, figures, earlier, rates, step)


def rows_of(release: Release) -> Iterator[dict[str, Any]]:
    base = {"partner": f"P{release.number}", "dataset": release.kind, "exponent": release.exponent}
    base |= {"rounding": "truncated" if release.kind == "truncated" else "nearest"}
    for period, values in (("2019", release.now), ("2018", release.before)):
        for flow, value in values.items():
            yield base | {
                "flow": flow,
                "period": period,
                "mantissa": value,
                "measure": "level",
                "unit": "USD",
                "basis": "_Z",
            }
    for flow, value in release.rates.items():
        rate = {"measure": "growth_yoy", "unit": "%", "basis": "USD", "exponent": release.rate_exponent}
        yield base | rate | {"flow": flow, "period": "2019", "mantissa": value}


def frame(releases: list[Release]) -> Any:
    rows = [row for release in releases for row in rows_of(release)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return readings(columns | {"reporter": "CHN", "released": "2020-02-01", "position": range(1, len(rows) + 1)})


DATASETS = {
    "exact": Dataset(
        "exact",
        identities=dict.fromkeys(("total", "balance", "exports-from-total", "imports-from-total"), "exact"),
    )
}


def slipped(release: Release, kind: str, chance: random.Random) -> tuple[Release, list[str]] | None:
    """The release with one figure of this year changed, and which; ``None`` where the slip changes nothing."""
    flow = chance.choice(FLOWS)
    now = dict(release.now)
    value, text = now[flow], str(abs(now[flow]))
    sign = -1 if value < 0 else 1
    changed = [flow]
    if kind == "sign":
        now[flow] = -value
    elif kind.startswith("factor"):
        times = int(kind.removeprefix("factor ").replace(",", ""))
        now[flow] = value * times
    elif kind == "swapped":
        places = [at for at in range(len(text) - 1) if text[at] != text[at + 1]]
        if not places:
            return None
        at = chance.choice(places)
        now[flow] = sign * int(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    elif kind == "repeated":
        at = chance.randrange(len(text))
        now[flow] = sign * int(text[: at + 1] + text[at] + text[at + 1 :])
    elif kind == "dropped":
        at = chance.randrange(len(text))
        now[flow] = sign * int((text[:at] + text[at + 1 :]) or "0")
    elif kind == "last year":
        now[flow] = release.before[flow]
    else:
        now["X"], now["M"], changed = now["M"], now["X"], ["X", "M"]
    if all(now[flow] == release.now[flow] for flow in changed):
        return None
    if kind in ("repeated", "dropped") and (now[flow] == 10 * value or value == 10 * now[flow]):
        return None  # nobody can tell it from a factor of ten
    return Release(
        release.number, release.kind, release.exponent, now, release.before, release.rates, release.rate_exponent
    ), changed


def checks(release: Release) -> dict[str, bool]:
    """What the usual checks say: whether total and balance are found wrong."""
    step = float(Fraction(10) ** release.exponent)
    t, x, m, b = (release.now[flow] * step for flow in FLOWS)
    gaps = [(abs(t - (x + m)), abs(t)), (abs(b - (x - m)), abs(b))]
    return {
        "equality": any(gap != 0 for gap, _ in gaps),
        "1e-8": any(gap > 1e-8 for gap, _ in gaps),
        "one unit": any(gap > step for gap, _ in gaps),
        "0.5 %": any(gap > 0.005 * size for gap, size in gaps),
    }


def by_release(releases: list[Release]) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = {release.number: [] for release in releases}
    for finding in judge(frame(releases), DATASETS).findings:
        if finding.result == "fails" and finding.period == "2019":
            found[int(finding.partner[1:])].append(finding)
    return found


def alone(release: Release) -> Release:
    """The four figures of this year, without the last year and without rates."""
    return replace(release, before={}, rates={})


def three(release: Release) -> Release:
    """Total, exports and imports only."""
    return replace(release, before={}, rates={}, now={flow: release.now[flow] for flow in "TXM"})


VARIANTS: dict[str, Callable[[Release], Release]] = {
    "with last year and rates of growth": lambda release: release,
    "four figures alone": alone,
    "total, exports and imports alone": three,
}


def main(count: int = 1000) -> None:
    chance = random.Random(20220707)
    releases = [simulate(number, chance) for number in range(count)]
    planted = {kind: [slip for one in releases if (slip := slipped(one, kind, chance))] for kind in SLIPS}
    names = ("ours", "equality", "1e-8", "one unit", "0.5 %")
    alarms = Counter({name: sum(checks(release)[name] for release in releases) for name in names[1:]})
    alarms["ours"] = sum(bool(findings) for findings in by_release(releases).values())
    missed = Counter(
        {name: sum(not checks(one)[name] for kind in SLIPS for one, _ in planted[kind]) for name in names[1:]}
    )
    print(f"{count} true releases, {len(SLIPS)} slips planted in each")
    for variant, reduced in VARIANTS.items():
        table = [(kind, *judged(planted[kind], kind, reduced)) for kind in SLIPS]
        total: Counter[str] = Counter()
        for _, _, tally in table:
            total.update(tally)
        everything = sum(row[1] for row in table)
        if variant == next(iter(VARIANTS)):
            missed["ours"] = total["no trace"]
            print(f"\n{'check':12}{'false alarms':>16}{'misses':>16}")
            for name in names:
                print(f"{name:12}{alarms[name] / count:>15.2%} {missed[name] / everything:>15.2%}")
        print(f"\nsuspects, {variant}")
        print(f"{'slip':14}" + "".join(f"{name:>{len(name) + 3}}" for name in COLUMNS))
        for row in (*table, ("all", everything, total)):
            print_row(*row)
    print("\nseveral errors at once")
    planted_errors.main()


COLUMNS = (
    "planted",
    "no trace",
    "right",
    "undetermined",
    "of them named",
    "wrong",
    "right of determined",
    "slip named",
)


def judged(
    planted: list[tuple[Release, list[str]]], kind: str, reduced: Callable[[Release], Release]
) -> tuple[int, Counter[str]]:
    """What is said of releases with one slip each."""
    cases = [(reduced(release), changed) for release, changed in planted]
    cases = [(release, changed) for release, changed in cases if set(changed) <= set(release.now)]
    found = by_release([release for release, _ in cases])
    tally: Counter[str] = Counter()
    for release, changed in cases:
        findings = found[release.number]
        if not findings:
            tally["no trace"] += 1
            continue
        suspects = {(s.flow, s.measure, s.period): s.slip for finding in findings for s in finding.suspects}
        right = {(flow, "level", "2019") for flow in changed}
        if not suspects or any("undetermined" in finding.sentence for finding in findings):
            tally["undetermined"] += 1
            tally["of them named"] += right <= set(suspects)
            continue
        tally["right" if set(suspects) == right else "wrong"] += 1
        if set(suspects) == right and (kind != "last year" or release.before):
            tally["asked"] += 1
            tally["named"] += all(SAID[kind] in suspects[one] for one in right)
    return len(cases), tally


def print_row(kind: str, planted: int, tally: Counter[str]) -> None:
    determined = tally["right"] + tally["wrong"]
    cells = [str(planted), *(str(tally[name]) for name in COLUMNS[1:6])]
    cells.append(f"{tally['right'] / determined:.2%}" if determined else "–")
    cells.append(f"{tally['named'] / tally['asked']:.2%}" if tally["asked"] else "–")
    print(f"{kind:14}" + "".join(f"{cell:>{len(name) + 3}}" for cell, name in zip(cells, COLUMNS, strict=True)))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
