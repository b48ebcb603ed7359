"""The end of a clause, and of a sentence: what its words make of what is spoken of, and of its figures.

What a clause does not say it has from what was said before in its sentence; what holds of both halves of "exports to
Japan rose, imports fell" is inherited, what may hold of one or both ("exports to Japan rose, cars 5 percent") is not
guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from sources.shared.prose.mentions import SIGNS, Candidate, Clause, Mention
from sources.shared.prose.words.calendar import When
from sources.shared.prose.words.tokens import Token

_NARROW: Final = ("partner", "detail", "breakdown")
_APART: Final = (";", "；")


class Closing:
    """What was said so far in one sentence; ``told`` is what a pronoun at its beginning means."""

    def __init__(
        self,
        text: str,
        tokens: Sequence[Token],
        about: Mention,
        told: Mention,
        resolve: Callable[[When], str],
        home: str,
    ) -> None:
        self.text, self.tokens, self.about, self.told, self.resolve = text, tokens, about, told, resolve
        self.before = about  # before the sentence
        self.home = home  # whose figures the text is about
        self.found: list[Candidate] = []
        self.resp = any(token.kind == "resp" for token in tokens)
        self.mentions: list[Mention] = []
        self.periods: list[str] = []
        self.bases: list[str] = []
        self.carried: tuple[When | None, int] = (None, 0)  # "compared with 2018, exports rose"
        self.hanging: tuple[When | None, int] = (None, 0)  # "compared with April 2020 (€135.3 bn)"
        self.averages = False  # "grew by an average of 17 percent a year and imports by 18 percent"
        self.fragment = ""  # an unknown word alone between commas: "blorts and exports"
        self.topical = False  # the sentence says what trade is in
        self.pronoun = False  # it speaks of what the sentence before did
        self.turn = 0  # "increased $5 billion, or 2 percent"
        self.adjusted = False  # for the season: another series, and how far that reaches is not said
        self.leading = False  # an unknown phrase stands ahead of all mentions: it may say what they are of
        self.nameless = False  # what a flow was of was said in an unknown word
        self.bracketed: tuple[When | None, int] = (None, 0)  # a period alone in brackets: of the amount before it
        self.unsaid: list[Candidate] = []  # figures whose period was said before this sentence, if at all

    def close(self, clause: Clause) -> None:
        """Take over what a clause says."""
        if self.bracketed[0] is not None and clause.opener == ")":
            self._dated(self.resolve(self.bracketed[0]))
        self.bracketed = (None, 0)
        if clause.opener == "and" and self.fragment:  # "widgets and exports"
            self.about = self.about.spoken(taint=self.about.taint or self.fragment)
            self.nameless = True
        self.fragment = (
            f"what {clause.unknown!r} says of it is not known" if clause.unknown and not clause.found else ""
        )
        if clause.said and not (self.mentions or self.found or clause.found or clause.unknown):
            self.about, self.nameless, self.fragment = self.about.spoken(taint=self.before.taint), False, ""
            self.leading = False
        self._words(clause)
        if clause.flow:
            self._mention(clause)
        else:
            self._more_of_it(clause)
        self._when(clause)
        self._comparison(clause)
        if clause.basis:
            self.bases.append(clause.basis)
        self.about = self.about.spoken(growth=clause.growth or self.about.growth)
        if clause.why:  # what follows would rest on what was not understood
            if clause.flow or not self.mentions:
                self.about = self.about.spoken(taint=self.about.taint or clause.why)
            else:
                self.about = self.about.spoken(loose=self.about.loose or clause.why)
        if clause.flow:
            self.mentions.append(self.about)
        if clause.found or clause.flow:
            self.turn = clause.direction
        for candidate in clause.found:
            self._candidate(clause, candidate)
        self._distributed(clause)
        self.found += clause.found
        if clause.compared and clause.base and clause.base.form == "year" and self.periods:
            self.about = self.about.spoken(reach=When("years", clause.base.year, until=self.periods[-1][:4]))
        if clause.found and not self.periods:
            self.unsaid += clause.found

    def end(self) -> None:
        """What only the whole sentence says: a period at its end holds of all of it where none was said before."""
        later = set(self.periods)
        for candidate in self.unsaid:
            if later and not candidate.why and later != {candidate.about.period}:
                if len(later) == 1 and not candidate.about.period:
                    candidate.about = candidate.about.spoken(period=self.periods[0])
                else:
                    candidate.refuse("its period is said neither before it nor with it")
        rates = [one for one in self.found if one.measure == "growth"]
        told = {(one.growth, one.base, one.shift_of) for one in rates} - {("", None, 0)}
        if len(told) == 1:  # "exports rose 5 percent and imports 3 percent from a year earlier"
            growth, base, shift = told.pop()
            for one in rates:
                one.growth, one.base, one.shift_of = growth, base, shift
        if len(set(self.bases)) > 1:
            for candidate in self.found:
                if candidate.measure == "growth":
                    candidate.refuse("in which of two currencies it grew is not said")
        elif self.bases:
            for candidate in self.found:
                candidate.about = candidate.about.spoken(basis=self.bases[0])

    def _words(self, clause: Clause) -> None:
        """Unknown words and those that take back what is said."""
        if clause.poison:
            why = f"{clause.poison!r}: not simply what was published for the period"
            for candidate in self.found[-1:] if not clause.found else ():
                candidate.refuse(why)
            self.about = self.about.spoken(taint=self.about.taint or why)
        if not clause.unknown:
            return
        why = f"what {clause.unknown!r} says of it is not known"
        if clause.found or clause.flow or (not self.mentions and not clause.cause):
            self.about = self.about.spoken(taint=self.about.taint or why)
            own = clause.topic or clause.detail or clause.breakdown or clause.total
            figures = any(one.measure for one in clause.found)
            if clause.nameless and (clause.flow or figures) and not (own and not figures):
                self.nameless = True
            self.leading = self.leading or not (clause.flow or clause.found)
        elif not (clause.said or clause.cause):
            self.about = self.about.spoken(loose=why)

    def _mention(self, clause: Clause) -> None:
        """A flow is said: what is spoken of from here on."""
        about, first = self.about, not self.mentions
        if self.leading and not (clause.topic or clause.detail or clause.breakdown or clause.total or clause.reporter):
            self.nameless = True
        own = {name: getattr(clause, name) for name in _NARROW if getattr(clause, name)}
        spread = clause.spread if clause.spread and clause.spread[0] in _NARROW else None
        said = {*own, *(spread[:1] if spread else ())}
        kept = {name: getattr(about, name) for name in _NARROW if getattr(about, name) and name not in said}
        narrow = bool(own or spread)
        anew = clause.reporter and not clause.inherits
        if clause.total or clause.flow == "_Z" or (anew and (about.fresh or not (about.partner or about.with_whom))):
            about = about.spoken(partner="", detail="", breakdown="", bare=False)
        elif narrow and kept and not clause.inherits:
            if first or clause.opener in _APART:
                about = about.spoken(partner="", detail="", breakdown="")
            else:
                clause.refuse(f"whether it is of {', '.join(kept.values())} too is not said")
        elif not narrow and about.bare and not clause.inherits and not (clause.topic and about.fresh):
            clause.refuse("whether it is of all trade or of what was spoken of before is not said")
            about = about.spoken(taint=about.taint or clause.why)
        self.topical = self.topical or bool(clause.topic)
        elsewhere = clause.reporter not in ("", "=", about.reporter or self.home) and about.topic not in ("", "total")
        doubtful = not self._same_topic(clause, own) or (elsewhere and not (clause.topic or own.get("detail")))
        if clause.topic and not own.get("detail"):
            about = about.spoken(detail="")
        sign = SIGNS.get(clause.flow, 1)
        if clause.flow == "bt":
            clause.flow = "t"
            if not (own.get("partner") or about.partner or spread):
                clause.refuse("trade of two countries, and with whom is not said")
        flow = "B" if clause.flow in SIGNS else "T" if clause.flow == "t" else clause.flow
        reporter = clause.reporter if clause.reporter not in ("", "=") else about.reporter
        if flow == "T" and own.get("partner") == self.home and reporter != self.home:
            reporter, own["partner"] = self.home, reporter  # "ASEAN's trade with China", in a text about China
        self.about = about.spoken(
            **own,
            flow=flow,
            sign=sign,
            signless=clause.flow == "B",
            topic=clause.topic or about.topic,
            reporter=reporter,
            loose="",
            bare=False,
            below=clause.inherits or clause.opener == "with" or (not first and about.below),
            spread=clause.spread,
            doubtful=doubtful or (about.doubtful and not self.topical),
        )

    def _same_topic(self, clause: Clause, own: dict[str, str]) -> bool:
        """Whether what earlier sentences were about holds of a flow that says a country, or all foreign trade, anew.

        What China's customs call trade is trade in goods; else "China's exports" behind figures of services are not
        plainly of services.
        """
        topic = "" if self.topical or clause.inherits or own.get("detail") or own.get("breakdown") else self.about.topic
        if topic in ("", "total", "?") or (topic == "goods" and self.home == "CHN"):
            return True
        return not clause.whole_trade and clause.reporter in ("", "=")

    def _more_of_it(self, clause: Clause) -> None:
        """A clause without a flow: ahead of all mentions it says what they are about, later only figures."""
        about = self.about
        if clause.pron and clause.found and not about.flow and not self.mentions:
            if clause.totals and self.told.flow not in ("T", "_Z"):
                clause.refuse("which total is meant is not said")
            self.pronoun = True
            self.about = about = self.told.spoken(
                topic=self.told.topic or about.topic,
                taint=about.taint or self.told.taint,
                period=about.period if self.periods else self.told.period,
            )
        said = {name: getattr(clause, name) for name in (*_NARROW, "topic") if getattr(clause, name)}
        self.topical = self.topical or bool(clause.topic)
        reporter = clause.reporter if clause.reporter not in ("", "=") and not clause.reporter.startswith("=") else ""
        if clause.share or not (said or reporter or clause.spread):
            return
        if clause.found:
            clause.refuse("which flow it is of is not said")
            self.about = about.spoken(taint=about.taint or clause.why)
            self.nameless = True
        elif self.mentions and not clause.said and not clause.cause:
            self.about = about.spoken(loose="what was said in between of another country or product")
        elif not self.mentions:
            fresh = about.spoken(partner="", detail="", breakdown="", bare=False) if set(said) & set(_NARROW) else about
            self.about = fresh.spoken(**said, **({"reporter": reporter} if reporter else {}))
            if clause.spread:
                self.about = self.about.spoken(taint="a list where one thing is expected")

    def _dated(self, period: str) -> None:
        """A period in brackets behind an amount is its own: "$99.89 billion (2019)"."""
        last = self.found[-1] if self.found else None
        if last is None or last.measure != "level" or last.why:
            return
        if last in self.unsaid and period:
            last.about = last.about.spoken(period=period)
            self.unsaid.remove(last)
            self.periods.append(period)
        elif last.about.period != period:
            last.refuse("two periods are said of it")
            self.about = self.about.spoken(period="")
            self.periods.append("")

    def _when(self, clause: Clause) -> None:
        """The period a clause says, of itself and of what follows."""
        spans = [when for when in clause.periods if when.until]
        plain = [when for when in clause.periods if not when.until]
        if spans:
            self.about = self.about.spoken(span=spans[0])
        if len(spans) > 1 or len(plain) > 1:
            clause.refuse("several periods in one clause")
        if not plain:
            return
        if clause.opener == "(" and not clause.found and not clause.flow:  # "(January 2014: EUR 14.7 bn)", "(2019)"
            self.hanging = self.bracketed = (plain[0], 0)
            return
        period = self.resolve(plain[0])
        listed = bool(clause.found) and all(one.why for one in clause.found)
        if period != self.about.period and self.periods and (listed or clause.unknown or clause.poison or clause.why):
            period = ""  # of what was not understood: whether it goes on is not known either
            clause.refuse("its period, in words that are not understood")
        elif not period:
            clause.refuse("which year it is of is said neither by the text nor by a release date")
        trailing = not clause.found and not clause.flow and self.unsaid and not self.periods
        if trailing and clause.said:
            for candidate in self.unsaid:
                candidate.refuse("its period, or when it was said")
        elif trailing and clause.opener in (")", ",", "，", "）"):
            for candidate in self.unsaid:
                candidate.about = candidate.about.spoken(period=period)
            self.unsaid = []
        self.periods.append(period)
        self.about = self.about.spoken(period=period)

    def _comparison(self, clause: Clause) -> None:
        """What a clause compares with: said ahead of a rate, with it, or with an amount of its own."""
        rates = any(one.measure == "growth" for one in clause.found)
        base, shift = clause.base, clause.shift
        if (base or shift) and not clause.found:
            self.carried = self.hanging = (base, shift)
            return
        if rates and not (base or shift):
            clause.base, clause.shift = self.carried
            self.carried = (None, 0)
        elif not clause.compared and (base or shift):
            self.hanging = (base, shift)
            return
        if clause.found and clause.opener not in ("(", "（"):
            self.hanging = (None, 0)

    def _candidate(self, clause: Clause, candidate: Candidate) -> None:
        """Lay on a figure what is known at the end of its clause."""
        about = self.about
        candidate.about = about
        if candidate.converted:
            self._in_brackets(candidate)
        elif candidate in clause.compared:
            self._compared(clause, candidate)
        elif candidate.measure == "growth":
            candidate.growth, candidate.base, candidate.shift_of = (
                clause.growth or about.growth,
                clause.base,
                clause.shift,
            )
            candidate.same = clause.same
            candidate.beside = bool(clause.compared)
            if clause.average or (self.averages and candidate.growth == "" and not clause.direction):
                candidate.measure, self.averages = "growth_avg", True
            else:
                self.averages = False
        elif candidate.measure == "share":
            candidate.whole = clause.whole
            if clause.reporter.startswith("=") and clause.reporter[1:] not in ("", about.reporter) and about.reporter:
                candidate.refuse("a share of another country's trade")
        if candidate.measure == "growth" and about.span and not clause.periods_plain:
            candidate.refuse("growth over several years")
        if (
            candidate.measure == "level"
            and about.span
            and not candidate.own
            and not candidate.shift
            and not clause.periods_plain
        ):
            if clause.compared and about.span.form == "years":
                candidate.own = When("year", about.span.until)
            else:
                candidate.refuse("of which of several years it is is not said")
        if not about.flow:
            candidate.refuse("which flow it is of is not said (exports, imports, trade, balance)")
        for why in (clause.why, about.taint, about.loose):
            if why:
                candidate.refuse(why)

    def _in_brackets(self, candidate: Candidate) -> None:
        base, shift = self.hanging
        last = self.found[-1] if self.found else None
        if base or shift:
            candidate.converted, candidate.own, candidate.shift, candidate.past = False, base, shift, True
            self.hanging = (None, 0)
        elif last is None or last.measure != "level" or last.converted:
            candidate.refuse("what the amount in brackets is of is not said")
        else:
            one, other = last.token.figure, candidate.token.figure
            candidate.about, candidate.own, candidate.shift, candidate.why = last.about, last.own, last.shift, last.why
            if one.unit == other.unit or not other.unit:
                candidate.refuse("two amounts of one thing")

    def _compared(self, clause: Clause, candidate: Candidate) -> None:
        about = self.about
        candidate.past = True
        if len(clause.compared) > 1:
            candidate.refuse("several amounts to compare with")
        elif clause.base or clause.shift:
            candidate.own, candidate.shift = clause.base, clause.shift
        elif about.span is not None and about.span.form == "years":
            candidate.own = When("year", about.span.year)
        else:
            candidate.refuse("of which earlier period it is is not said")

    def _distributed(self, clause: Clause) -> None:
        """Figures of several flows, partners, … at once."""
        spread = clause.spread or self.about.spread
        more: list[Candidate] = []
        for candidate in clause.found:
            if candidate.of is not None or spread is None or candidate.why:
                continue
            if clause.each and candidate.measure == "growth" and clause.flow:
                more += [replace(candidate, of=(spread[0], value)) for value in spread[1][1:]]
                candidate.of = (spread[0], spread[1][0])
            elif spread[0] == "flow" and candidate.measure == "level" and not self.resp and not clause.each:
                candidate.of = ("flow", "T")
                self.about = self.about.spoken(flow="T", spread=None)
            else:
                candidate.refuse("of each, or of all of them together, is not said")
        clause.found += more
