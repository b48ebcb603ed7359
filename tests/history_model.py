"""A ledger as plain Python: releases, their sequences, documents, decisions and fractions.

Everything is recomputed from the start after each step. Judged is what the ledger gives to be judged, by a judge of a
few lines, so that nothing here depends on the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from schemas.figures import Figure, Interval, parse_printed
from schemas.findings import Finding, block_id
from schemas.joining import Joining
from schemas.release_dates import SEQUENCES
from storage.database.conditions import JOINS, JOINS_FAILING, RULES

FLOWS, PERIODS = ("T", "X", "M"), ("2019", "2020")
RELEASES = tuple(f"2021-0{month}-10" for month in range(1, 6))
VALUES = {
    "T": ("10", "11", "20", "10.2", ">9", "M", "10 P"),
    "X": ("6", "7", "6.4", "~6"),
    "M": ("4", "5", "4.5"),
}
Text = str
Printed = tuple[tuple[str, Text], ...]  # (flow, text), in order of the document


def figure_of(text: Text) -> tuple[Figure | None, str]:
    value, _, status = text.partition(" ")
    if value == "M":
        return None, "M"
    qualifier = value[0] if value[0] in "><~" else "="
    return Figure(*parse_printed(value.lstrip("><~")), qualifier), status


def rank(text: Text) -> tuple[Any, ...]:
    """Narrow before wide, `=` before others; ties by what is printed."""
    figure, status = figure_of(text)
    if figure is None:
        return (1, 0, 0, 0, status)
    kind = {"=": 0, "~": 1}.get(figure.qualifier, 2)
    return (0, kind, figure.exponent, figure.mantissa, status)


def interval(texts: list[Text]) -> Interval:
    whole = Interval(None, None)
    for text in texts:
        figure, _ = figure_of(text)
        whole = whole.meet(figure.interval) if figure else whole
    return whole


def meet(one: Text, other: Text) -> bool:
    """Whether two figures may be the same, though one is printed more exactly."""
    (a, a_status), (b, b_status) = figure_of(one), figure_of(other)
    return bool(a and b and a_status == b_status and not is_empty(a.interval.meet(b.interval)))


def is_empty(one: Interval) -> bool:
    return one.empty


def faults(readings: dict[str, list[Text]]) -> frozenset[tuple[str, str, str]]:
    """(rule, left, right) of what does not hold among the readings of a block, by flow."""
    found = set()
    for flow, texts in readings.items():
        if is_empty(interval(texts)):
            found.add(("repeat", f"{flow} {sorted(set(texts))}", ""))
    values = {f: [t for t in texts if figure_of(t)[0]] for f, texts in readings.items()}
    if not found and all(values.get(flow) for flow in FLOWS):
        x, m = interval(values["X"]), interval(values["M"])
        low = None if x.low is None or m.low is None else x.low + m.low
        high = None if x.high is None or m.high is None else x.high + m.high
        if is_empty(interval(values["T"]).meet(Interval(low, high))):
            found.add(("total", str(sorted(values["T"])), str(sorted(values["X"] + values["M"]))))
    return frozenset(found)


@dataclass
class Judged:
    """What ``schemas.judge.Judgement`` offers to the ledger."""

    blocks: np.ndarray
    held: frozenset[tuple[str, str]]
    findings: list[Finding]
    joining: Joining | None = None

    @property
    def size(self) -> int:
        return len(self.blocks)


def texts_of(frame: pd.DataFrame) -> list[Text]:
    found = []
    names = ("mantissa", "exponent", "qualifier", "status")
    for mantissa, exponent, qualifier, status in zip(*(frame[name].tolist() for name in names), strict=True):
        if status in ("M", "C", "NA"):
            found.append("M")
            continue
        digits = str(mantissa) if exponent == 0 else f"{mantissa // 10}.{mantissa % 10}"
        found.append(("" if qualifier == "=" else qualifier) + digits + (f" {status}" if status else ""))
    return found


def judge(frame: pd.DataFrame, came: np.ndarray, accepted: np.ndarray) -> Judged:
    """Block by block; ``came`` says of each reading when its document came, ``accepted`` whether a person did."""
    blocks, groups = [], dict[tuple[str, str, str], list[int]]()
    flows, texts = frame["flow"].tolist(), texts_of(frame)
    names = {period: block_id("trade", "CHN", "WLD", "total", "_T", period, "USD") for period in PERIODS}
    for at, (period, released) in enumerate(zip(frame["period"].tolist(), frame["released"].tolist(), strict=True)):
        block = names[period]
        blocks.append(block)
        groups.setdefault((block, released, period), []).append(at)
    findings, held, standing = [], set[tuple[str, str]](), []
    waits, sound, contested = (np.zeros(len(blocks), dtype=bool) for _ in range(3))
    documents = frame["document"].astype(str).tolist()
    for (block, released, period), rows in groups.items():
        printings = {(int(came[at]), documents[at], flows[at], texts[at], at) for at in rows}
        findings += [_finding(block, released, period, one) for one in sorted(faults(by_flow(printings)))]
        stands, joins = told_apart(printings, {one for one in printings if accepted[one[-1]]})
        if wrong := faults(by_flow(stands)):
            held.add((block, released))
            standing += [_finding(block, released, period, one) for one in sorted(wrong)]
        for one in joins:
            waits[one[-1]] = True
            sound[one[-1]] = not faults(by_flow(in_its_place(joins, stands, one[1])))
        contested[rows if joins else []] = True
    everything = frozenset((f.block, f.released) for f in findings)
    alone = Judged(np.array([], dtype=object), frozenset(held), standing)
    joined = Joining(waits, sound, contested, alone)  # type: ignore[arg-type]
    return Judged(np.array(blocks, dtype=object), everything, findings, joined)


def _finding(block: str, released: str, period: str, fault: tuple[str, str, str]) -> Finding:
    name, left, right = fault
    about = (name, "error", "fails", "trade", "CHN", "WLD", "total", "_T", period, "USD", left, right)
    return Finding(*about, "", "", block, released, "", "", f"{name} {left} {right}")


#: When its document came, that, the flow, what is printed, and where.
Reading = tuple[int, str, str, Text, int]


def by_flow(readings: set[Reading]) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    for _, _, flow, text, _ in sorted(readings, key=lambda one: (one[1], one[-1])):
        found.setdefault(flow, []).append(text)
    return found


def told_apart(readings: set[Reading], accepted: set[Reading]) -> tuple[set[Reading], set[Reading]]:
    """What stands, and what joined later and contradicts that; what was accepted stands whatever it contradicts."""
    stands, joins = set[Reading](), set[Reading]()
    for turn in sorted({one[0] for one in readings}):
        now = {one for one in readings if one[0] == turn}
        firm = stands and (stands & accepted or not faults(by_flow(stands)))
        if firm and faults(by_flow(stands | now)):
            joins |= now
        else:
            stands |= now
    return stands, joins


def in_its_place(joins: set[Reading], stands: set[Reading], document: str) -> set[Reading]:
    """What joined with a document in the place of what stands of its cells."""
    now = {one for one in joins if one[1] == document}
    flows = {one[2] for one in now}
    return {one for one in stands if one[2] not in flows} | now


# ── the model ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Held:
    released: str
    period: str
    readings: set[Reading]
    faults: frozenset[Any]
    cause: str = RULES
    state: str = "held"  # held, rejected, superseded, free
    rejected: bool = False
    behind: bool = False  # it waits in a later sequence too
    beside: bool = False  # rejected as another document was accepted

    @property
    def contested(self) -> bool:
        """Whether it is a question which of several documents counts."""
        return not self.rejected and (self.cause != RULES or len(self.documents) > 1)

    @property
    def cells(self) -> set[str]:
        return {flow for _, _, flow, _, _ in self.readings}

    @property
    def documents(self) -> set[str]:
        return {document for _, document, _, _, _ in self.readings}

    @property
    def says(self) -> frozenset[tuple[str, Text]]:
        return frozenset((flow, text) for _, _, flow, text, _ in self.readings)

    @property
    def ambiguous(self) -> bool:
        """Whether its documents contradict each other: a person must say which one."""
        several = {
            f for f in self.cells if len({d for _, d, flow, text, _ in self.readings if flow == f and text != "M"}) > 1
        }
        return self.cause == RULES and any(is_empty(interval(by_flow(self.readings)[flow])) for flow in several)


def by_document(readings: set[Reading]) -> list[tuple[str, set[Reading]]]:
    names = sorted({one[1] for one in readings})
    return [(name, {one for one in readings if one[1] == name}) for name in names]


def chosen(readings: set[Reading]) -> dict[str, Text]:
    return {flow: min(texts, key=rank) for flow, texts in by_flow(readings).items()}


@dataclass
class Decision:
    verdict: str
    period: str
    says: frozenset[Any]
    covers: frozenset[Any]
    released: str
    until: str
    beside: bool


#: After the name of what was accepted in place of others: which number it has beyond those of addresses is no matter.
APART = "*"


def base(released: str) -> str:
    """The date of a sequence."""
    return released.partition("+")[0]


def code(released: str) -> tuple[str, int]:
    """What orders sequences."""
    return base(released), int(released.partition("+")[2].rstrip(APART) or 1)


def sequence(date: str, number: int) -> str:
    """The name of a sequence."""
    return date if number == 1 else f"{date}+{number}"


@dataclass
class Model:
    documents: dict[str, tuple[str, dict[str, Printed]]] = field(default_factory=dict)
    came: dict[str, int] = field(default_factory=dict)  # when each was read first
    fetched: dict[str, tuple[str, int]] = field(default_factory=dict)  # of some, from which address and when
    held: list[Held] = field(default_factory=list)
    #: By sequence and period what is published, and whether that was accepted.
    published: dict[tuple[str, str], dict[str, tuple[Text, bool]]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    #: Of accepted documents that had joined, by (document, release, period): their sequence after those of addresses.
    moved: dict[tuple[str, str, str], int] = field(default_factory=dict)
    #: By date, that and period what those say.
    instead: dict[tuple[str, int, str], dict[str, tuple[Text, bool]]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)  # of each date, how many sequences of addresses there are
    stood: dict[tuple[str, str], dict[str, tuple[Text, bool]]] = field(default_factory=dict)  # before

    # ── sequences ────────────────────────────────────────────────────────────────────────────────────────────────────

    def firsts(self, date: str) -> dict[str, int]:
        """Of what addresses answered under a date, the sequence that each began."""
        answers: dict[str, list[str]] = {}
        for name in sorted(self.fetched.keys() & self.documents.keys(), key=lambda one: self.fetched[one][1]):
            released, said = self.documents[name]
            if released == date and any(said.values()):
                answers.setdefault(self.fetched[name][0], []).append(name)
        begins: dict[str, int] = {}
        for own in answers.values():
            before, now = None, 0  # when what it says now was first said after something else
            for name in own:
                says = {(p, *one) for p, printed in self.documents[name][1].items() for one in printed}
                now = self.fetched[name][1] if before not in (None, says) else now
                begins[name], before = now, says
        ranks = {at: number for number, at in enumerate(sorted({0, *begins.values()}), 1)}
        return {name: ranks[at] for name, at in begins.items()}

    def sequences(self, date: str) -> list[str]:
        """Those of addresses."""
        return [sequence(date, one + 1) for one in range(max(self.firsts(date).values(), default=1))]

    def standing(self, released: str) -> set[str]:
        """The documents that stand in a sequence: all that joins, and of each address the last answer."""
        date, now = code(released)
        firsts, found = self.firsts(date), set[str]()
        for name, (of, _) in self.documents.items():
            first = firsts.get(name, 1)
            after = [n for one, n in firsts.items() if name in firsts and self.fetched[one][0] == self.fetched[name][0]]
            if of == date and first <= now and not any(first < one <= now for one in after):
                found.add(name)
        return found

    def readings(self, released: str, period: str) -> set[Reading]:
        return {
            (self.came[name], name, flow, text, at)
            for name in self.standing(released)
            for at, (flow, text) in enumerate(self.documents[name][1].get(period, ()))
        }

    # ── what is judged ───────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self, touched: set[str], again: set[str], were: dict[str, int] | None = None) -> None:
        """Judge all blocks of these dates; ``again`` are documents that were read anew.

        ``were`` are the sequences that answers began before: what is renumbered is judged anew too.
        """
        for date in sorted(touched):
            known = self.sequences(date)
            now = self.firsts(date)
            renumbered = {one for one, first in now.items() if were is not None and were.get(one, first) != first}
            self.last[date] = len(known)
            self.stood = self.published
            self.published = {one: of for one, of in self.published.items() if base(one[0]) != date}
            before = {one: at for one, at in self.moved.items() if one[1] == date and one[0] in again}
            for one, at in before.items():
                del self.moved[one]
                self.instead.pop((date, at, one[2]), None)
            for released in known:
                for period in PERIODS:
                    self._settle_block(released, period, again, renumbered, before)
            for held in self.held:
                if base(held.released) == date and held.released not in known:
                    held.state = "free"
        for held in self.held:
            held.behind &= base(held.released) not in touched
        self.supersede()
        self.behind()

    def behind(self) -> None:
        """What waits in a later sequence of its date too is decided there."""
        waiting = [one for one in self.held if one.state == "held"]
        for held in waiting:
            later = [
                one for one in waiting
                if (base(one.released), one.period, one.cause) == (base(held.released), held.period, held.cause)
                and (held.cause == RULES or (one.says, one.faults) == (held.says, held.faults))
                and code(one.released) > code(held.released)
            ]  # fmt: skip
            if later:
                held.state = "superseded"
                held.behind = True

    def supersede(self) -> None:
        """What is kept back waits as long as no later release says anything of its cells.

        What documents contest waits as long as something of it is said by none.
        """
        for held in self.held:
            if held.state != "free":
                own, said = code(held.released), [one for one in self.said() if one[1] == held.period]
                # What was accepted in place of others is a sequence of its release, and no later release.
                when = {one: (base(one[0]), 1) if one[0].endswith(APART) else code(one[0]) for one in said}
                later = {one for one in said if when[one] > own or (held.rejected and when[one] == own)}
                flows = {flow for one in later for flow in self.said()[one]}
                over = held.behind or (self.contested(held) <= flows if held.contested else held.cells & flows)
                held.state = "superseded" if over else "rejected" if held.rejected else "held"

    def contested(self, held: Held) -> set[str]:
        """All cells of a block that documents contest: of what stands, and of what waits."""
        about, date = (held.released, held.period), base(held.released)
        stands = {one for one in self.readings(*about) if (one[1], date, held.period) not in self.moved}
        gone = {one for h in self.held if (h.released, h.period) == about and h.rejected for one in h.readings}
        return held.cells | {one[2] for one in stands - gone}

    def said(self) -> dict[tuple[str, str], dict[str, tuple[Text, bool]]]:
        """By release and period what is published, in order of releases."""
        apart = {(f"{date}+{SEQUENCES + at}{APART}", period): says for (date, at, period), says in self.instead.items()}
        both = self.published | apart
        return {one: both[one] for one in sorted(both, key=lambda one: (code(one[0]), one[1]))}

    def verdict(self, readings: set[Reading], released: str, period: str, wrong: frozenset[Any]) -> str:
        """What was decided about the same figures, if it covers all that is wrong."""
        says = frozenset(chosen(readings).items())
        for kind in ("accept", "reject"):
            covers = [
                one.covers for one in self.decisions
                if (one.verdict, one.period, one.says) == (kind, period, says)
                and (not one.until or base(released) <= one.until or code(released) <= code(one.released))
            ]  # fmt: skip
            if wrong and wrong <= frozenset().union(*covers):
                return kind
        return ""

    def rejected_beside(self, held: Held) -> bool:
        """Whether the last decision that rejects this, and is remembered, was an acceptance of another document."""
        says = frozenset(chosen(held.readings).items())
        found = [
            one.beside
            for one in self.decisions
            if (one.verdict, one.period, one.says) == ("reject", held.period, says) and one.covers & held.faults
        ]
        return bool(found and found[-1])

    def _settle_block(
        self, released: str, period: str, again: set[str], renumbered: set[str], were: dict[tuple[str, str, str], int]
    ) -> None:
        date = base(released)
        mine = [h for h in self.held if (h.released, h.period) == (released, period) and h.state != "free"]
        out = set()
        for held in self.held:
            earlier = base(held.released) == date and code(held.released) <= code(released)
            if earlier and held.period == period and held.state != "free" and held.rejected:
                out |= set() if held.documents & (again | renumbered) else held.readings
        before = {name: at for (name, _, of), at in were.items() if of == period}
        rows = {one for one in self.readings(released, period) - out if (one[1], date, period) not in self.moved}
        accepted = {
            one
            for one in rows
            if one[1] not in again and self.stood.get((released, period), {}).get(one[2], ("", False))[1]
        }
        stands, joins = told_apart(rows, accepted)
        wrong, union = faults(by_flow(stands)), faults(by_flow(rows))
        if joins and self.verdict(rows, released, period, union):
            stands, joins, wrong = rows, set[Reading](), union  # it was decided about all that is said
        kept: list[Held] = []
        whole = self.verdict(stands, released, period, wrong)
        free, refused = stands, set[Reading]()
        if wrong and not whole:
            said = {d: self.verdict(own, released, period, wrong) for d, own in by_document(stands)}
            if "accept" in said.values() and "" not in said.values():
                whole = "accept"
                free = {one for one in stands if said[one[1]] == "accept"}
                refused = stands - free
        self.published[released, period] = {}
        if wrong and whole != "accept":
            kept.append(self._hold(mine, Held(released, period, stands, wrong, rejected=bool(whole))))
        else:
            mark = bool(wrong)
            self.published[released, period] = {flow: (text, mark) for flow, text in chosen(free).items()}
        for _, own in by_document(refused):
            kept.append(self._hold(mine, Held(released, period, own, wrong, rejected=True)))
        for name, own in by_document(joins):
            fails = faults(by_flow(in_its_place(joins, stands, name)))
            verdict = self.verdict(own, released, period, union)
            if verdict == "accept":
                self.move(own, released, period, bool(fails), before.get(name, 0))
            else:
                cause = JOINS_FAILING if fails else JOINS
                kept.append(self._hold(mine, Held(released, period, own, union, cause, rejected=bool(verdict))))
        for held in mine:
            if not any(held is one for one in kept) and (not held.rejected or held.documents & (again | renumbered)):
                held.state = "free"

    def _hold(self, mine: list[Held], one: Held) -> Held:
        """The block that is held already and says the same, or that one, held now."""
        for held in reversed(mine):
            same = (held.says, held.faults, held.cause) == (one.says, one.faults, one.cause)
            if same and held.state != "free" and (held.rejected or not one.rejected):
                held.readings |= one.readings
                return held
        one.beside = one.rejected and self.rejected_beside(one)
        self.held.append(one)
        mine.append(one)
        return one

    def decide(self, held: Held, verdict: str, until: str, document: str, *, beside: bool = False) -> None:
        """A person accepts or rejects a block; where a document is named, of a block that fails as a whole that one."""
        own, others = held.readings, set[Reading]()
        if verdict == "accept" and document and held.cause == RULES:
            said = chosen({one for one in held.readings if one[1] == document})
            own = {one for _, part in by_document(held.readings) if chosen(part) == said for one in part}
            others = held.readings - own
        self.record(verdict, held, own, until, beside=beside)
        if verdict == "reject":
            held.rejected, held.beside = True, beside
        else:
            held.state = "free"
            if held.cause != RULES:
                self.move(own, held.released, held.period, held.cause == JOINS_FAILING)
            else:
                says = {flow: (text, True) for flow, text in chosen(own).items()}
                self.published[held.released, held.period] = says
            for _, other in by_document(others):
                self.record("reject", held, other, beside=True)
                self.held.append(Held(held.released, held.period, other, held.faults, rejected=True, beside=True))
            for one in self.held:  # what else of the block waits is decided with it
                if (one.released, one.period, one.state, one.rejected) == (held.released, held.period, "held", False):
                    self.record("reject", one, one.readings, beside=True)
                    one.rejected = one.beside = True
        self.supersede()

    def record(
        self, verdict: str, held: Held, readings: set[Reading], until: str = "", *, beside: bool = False
    ) -> None:
        """What is decided, about which figures, covering what."""
        says = frozenset(chosen(readings).items())
        self.decisions.append(Decision(verdict, held.period, says, held.faults, held.released, until, beside))

    def move(self, readings: set[Reading], released: str, period: str, fails: bool, to: int = 0) -> None:
        """An accepted document that had joined is the next sequence of its release, if it is none already."""
        date = base(released)
        names = {one[1] for one in readings}
        known = {self.moved[one, date, period] for one in names if (one, date, period) in self.moved}
        to = to or min(known, default=max((at for (_, of, _), at in self.moved.items() if of == date), default=0) + 1)
        for name in names:
            self.moved[name, date, period] = to
        self.instead[date, to, period] = {flow: (text, fails) for flow, text in chosen(readings).items()}

    def answer(self, released_by: str = "9999") -> dict[tuple[str, str], tuple[str, Text, bool]]:
        """(flow, period) → (release, printed, whether accepted) in force."""
        found: dict[tuple[str, str], tuple[str, Text, bool]] = {}
        for (released, period), said in self.said().items():
            if base(released) > released_by:
                break
            for flow, (text, accepted) in said.items():
                old = found.get((flow, period))
                if old is None or news(text, old[1]):
                    found[flow, period] = (released, text, accepted)
        return found

    def pending(self) -> dict[tuple[str, str], str]:
        """Marks of what is in force: for a newer reading that is kept back, or one of its own release.

        What was rejected marks figures of its own release that say something else, until a later release says anything.
        """
        answer = self.answer()
        found: dict[tuple[str, str], str] = {}
        full = [(date, name) for name, (date, blocks) in self.documents.items() if any(blocks.values())]
        last = max(((date, self.firsts(date).get(name, 1)) for date, name in full), default=("", 0))
        for held in self.held:
            over = held.state == "superseded" and last > code(held.released)
            state = held.state if over or held.state != "superseded" else "rejected" if held.rejected else "held"
            marked = held.readings if state in ("held", "rejected") else set()
            if held.cause != RULES and state == "held":
                marked = marked | self.readings(held.released, held.period)  # all of a contested block
            for _, _, flow, text, _ in marked:
                cell = (flow, held.period)
                released, now, _ = answer.get(cell, ("9999", "", False))
                own = code(held.released)
                same = held.released == released
                newer = own > code(released)
                if released.endswith(APART):  # accepted in the place of others of its date, in whatever sequence
                    same, newer = own[0] == base(released), own[0] > base(released)
                newer |= same and (state == "held" or (text != now and not held.beside))
                if newer and found.get(cell) != "held":
                    found[cell] = state
        return found


def news(new: Text, old: Text) -> bool:
    if new == old:
        return False
    (a, _), (b, _) = figure_of(new), figure_of(old)
    if a is None or b is None:
        return True

    def width(one: Figure) -> Any:
        i = one.interval
        return (1, 0) if i.low is None or i.high is None else (0, i.high - i.low)

    return not (width(a) > width(b) and not is_empty(a.interval.meet(b.interval)))
