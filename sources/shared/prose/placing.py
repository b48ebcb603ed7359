"""What only the whole text says: whose figures they are, which kind of growth, in which money; then readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from schemas.figures import MAX_MANTISSA
from schemas.periods import Months, months, name, preceding, shift, year_before
from schemas.vocabulary import FLOWS
from sources.shared.area_names import EU, european_union
from sources.shared.prose.mentions import Candidate, Mention
from sources.shared.prose.words.calendar import When

_TURNED: Final = {">": "<", "<": ">", "≥": "≤", "≤": "≥"}
#: Reporter and products that are figures of a dataset of their own; what is in none is of DATASET.
DATASETS: Final = (("CHN", ("cultural-", "self-developed-games-", "stage-season-", "zigong-"), "china-cultural-trade"),)
DATASET: Final = "press-text"


@dataclass
class Whole:
    """What a text says as a whole."""

    reporter: str = ""
    dataset: str = ""
    product: str = ""
    kinds: frozenset[str] = frozenset()  # of growth: yoy, prev1, …
    yearly: bool = False  # China's agencies say growth on a year earlier, unless they say another
    topics: frozenset[str] = frozenset()  # what its figures are of
    moneys: frozenset[str] = frozenset()  # of its levels, conversions in brackets apart

    def row(self, one: Candidate, chinese: bool) -> dict[str, Any] | None:
        """A reading of a candidate; None where it is listed, with its reason."""
        if one.why:
            return None
        about, figure = one.about, one.token.figure
        if one.of is not None and one.of[0] != "period":
            about = about.spoken(**{one.of[0]: one.of[1]})
        reporter = about.reporter or self.reporter
        period = self._period(one, about)
        row: dict[str, Any] = {
            "flow": about.flow,
            "partner": about.partner or "WLD",
            "breakdown": about.breakdown or "_T",
        }
        row["product"] = about.detail or about.topic or self.product or "total"
        if about.flow == "t":
            row["flow"] = "T"
        if not reporter:
            one.refuse("whose trade it is is not said: begin the text with a line such as 'reporter: CHN'")
        elif reporter == "WLD" or row["partner"] == reporter:
            one.refuse("trade of the world, or of a country with itself")
        elif about.doubtful and (about.topic != "goods" or len(self.topics) > 1):
            one.refuse(f"whether it is of {about.topic} or of all trade is not said")
        elif row["product"] == "?":
            one.refuse("of what it is was said before in words that are not known")
        elif row["flow"] not in FLOWS:
            one.refuse("of each of several flows, or of all of them, is not said")
        elif not period:
            one.refuse("its period is not said")
        if one.why:
            return None
        row |= {"reporter": area(reporter, period), "period": period, "measure": one.measure}
        row["partner"] = area(row["partner"], period)
        row["dataset"] = self.dataset or _dataset(reporter, row["product"])
        mantissa, qualifier = figure.mantissa, figure.qualifier
        if one.measure == "count":
            negative = False
            row |= {"unit": "count", "basis": "_Z"}
            if figure.unit:
                one.refuse("money where things are counted")
        elif one.measure == "level":
            negative = about.sign < 0 and not figure.signed
            if (
                figure.signed
                and figure.mantissa < 0 < about.sign
                and about.flow == "B"
                and not about.signless
                and not one.past
            ):
                one.refuse("a surplus with the sign of a deficit")
            if not figure.unit:
                one.refuse("no currency is said")
            row |= {"unit": figure.unit, "basis": "_Z"}
        else:
            negative = one.direction < 0
            row |= {"unit": "%"}
            self._rate(one, about, row, chinese)
        if negative:
            mantissa, qualifier = -mantissa, _TURNED.get(qualifier, qualifier)
        if abs(mantissa) > MAX_MANTISSA:
            one.refuse("more digits than can be held")
        if one.why:
            return None
        return row | {"mantissa": mantissa, "exponent": figure.exponent, "qualifier": qualifier}

    def _period(self, one: Candidate, about: Mention) -> str:
        """The period of a figure: that of what is spoken of, or of what it is compared with."""
        if one.of is not None and one.of[0] == "period":
            when = one.of[1]
            return _named(when, about.period) if isinstance(when, When) else ""
        if one.measure == "growth_avg":
            span = about.span or about.reach
            if span is None or span.form == "betweenyears":
                one.refuse("average growth from which year to which is not said")
                return "-"
            return f"{int(span.year) - (span.form == 'agencyyears')}/{span.until}"
        if about.flow == "_Z" and about.span is not None and about.span.form == "years":
            return f"{about.span.year}/{about.span.until}"
        if one.own is not None:
            found = _named(one.own, about.period, before=True)
            if one.own.whole and about.period and months(about.period).length < 12 and not one.own.until:
                found = (
                    name(Months(int(found) * 12 + months(about.period).start % 12, months(about.period).length))
                    if one.same and found
                    else ""
                )
            return found
        if one.shift and about.period:
            length = months(about.period).length
            return shift(about.period, -one.shift) if one.shift == 12 or one.shift == length else ""
        return about.period

    def _rate(self, one: Candidate, about: Mention, row: dict[str, Any], chinese: bool) -> None:
        """Measure and basis of a rate."""
        if one.measure == "share":
            row["basis"] = _share(one, about)
            return
        if one.measure == "growth":
            row["measure"] = self._kind(one, about, row["period"], chinese)
        row["basis"] = about.basis or one.money or (next(iter(self.moneys)) if len(self.moneys) == 1 else "")
        if not row["basis"]:
            one.refuse("in which currency it grew is not said")

    def _kind(self, one: Candidate, about: Mention, period: str, chinese: bool) -> str:
        """Growth on a year or on the period before."""
        length = months(period).length
        base = ""
        if one.base is not None and one.base.whole and length < 12:
            base = (
                year_before(period)
                if one.same and _named(one.base, period) == str(months(period).start // 12 - 1)
                else "-"
            )
        elif one.base is not None:
            base = _named(one.base, period, before=True) or "-"
        elif one.shift_of:
            base = shift(period, -one.shift_of) if one.shift_of in (12, length) else "-"
        kind = one.growth
        if kind.startswith("prev") and kind[4:] not in ("0", str(length)):
            one.refuse("growth on a month or quarter before, of a period of another length")
        said = year_before(period) if kind == "yoy" else preceding(period) if kind else ""
        if base and said and base != said and not one.beside:
            one.refuse("two bases of growth are said")
        base = said or base
        if not base:
            cumulative = length not in (1, 3) and months(period).start % 12 == 0
            if not (length == 12 or cumulative or chinese or self.kinds == {"yoy"} or self.yearly):
                one.refuse("growth on a year or on the period before is not said")
            return "growth_yoy"
        if base == year_before(period):
            return "growth_yoy"
        if base != preceding(period):
            one.refuse("growth against a period that is neither a year before nor the one before")
        return "growth_prev"


def _named(when: When, topic: str, before: bool = False) -> str:
    """The period of a When beside a topic; of a month without a year, ``before`` it, the last one before its end."""
    if when.year.startswith("r") or when.until or (when.year == "t" and not topic):
        return ""
    first, last = (when.first, when.last) if when.first else (1, 12)
    if when.year.isdigit():
        year = int(when.year)
    elif topic:
        year = months(topic).start // 12
        if before and when.first and year * 12 + last >= months(topic).end:
            year -= 1
    else:
        return ""
    return name(Months(year * 12 + first - 1, last - first + 1))


#: Of a share until all the text is read: "占48.6%" is of what an earlier share of the kind is of.
UNSAID: Final = "_Z"


def _share(one: Candidate, about: Mention) -> str:
    """What a share is of, as the contract says it."""
    whole = one.whole
    if whole is not None and whole.flow == "GDP":
        return "GDP"
    if not about.narrow:
        one.refuse("a share of what, of what, is not said")
    if whole is None:
        return UNSAID
    if whole.flow not in ("", about.flow):
        one.refuse("a share of another flow")
    if whole.topic and about.topic and whole.topic != about.topic and not about.detail:
        one.refuse("a share of the trade in something else")
    if about.topic == "?":
        one.refuse("of what it is was said before in words that are not known")
    parts = [bool(about.partner), bool(about.detail), bool(about.breakdown)]
    if sum(parts) != 1:
        one.refuse("a share of which whole is not said")
    if about.partner:
        return "partner=WLD"
    return f"product={whole.topic or about.topic or 'total'}" if about.detail else "breakdown=_T"


def _dataset(reporter: str, product: str) -> str:
    """The dataset that has such figures, where the text does not name one."""
    return next((name for code, starts, name in DATASETS if code == reporter and product.startswith(starts)), DATASET)


def area(code: str, period: str) -> str:
    """The code of an area at that time: which European Union, which euro area."""
    month = period[:7] if len(period) > 4 and period[5].isdigit() else f"{period[:4]}-12"
    if code == EU:
        return european_union(month, "")
    if code == "EA":
        return "EA20" if month >= "2023-01" else "EA19"
    return code
