"""What a figure in a clause is: a level, a rate, a share, what something is compared with; or why it is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sources.shared.prose.closing import Closing
from sources.shared.prose.mentions import Candidate, Clause
from sources.shared.prose.words.tokens import Token

#: Words that stand between others without coming between them.
_PASSED: Final = frozenset(
    (
        "fill",
        "poss",
        "total",
        "each",
        "resp",
        "whole",
        "agency",
        "say",
        "ofwhich",
        "pron",
        "basis",
        "yoy",
        "prev",
        "avg",
    )
)
_FIGURES: Final = frozenset(("amount", "percent", "pp", "fold", "number", "double"))
#: A mention that stands ahead of its figure ends in one of these; behind "up" an amount is by how much.
_AHEAD_OF_LEVEL: Final = frozenset(
    ("level", "of", "flow", "area", "period", "topic", "detail", "breakdown", "list", "to", "sales", "share")
)


class Amounts(Closing):
    """Figures of a clause, each beside the words around it."""

    def _before(self, tokens: Sequence[Token], at: int) -> Token | None:
        return next((one for one in reversed(tokens[:at]) if one.kind not in _PASSED), None)

    def _behind(self, tokens: Sequence[Token], at: int) -> Token | None:
        return next((one for one in tokens[at + 1 :] if one.kind not in _PASSED), None)

    def _shown(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def _on_unknown(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if not clause.cause:
            clause.unknown = clause.unknown or self._shown(token)
            behind = self._behind(tokens, at)
            verb = any(
                one.kind in _FIGURES | {"up", "down", "level"} or one.value in ("amount", "percent")
                for one in tokens[:at]
            )
            clause.nameless = clause.nameless or (not verb and (behind is not None or bool(clause.flow)))

    _on_quantity = _on_dur = _on_rank = _on_unknown

    def _several(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        """Figures in a list: of each a candidate of its own, where "respectively" says which is whose."""
        first = len(clause.found)
        direction = clause.direction
        for one in token.items:
            clause.direction = direction
            getattr(self, f"_on_{one.kind}")(clause, [*tokens[:at], one, *tokens[at + 1 :]], at, one)
        added = clause.found[first:]
        spread = clause.spread or self.about.spread
        if clause.compare or not self.resp or spread is None or len(spread[1]) != len(added):
            for candidate in added:
                candidate.refuse("several figures, and which is whose is not said")
            return
        for candidate, value in zip(added, spread[1], strict=True):
            candidate.of = (spread[0], value)

    def _on_number(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        behind, before = self._behind(tokens, at), self._before(tokens, at)
        if (behind is not None and behind.kind == "dur") or (before is not None and before.kind == "rank"):
            self._on_unknown(clause, tokens, at, token)
            return
        if clause.counted and not token.figure.why and before is not None and before.kind == "level":
            clause.found.append(Candidate(token, "count"))
            return
        unit = self._shown(behind) if behind is not None and behind.kind == "quantity" else ""
        candidate = Candidate(token, "")
        candidate.refuse(token.figure.why or (f"a number of {unit}, no trade in money" if unit else "no unit is said"))
        clause.found.append(candidate)
        clause.refuse("a number beside it whose meaning is not known")

    def _on_amount(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        before, behind = self._before(tokens, at), self._behind(tokens, at)
        candidate = Candidate(token, "level")
        clause.found.append(candidate)
        if token.figure.why:
            candidate.refuse(token.figure.why)
        elif behind is not None and behind.kind == "quantity":
            candidate.refuse(f"a number of {self._shown(behind)}, no trade in money")
        elif clause.counted and before is not None and before.kind == "level":
            candidate.measure = "count"
        elif not token.figure.scaled:
            candidate.refuse("no multiplier is said (million, billion): an amount of this size is no trade figure")
        elif clause.cause:
            candidate.refuse("it stands in what is said of a cause")
        elif clause.compare:
            clause.compared.append(candidate)
        elif behind is not None and behind.kind == "more":
            candidate.refuse("a difference between two figures")
        elif self._flow_ahead(tokens, at) and clause.flow in ("", "B"):
            candidate.why, clause.ahead = "whose amount it is is not said", candidate
        elif (clause.opener in ("(", ":") and any(self.hanging) and len(tokens) == 1) or (
            clause.opener == "(" and all(one is token or one.kind == "fill" or one.value == "q" for one in tokens)
        ):
            candidate.converted = True
        elif before is None and clause.opener in (":", "：") and self.about.flow:
            pass
        elif (
            other := next(
                (
                    one
                    for one in clause.found
                    if one.measure == "level"
                    and one not in clause.compared
                    and not one.why
                    and not one.converted
                    and one is not candidate
                ),
                None,
            )
        ) and not any(one.kind == "list" for one in tokens):
            other.refuse("two amounts, and which is meant is not said")
            candidate.refuse("two amounts, and which is meant is not said")
        elif before is None or before.kind not in _AHEAD_OF_LEVEL or self._is_change(tokens, at):
            change = before is not None and before.kind in ("up", "down", "of")
            candidate.refuse("a difference between two figures" if change else "what the amount is of is not said")

    def _is_change(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether "of" before an amount belongs to a rise: "an increase of $5 billion"."""
        said = [
            one for one in tokens[:at] if one.kind not in _PASSED and not (one.kind == "level" and one.value == "q")
        ]
        return (len(said) > 1 and said[-1].kind == "of" and said[-2].kind in ("up", "down")) or bool(
            said and said[-1].kind in ("up", "down")
        )

    def _flow_ahead(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether the flow of an amount stands behind it: "a $23.6 billion surplus", "$5 billion of exports"."""
        for token in tokens[at + 1 :]:
            if token.kind == "flow":
                return True
            if token.kind == "level" and self._shown(token) in (
                "was",
                "were",
            ):  # "goods worth $5 billion were exported"
                continue
            if token.kind not in ("of", "fill", "topic", "total", "poss"):
                return False
        return False

    def _on_percent(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        candidate = Candidate(token, "growth")
        clause.found.append(candidate)
        figure, behind = token.figure, self._behind(tokens, at)
        turn = 0
        if behind is not None and behind.kind in ("up", "down", "more"):
            turn = 1 if behind.kind == "up" or (behind.kind == "more" and behind.value == "up") else -1
        if figure.why:
            candidate.refuse(figure.why)
        elif clause.cause:
            candidate.refuse("it stands in what is said of a cause")
        elif clause.compare:
            candidate.refuse("a rate of another period")
        elif clause.direction and turn and not (clause.share):
            candidate.refuse("whether it rose or fell is said twice")
        elif clause.share and not clause.direction:
            candidate.measure = "share"
        elif clause.direction or turn:
            candidate.direction = clause.direction or turn
            if figure.mantissa < 0 and candidate.direction < 0:
                candidate.refuse("a fall by less than nothing")
            clause.direction = 0
        elif clause.opener in ("or", "(") and self.turn and self._before(tokens, at) is None:
            candidate.direction = self.turn
        elif (
            (before := self._before(tokens, at))
            and before.kind == "flow"
            and clause.opener in ("and", ",", "，", ";", "；")
            and (turned := self._turned())
        ):
            candidate.direction = turned  # "exports grew 17 percent and imports 18 percent"
        elif figure.signed and (clause.growth or self._compares(tokens, at)):
            candidate.direction = 1
        else:
            candidate.refuse("what the percentage says is not said")

    def _turned(self) -> int:
        last = next((one for one in reversed(self.found[-3:]) if one.measure.startswith("growth")), None)
        return last.direction if last is not None and not last.why else 0

    def _compares(self, tokens: Sequence[Token], at: int) -> bool:
        return any(one.kind in ("compare", "yoy", "prev", "than") for one in tokens[at + 1 :])

    def _on_more(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if not (clause.found and (before := self._before(tokens, at)) and before.kind in _FIGURES | {"list"}):
            self._on_unknown(clause, tokens, at, token)
        clause.compare = clause.compare or self._shown(token).lower().endswith("than")

    def _on_pp(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        candidate = Candidate(token, "")
        candidate.refuse("percentage points, a difference between two rates")
        clause.found.append(candidate)
        clause.direction = 0

    def _on_fold(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        if clause.direction > 0 and not clause.compare:
            self._on_percent(clause, tokens, at, token)
        else:
            candidate = Candidate(token, "")
            candidate.refuse("a multiple of another figure")
            clause.periods.clear()  # 是2006年的2.8倍: that year is the other figure's
            clause.found.append(candidate)

    def _on_double(self, clause: Clause, tokens: Sequence[Token], at: int, token: Token) -> None:
        clause.direction, clause.compare = 1, False
        self._on_percent(clause, [*tokens[: at + 1]], at, token)
