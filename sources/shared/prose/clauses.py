"""A sentence clause by clause: which figure says what of which mention.

Within a clause every word is known, or its figures are listed: what an unknown word would change nobody can tell. What
follows a cause ("amid", "driven by") may say what it likes, as long as it says no figure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sources.shared.prose.amounts import Amounts
from sources.shared.prose.mentions import SIGNS, Clause, Mention
from sources.shared.prose.words.lists import clauses
from sources.shared.prose.words.tokens import Token

#: What a text may call just "cultural trade".
MIXED: Final = "cultural-products-and-services"
_ALL_TRADE: Final = re.compile(r"foreign trade|external trade|overseas trade|外贸|对外贸易", re.IGNORECASE)
_PLACES: Final = ("toward", "to", "with", "from")


class Walk(Amounts):
    """One sentence. ``about`` is what holds at its beginning, at last what holds at its end; ``found`` its figures."""

    def walk(self) -> None:
        """All clauses, in their order."""
        for opener, tokens in clauses(self.tokens):
            clause = Clause(opener)
            for at, token in enumerate(tokens):
                getattr(self, f"_on_{token.kind}", self._pass)(clause, tokens, at, token)
            self.close(clause)
        self.end()

    def _pass(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        """Words that change nothing."""

    def _on_fill(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.same = clause.same or "same" in (shown := self._shown(token).lower()) or shown == "同期"

    # Words that say something of the clause as a whole.

    def _on_poison(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.poison = clause.poison or self._shown(token)

    def _on_adjusted(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        self.adjusted = True
        self._on_poison(clause, tokens, at, token)

    def _on_partnered(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.cause = True
        if not clause.found and not clause.flow:  # "ASEAN is China's largest trading partner": no trade is said
            clause.reporter = clause.partner = clause.why = ""

    def _on_revised(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if any(one.kind not in ("revised", "fill") for one in tokens):  # alone it is a mark behind a figure
            self._on_poison(clause, tokens, at, token)

    def _on_cause(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.cause = True

    def _on_say(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if not clause.found:
            clause.unknown, clause.said, clause.nameless = "", True, False

    def _on_day(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if not (clause.said or any(one.kind in ("say", "agency") for one in tokens)):
            clause.unknown = clause.unknown or self._shown(token)

    def _on_total(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.total = True

    def _on_ofwhich(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if clause.share:  # "28.2 percent of the total"
            clause.whole = clause.whole or Mention()
        else:
            clause.inherits = True

    def _on_pron(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.pron = True

    def _on_each(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.each = True

    def _on_basis(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.basis = token.value

    def _on_yoy(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        self._kind(clause, "yoy")

    def _on_prev(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        self._kind(clause, f"prev{token.value}")

    def _kind(self, clause: Clause, kind: str) -> None:
        if clause.growth not in ("", kind):
            clause.refuse("two kinds of growth in one clause")
        clause.growth = kind

    def _on_avg(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.average = True
        if token.value == "peryear" and not any(one.kind == "peryear" for one in tokens):
            self._on_poison(clause, tokens, at, token)

    def _on_peryear(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if not (clause.average or self.averages):
            self._on_unknown(clause, tokens, at, token)

    def _on_whole(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if self._shown(token).lower() in ("the total", "the overall total"):
            clause.pron = clause.totals = True
        if clause.share:
            clause.whole = clause.whole or Mention()

    def _on_up(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.direction, clause.compare = 1, False

    def _on_down(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.direction, clause.compare = -1, False

    def _on_share(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.share = True

    def _on_gdp(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if clause.share:
            clause.whole = Mention(flow="GDP")
        else:
            self._on_unknown(clause, tokens, at, token)

    def _on_level(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if token.value != "q":
            clause.compare = False

    # Comparisons.

    def _on_compare(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        shown = self._shown(token).lower()
        if shown.startswith("up"):
            clause.direction = 1
        elif shown.startswith("down"):
            clause.direction = -1
        clause.compare = True

    def _on_than(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if self._shown(token).startswith("相比"):  # 与2018年相比: what it is compared with stands before
            clause.compare = False
        else:
            clause.compare = True

    def _on_with(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        behind = self._behind(tokens, at)
        if behind is not None and behind.kind in ("period", "ago"):  # 与2018年相比
            clause.compare = True

    def _on_from(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        behind = next((one for one in tokens[at + 1 :] if one.kind != "fill"), None)
        if behind is not None and behind.kind in ("agency", "say"):
            return
        if behind is not None and behind.kind in ("period", "amount", "ago"):
            clause.compare = True
        elif behind is None or (behind.kind not in ("area", "list", "day") and not clause.said):
            self._on_unknown(clause, tokens, at, token)

    def _on_to(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.compare = False

    def _on_ago(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        behind = self._behind(tokens, at)
        if clause.compare or (behind is not None and self._shown(behind).startswith("相比")):
            clause.shift = int(token.value)
        else:
            clause.refuse(f"{self._shown(token)!r}: which period is meant is not said")

    # What the clause is about.

    def _on_period(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        before = self._before(tokens, at)
        if token.when.until:
            clause.periods.append(token.when)
        elif (
            clause.said
            and before is None
            and token.when.form == "month"
            and any(one.kind == "say" for one in tokens[:at])
        ):
            clause.refuse(f"{self._shown(token)!r} may be when it was said")
        elif clause.compare or (clause.found and at and self._shown(tokens[at - 1]).lower() == "on"):
            clause.base = token.when if clause.base is None else clause.base
        elif token.when not in clause.periods:
            clause.periods.append(token.when)

    def _on_flow(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        weak = token.value in ("t", "bt")
        clause.whole_trade = clause.whole_trade or bool(_ALL_TRADE.search(self._shown(token)))
        if clause.share:
            clause.whole = Mention(flow="T" if weak else token.value)
        elif clause.compare:
            if (self.about.flow if not clause.flow else clause.flow) != token.value:
                clause.refuse("it is compared with another flow")
        elif clause.ahead is not None:
            clause.ahead.why = ""
            self._own_flow(clause, token)
            clause.ahead = None
        elif weak and clause.flow:
            pass  # "exports of goods trade"
        elif clause.found:
            clause.refuse("two flows in one clause")
        elif clause.flow == "B" and token.value in SIGNS:
            clause.flow = token.value  # "the balance showed a surplus"
        elif clause.flow and clause.flow not in ("t", "bt"):
            clause.refuse("two flows in one clause")
        else:
            self._own_flow(clause, token)

    def _own_flow(self, clause: Clause, token: Token) -> None:
        if clause.flow not in ("", "t", "bt") and not (clause.flow == "B" and token.value in SIGNS):
            clause.refuse("two flows beside one figure")
        clause.flow = token.value

    def _on_topic(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        self._subject(clause, token)

    _on_detail = _on_breakdown = _on_topic

    def _on_traded(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if not clause.share or clause.whole is None:
            self._subject(clause, replace(token, kind="topic"))
        self._on_flow(clause, tokens, at, replace(token, kind="flow", value="t"))

    def _on_regime(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        self._subject(clause, replace(token, kind="breakdown"))
        if not clause.share:
            self._on_flow(clause, tokens, at, replace(token, kind="flow", value="t"))

    def _on_counted(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.flow, clause.detail, clause.counted = "_Z", token.value, True

    def _on_sales(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.flow, clause.detail = "_Z", token.value

    def _subject(self, clause: Clause, token: Token) -> None:
        if clause.compare:
            clause.refuse("it is compared with another product")
        elif clause.share and clause.whole is None and clause.found:
            clause.whole = Mention(flow="", topic=token.value)
        elif clause.share and clause.whole is None:
            clause.whole = Mention(topic=token.value) if token.kind == "topic" else clause.whole
            if token.kind != "topic":
                clause.refuse("a share of a product is not followed")
        elif clause.share and clause.whole is not None:
            clause.refuse("what it is a share of is not followed")
        elif (
            token.value == MIXED
            and " and " not in (shown := self._shown(token).lower())
            and not re.search("[和与及]", shown)
        ):
            fits = self.about.topic in ("", MIXED)  # what "cultural trade" is, where the text spoke of products
            clause.topic = MIXED if fits else "?"
        elif getattr(clause, token.kind) not in ("", token.value):
            clause.refuse("two products in one clause")
            clause.topic = "?"
        else:
            setattr(clause, token.kind, token.value)

    def _on_area(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        back = at - 1
        while back >= 0 and tokens[back].kind in ("fill", "total", "each", "whole"):
            back -= 1
        before = tokens[back] if back >= 0 else None
        placed = before is not None and before.kind in _PLACES
        shown = self._shown(token)
        if len(shown) == 1 and shown != "我" and not placed:  # 美 is a country behind 对 or 自 only
            self._on_unknown(clause, tokens, at, token)
            return
        hyphen = self.text[token.start - 1 : token.start] in ("-", "–")
        if before is not None and before.kind == "area" and hyphen and self.home in (before.value, token.value):
            clause.partner = before.value if token.value == self.home else token.value  # "China-ASEAN trade"
            clause.reporter = self.home
            return
        if token.value == "=":
            if placed:
                clause.refuse(f"{self._shown(token)!r}: which country is not said")
            elif not clause.share:
                clause.reporter = clause.reporter or "="
        elif placed and clause.share:
            clause.refuse("a share of trade with an area is not followed")
        elif (
            before is not None
            and before.kind == "from"
            and clause.flow == "X"
            and token.value in (clause.reporter, self.home)
        ):
            clause.reporter = token.value  # "goods were exported from Germany"
        elif placed:
            self._partner(clause, token.value)
        elif clause.share:
            if clause.whole is not None or clause.compare:
                clause.refuse("what it is a share of is not followed")
            clause.reporter = clause.reporter or f"={token.value}"
        elif (
            (clause.flow and before is not None and before.kind == "of")
            or not clause.flow
            or (clause.flow in ("t", "bt") and not clause.found)
        ):
            self._reporter(clause, token.value)
        else:
            clause.refuse(f"what {self._shown(token)!r} is here is not said")

    def _on_paired(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        self._reporter(clause, "CHN")  # 中美贸易
        self._partner(clause, token.value)

    def _partner(self, clause: Clause, code: str) -> None:
        if clause.partner not in ("", code):
            clause.refuse("two partners in one clause")
        clause.partner = code

    def _reporter(self, clause: Clause, code: str) -> None:
        if clause.reporter not in ("", "=", code):
            clause.refuse("two countries in one clause")
        clause.reporter = code

    def _on_list(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        kind, items = token.value, token.items
        if kind in ("amount", "percent"):
            self._several(clause, tokens, at, token)
        elif kind == "T" and not self.resp and not clause.each:
            self._on_flow(clause, tokens, at, Token("flow", "T", token.start, token.end))
        elif kind in ("flow", "T") and not clause.compare and not clause.share and not clause.found:
            clause.flow = "XM"
            clause.spread = ("flow", tuple(one.value for one in items))
        elif kind == "area" and (at and any(one.kind in _PLACES for one in tokens[max(0, at - 2) : at])):
            self._areas(clause, tokens, at, items)
        elif kind in ("detail", "breakdown", "period") and not clause.compare and not clause.share:
            values: tuple[object, ...] = tuple(one.when if kind == "period" else one.value for one in items)
            clause.spread = (kind, values)
        else:
            clause.refuse("a list where one thing is expected")

    def _areas(self, clause: Clause, tokens: Sequence[Token], at: int, items: Sequence[Token]) -> None:
        codes = tuple(one.value for one in items)
        home = self.home
        if len(codes) == 2 and home in codes and self._shown(tokens[at - 1]).lower() in ("between", "with"):
            self._partner(clause, next((code for code in codes if code != home), ""))
        else:
            clause.spread = ("partner", codes)
