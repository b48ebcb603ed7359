"""``mirror``: what one side exports and the other imports.

What A exports to B and what B imports from A are the same goods and never the same figure: imports are valued with
freight and insurance, exports without, and periods and partners are told apart differently. So each pair is compared
with itself: a finding is where the ratio lies further from its usual value than five times its usual deviation, after
at least six earlier periods.

The median and the median of deviations are used, so that one odd period does not hide the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from schemas.periods import months
from schemas.rules.shared.statements import Rule
from schemas.sentences import printed_text, scale_of

if TYPE_CHECKING:
    import pandas as pd

    from schemas.datasets import Dataset
    from schemas.findings import Finding
    from schemas.history.shared.known import Known

RULE: Final = Rule(
    "mirror",
    "A's exports to B stand to B's imports from A as they used to for that pair",
    "warning",
    "ledger",
    order=14,
)
#: Earlier points that make a history of a pair's ratio, and how far outside: times its median deviation.
_PAIR_HISTORY: Final = 6
_DEVIATIONS: Final = 5


def compare(known: Known, datasets: Mapping[str, Dataset]) -> list[Finding]:
    """Imports against the partner's exports, where their ratio leaves what it used to be for this pair and product."""
    import numpy as np

    from schemas.explain import finding_about
    from schemas.history.shared.known import as_ints, percent

    frame = known.frame
    both_ways = set(frame["reporter"].unique()) & set(frame["partner"].unique()) - {"WLD"}
    sides = frame["reporter"].isin(both_ways) & frame["partner"].isin(both_ways)
    candidates = as_ints(np.flatnonzero(sides.to_numpy() & (known.where(flow="X") | known.where(flow="M"))))
    if not len(candidates):
        return []
    rows = known.figures(known.latest(candidates))
    here = {known.dates[code] for code in np.unique(known.released[known.current])}
    exports, imports = rows[rows["flow"] == "X"], rows[rows["flow"] == "M"]
    key = ["dataset", "product", "breakdown", "unit", "period"]
    pairs = imports.merge(
        exports, left_on=[*key, "reporter", "partner"], right_on=[*key, "partner", "reporter"], suffixes=("", "_x")
    )
    pairs = pairs[np.array([value > 0 for value in pairs["value_x"]], dtype=bool)]
    found = []
    series = ["dataset", "reporter", "partner", "product", "breakdown", "unit"]
    lengths = pairs["period"].map(lambda period: months(period).length)
    for _, group in pairs.groupby([*series, lengths], sort=False):
        ordered = group.assign(start=[months(period).start for period in group["period"]]).sort_values("start")
        ratios = [m / x for m, x in zip(ordered["value"], ordered["value_x"], strict=True)]
        for at in range(_PAIR_HISTORY, len(ordered)):
            row = ordered.iloc[at]
            if row["released"] not in here and row["released_x"] not in here:
                continue
            usual = median(ratios[:at])
            spread = max(median(abs(one - usual) for one in ratios[:at]), abs(usual) / 100)
            if abs(ratios[at] - usual) > _DEVIATIONS * spread:
                words = (
                    f"imports from {row['partner']} {_in_scale(row)} are {percent(ratios[at])} % of its exports "
                    f"{_in_scale(row, '_x')} to {row['reporter']}; over {at} earlier periods it was "
                    f"{percent(usual)} ± {percent(_DEVIATIONS * spread)} %"
                )
                found.append(finding_about(RULE, row, words, row["value"], row["value_x"] * usual))
    return found


def _in_scale(row: pd.Series[Any], suffix: str = "") -> str:
    exponent = int(row["exponent" + suffix])
    return printed_text(int(row["mantissa" + suffix]), exponent, scale_of([exponent]))
