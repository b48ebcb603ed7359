"""What a sentence speaks of at a point, a figure found there until all of its meaning is known, and a clause."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from sources.shared.prose.words.calendar import When
from sources.shared.prose.words.tokens import Token

#: Flow words that mean a balance, and their sign.
SIGNS: Final = {"S": 1, "D": -1}


@dataclass(frozen=True)
class Mention:
    """Flow, of what, with whom, when, by whom; "" where it was not said. ``taint`` is why none of it is placed."""

    flow: str = ""
    sign: int = 1
    topic: str = ""
    detail: str = ""
    breakdown: str = ""
    partner: str = ""
    reporter: str = ""
    period: str = ""
    basis: str = ""
    growth: str = ""  # yoy, or prev and the months between
    taint: str = ""
    loose: str = ""  # as ``taint``, until the next flow
    signless: bool = False  # a balance of which no word says whether it is a surplus
    doubtful: bool = False  # "China's exports", behind figures of services: of services or of all trade
    with_whom: bool = False  # the sentence before was about trade with somebody
    fresh: bool = False  # at the beginning of a paragraph
    below: bool = False  # "of which exports": a part of what was spoken of before
    bare: bool = False  # a flow that says nothing of its own: what was said before may or may not hold of it
    span: When | None = None  # years between which something grew
    reach: When | None = None  # the years of "from 10 in 2009 to 69 in 2021", for an average between them
    spread: tuple[str, tuple[object, ...]] | None = None  # what "respectively" distributes over: a field, its values

    def spoken(self, **said: object) -> Mention:
        """The mention with more said of it."""
        return replace(self, **said)  # type: ignore[arg-type]

    @property
    def narrow(self) -> bool:
        """Whether it is about a part: a partner, a product of many, a breakdown."""
        return bool(self.partner not in ("", "WLD") or self.detail or self.breakdown)


@dataclass
class Candidate:
    """A figure with what the sentence says of it; ``why`` is why it is listed, once it is."""

    token: Token
    measure: str
    about: Mention = field(default_factory=Mention)
    direction: int = 0  # of growth
    growth: str = ""
    base: When | None = None  # what it is compared with, a period
    whole: Mention | None = None  # what a share is of
    own: When | None = None  # the period that is said with this figure alone
    shift: int = 0  # months before the period of the mention
    past: bool = False  # it is what something is compared with
    shift_of: int = 0  # of growth: months before it of what it is compared with
    same: bool = False  # "the same period of 2018"
    beside: bool = False  # an amount is compared with in its clause
    money: str = ""  # of growth: the money of the level of the same thing in its sentence
    converted: bool = False  # the same amount in other money, in brackets
    of: tuple[str, object] | None = None  # which of several it is, as "respectively" says
    why: str = ""

    def refuse(self, why: str) -> None:
        """List it, by the first reason that is known."""
        self.why = self.why or why


@dataclass
class Clause:
    """What was met in a clause so far."""

    opener: str = ""
    found: list[Candidate] = field(default_factory=list)
    unknown: str = ""
    poison: str = ""
    nameless: bool = False  # the unknown word may be what the flow is of
    cause: bool = False
    said: bool = False  # "said", "data showed": before it stands who
    flow: str = ""
    partner: str = ""
    reporter: str = ""
    topic: str = ""
    detail: str = ""
    breakdown: str = ""
    spread: tuple[str, tuple[object, ...]] | None = None
    direction: int = 0
    compare: bool = False
    compared: list[Candidate] = field(default_factory=list)
    base: When | None = None
    shift: int = 0
    growth: str = ""
    average: bool = False
    share: bool = False
    counted: bool = False  # things and not money: "visitors"
    total: bool = False
    inherits: bool = False
    each: bool = False
    pron: bool = False
    totals: bool = False  # "the total", as a pronoun
    basis: str = ""
    periods: list[When] = field(default_factory=list)
    ahead: Candidate | None = None  # "a $23.6 billion surplus": its flow comes
    whole: Mention | None = None  # what a share is of
    same: bool = False  # "the same period of"
    whole_trade: bool = False  # "foreign trade", 外贸
    why: str = ""  # why no figure of it is placed

    def refuse(self, why: str) -> None:
        """List all its figures."""
        self.why = self.why or why

    @property
    def periods_plain(self) -> bool:
        """Whether it says a period that is no span of years."""
        return any(not when.until for when in self.periods)
