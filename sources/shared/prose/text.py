"""A text sentence by sentence: what each inherits from those before, and at last the figures of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from schemas.documents import Document, Parsed, Unreadable
from schemas.positions import LAST_COLUMN, pack, place_text
from sources.shared.prose.clauses import Walk
from sources.shared.prose.mentions import Candidate, Mention
from sources.shared.prose.placing import Whole
from sources.shared.prose.sentences import Sentence, sentences
from sources.shared.prose.texts import Text
from sources.shared.prose.words.calendar import When, period_of
from sources.shared.prose.words.lexicon import Lexicon
from sources.shared.prose.words.lists import collapsed
from sources.shared.prose.words.tokens import NO_FIGURE, Token, Tokenizer

#: Money that a bare dollar means to those who report in it.
_DOLLARS: Final = {"AUS": "AUD", "CAN": "CAD", "NZL": "NZD", "SGP": "SGD", "HKG": "HKD", "TWN": "TWD"}
_YENS: Final = {"CHN": "CNY", "JPN": "JPY"}


@dataclass
class Reading:
    """A whole text being read."""

    text: Text
    lexicon: Lexicon
    released: str
    reporter: str
    dataset: str
    product: str
    found: list[tuple[Sentence, Candidate]] = field(default_factory=list)
    about: Mention = field(default_factory=Mention)
    told: Mention = field(default_factory=Mention)
    months: dict[int, int] = field(default_factory=dict)  # month → the year that was last said with it
    firsts: list[Mention] = field(default_factory=list)  # of the sentence before: what "of which" divides
    adjusted: bool = False  # what was said before in this paragraph
    trades: int = 0  # sentences that speak of trade

    def read(self) -> None:
        """All sentences."""
        known = self.reporter or self._home()
        tokenizer = Tokenizer(self.lexicon, _DOLLARS.get(known, "USD"), _YENS.get(known, "?"))
        self.reporter = known
        for sentence in sentences(self.text.paragraphs):
            self._sentence(sentence, tokenizer.tokens(sentence.text))

    def _home(self) -> str:
        """Whose figures a text is about: the first country that its first figures name, else its agency's."""
        tokenizer = Tokenizer(self.lexicon)
        agency = ""
        for sentence in sentences(self.text.paragraphs):
            tokens = tokenizer.tokens(sentence.text)
            for at, token in enumerate(tokens):
                if token.kind == "agency" and not agency:
                    agency = token.value
                elif token.kind == "area" and token.value not in ("=", "WLD") and _owns(tokens, at):
                    return token.value
        return agency

    def _resolve(self, when: When) -> str:
        period = period_of(when, self.about.period, self.released, self.months)
        if period and when.first and when.year:
            year = int(period[:4])
            self.months[when.last] = year if self.months.get(when.last, year) == year else -1
        return period

    def _sentence(self, sentence: Sentence, tokens: list[Token]) -> None:
        start = self._inherited(tokens, sentence)
        walk = Walk(sentence.text, collapsed(tokens, sentence.text), start, self.told, self._resolve, self.reporter)
        walk.walk()
        self.trades += bool(walk.mentions)
        self.adjusted = (self.adjusted and not sentence.first) or walk.adjusted
        for found in walk.found if self.adjusted else ():
            found.refuse("whether it is adjusted for the season as well is not said")
        if not sentence.ended and sentence.last and walk.found:
            self._broken_off(walk, tokens)
        listed = walk.mentions or any(one.token.kind in ("amount", "percent") for one in walk.found)
        self.found += [(sentence, one) for one in walk.found if listed or _is_sentence(sentence)]
        period = walk.periods[0] if len(set(walk.periods)) == 1 else "" if walk.periods else self.about.period
        if walk.pronoun and period != self.about.period:  # "It was $63 billion in 2020.": an aside
            period = ""
        last = walk.mentions[-1] if walk.mentions else Mention()
        about = walk.about
        self.about = Mention(
            topic="?" if walk.nameless else about.topic,
            reporter=about.reporter,
            period=period,
            bare=last.narrow if walk.mentions else self.about.bare,
            with_whom=bool(last.partner) if walk.mentions else self.about.with_whom,
        )
        if walk.mentions:
            self.told, self.firsts = _spoken_of(walk)

    def _inherited(self, tokens: list[Token], sentence: Sentence) -> Mention:
        """What holds at the beginning of a sentence."""
        about = self.about.spoken(fresh=sentence.first)
        which = next((at for at, token in enumerate(tokens) if token.kind == "ofwhich"), None)
        if (
            which is not None
            and not any(token.kind == "flow" or token.figure is not NO_FIGURE for token in tokens[:which])
            and self.firsts
        ):
            first = self.firsts[0]
            return about.spoken(
                partner=first.partner,
                detail=first.detail,
                breakdown=first.breakdown,
                bare=False,
                taint=first.taint,
                topic=first.topic or about.topic,
            )
        return about

    def _broken_off(self, walk: Walk, tokens: list[Token]) -> None:
        """A text that ends within a sentence: what its last figure is may have stood behind it."""
        last = tokens[-1]
        for one in walk.found:
            if one.token.end >= last.start or last.kind not in ("amount", "percent"):
                one.refuse("the text breaks off here")

    def parsed(self, document: Document) -> Parsed:
        """The readings, and what is listed."""
        import pandas as pd

        from schemas.observations import DEFAULTS, combine, readings

        whole, cite = self._whole(), self.text.head.get("cite", "")
        rows: list[dict[str, Any]] = []
        faults: list[Unreadable] = []
        for sentence, one in self.found:
            row, column = sentence.paragraph.place(sentence.start + one.token.start)
            shown = " ".join(
                sentence.paragraph.text[sentence.start + one.token.start : sentence.start + one.token.end].split()
            )
            made = whole.row(one, _is_chinese(sentence.text))
            if made is None:
                faults.append(Unreadable(place_text(row, column), shown, f"{one.why}, in: {_around(sentence, one)}"))
                continue
            at = pack(row, column if column <= LAST_COLUMN else 0)
            rows.append(
                made
                | {"text": shown, "cite": f"{cite}: {sentence.printed}" if cite else sentence.printed, "position": at}
            )
        if not rows:
            return Parsed(combine(()), tuple(faults))
        names = {key for row in rows for key in row} - {"mantissa"}
        columns: dict[str, Any] = {key: [row.get(key, DEFAULTS.get(key)) for row in rows] for key in names}
        columns["mantissa"] = pd.array([row["mantissa"] for row in rows], dtype="Int64")
        columns |= {"released": self.released, "document": document.sha256}
        return Parsed(readings(columns), tuple(faults))

    def _whole(self) -> Whole:
        placed = [one for _, one in self.found]
        levels = [one for one in placed if one.measure == "level" and one.token.figure.unit]
        kinds = {one.growth for one in placed if one.measure == "growth" and one.growth}
        self._beside()
        topics = frozenset(one.about.topic for one in placed) - {""}
        moneys = frozenset(one.token.figure.unit for one in levels if not one.converted)
        plain = self.reporter == "CHN" and not any(kind.startswith("prev") for kind in kinds)
        return Whole(self.reporter, self.dataset, self.product, frozenset(kinds), plain, topics, moneys)

    def _beside(self) -> None:
        """Currencies: of an amount without one that of its sentence; of a rate that of the level of the same thing."""
        by_sentence: dict[int, list[Candidate]] = {}
        for sentence, one in self.found:
            by_sentence.setdefault(id(sentence), []).append(one)
        for several in by_sentence.values():
            amounts = [one for one in several if one.token.kind == "amount"]
            _money(amounts)
            units = {one.token.figure.unit for one in amounts if one.token.figure.unit}
            for one in several:
                if one.measure != "growth" and one.measure != "growth_avg":
                    continue
                own = {
                    level.token.figure.unit for level in amounts
                    if level.measure == "level" and not level.converted and _same(level.about, one.about)
                }  # fmt: skip
                one.money = next(iter(own)) if len(own) == 1 and len(units) == 1 else one.money


def _money(amounts: list[Candidate]) -> None:
    """An amount without a currency has that of the one before it in its sentence, where no other is said in it."""
    units = {one.token.figure.unit for one in amounts} - {""}
    said = False
    for one in amounts:
        figure = one.token.figure
        if figure.unit:
            said = True
        elif said and len(units) == 1 and one.measure == "level":
            one.token = replace(one.token, figure=replace(figure, unit=next(iter(units))))


def _spoken_of(walk: Walk) -> tuple[Mention, list[Mention]]:
    """What a pronoun, and "of which", in the next sentence means: what the figures of this one are about.

    Where they are about several things nobody can tell; what is a part of them ("of which exports") is none of these.
    """
    about = [one.about for one in walk.found if one.about.flow and not one.about.below] or walk.mentions
    told = {(one.flow, one.sign, one.topic, one.partner, one.detail, one.breakdown): one for one in about}
    things = {key[2:]: one for key, one in told.items()}
    unclear = Mention(taint="which figure of the sentence before is meant is not said")
    pronoun = next(iter(told.values())) if len(told) == 1 and not (walk.about.taint or walk.about.loose) else unclear
    whole = next(iter(things.values())) if len(things) == 1 else unclear
    topic = {"topic": "?"} if walk.nameless else {}
    return pronoun.spoken(**topic), [whole.spoken(**topic)]


def _same(one: Mention, other: Mention) -> bool:
    return (one.flow, one.partner, one.detail, one.breakdown) == (
        other.flow,
        other.partner,
        other.detail,
        other.breakdown,
    )


_TOWARD: Final = ("toward", "to", "with", "from")
_BEFORE_FLOW: Final = (
    *("poss", "fill", "total", "topic", "detail", "breakdown", "period", "level", "amount", "say"),
    *("counted", "sales"),
)


def _owns(tokens: list[Token], at: int) -> bool:
    """Whether an area stands before trade: "China's exports", "我国进出口", "the euro area recorded a surplus"."""
    before = [token.kind for token in tokens[:at] if token.kind != "fill"]
    if before and before[-1] in _TOWARD:
        return False
    for token in tokens[at + 1 : at + 8]:
        if token.kind in ("flow", "traded", "regime", "sales", "counted"):
            return True
        if token.kind not in _BEFORE_FLOW:
            return False
    return False


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _is_sentence(sentence: Sentence) -> bool:
    return sentence.ended and len(sentence.text) > 20


def _around(sentence: Sentence, one: Candidate) -> str:
    """The sentence, its part around the figure where it is long."""
    if len(sentence.printed) <= 240:
        return f"“{sentence.printed}”"
    start = max(0, one.token.start - 120)
    part = " ".join(sentence.text[start : one.token.end + 100].split())
    return f"“…{part}…”"


def read(text: Text, lexicon: Lexicon, released: str) -> Reading:
    """A text read by the words of a lexicon; what its head says comes first."""
    head = text.head
    reporter, dataset, product = head.get("reporter", ""), head.get("dataset", ""), head.get("product", "")
    reading = Reading(text, lexicon, text.released or released, reporter, dataset, product)
    reading.read()
    return reading
