"""Random histories of a ledger against a simple model in plain Python.

The model knows releases, documents, decisions and fractions; it recomputes everything from the start after each step.
Judged is what the ledger gives to be judged, by a judge of a few lines, so that nothing here depends on the rules.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule
from ledgers import document, frame

from schemas.documents import Parsed
from schemas.errors import LedgerError, UsageError
from schemas.figures import Figure, Interval, parse_printed
from schemas.findings import Finding, block_id
from schemas.joining import Joining
from schemas.observations import combine
from storage import queries
from storage.archive import Archive
from storage.database.conditions import JOINS, JOINS_FAILING, RULES
from storage.decisions import decide
from storage.ledger import Batch, Ledger
from storage.publish import publish as publishing
from storage.reparse import assignment
from tests.demands import HEAVY

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


def text_of(row: Any) -> Text:
    if row.status in ("M", "C", "NA"):
        return "M"
    digits = str(row.mantissa) if row.exponent == 0 else f"{row.mantissa // 10}.{row.mantissa % 10}"
    return ("" if row.qualifier == "=" else row.qualifier) + digits + (f" {row.status}" if row.status else "")


def judge(frame: pd.DataFrame, came: np.ndarray, accepted: np.ndarray) -> Judged:
    """Block by block; ``came`` says of each reading when its document came, ``accepted`` whether a person did."""
    blocks, groups = [], dict[tuple[str, str, str], list[int]]()
    flows, texts = frame["flow"].tolist(), [text_of(row) for row in frame.itertuples()]
    for at, (period, released) in enumerate(zip(frame["period"], frame["released"], strict=True)):
        block = block_id("trade", "CHN", "WLD", "total", "_T", period, "USD")
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


@dataclass
class Model:
    documents: dict[str, tuple[str, dict[str, Printed]]] = field(default_factory=dict)
    came: dict[str, int] = field(default_factory=dict)  # when each was read first
    held: list[Held] = field(default_factory=list)
    #: By sequence and period what is published, and whether that was accepted.
    published: dict[tuple[str, str], dict[str, tuple[Text, bool]]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    #: Of accepted documents that had joined, by (document, release, period): their sequence.
    moved: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def readings(self, released: str, period: str) -> set[Reading]:
        return {
            (self.came[name], name, flow, text, at)
            for name, (date, blocks) in self.documents.items()
            if date == released
            for at, (flow, text) in enumerate(blocks.get(period, ()))
        }

    def settle(self, touched: set[str], again: set[str]) -> None:
        """Judge all blocks of these releases; ``again`` are documents that were read anew."""
        for released in sorted(touched):
            for period in PERIODS:
                self._settle_block(released, period, again)
        self.supersede()

    def supersede(self) -> None:
        """What is kept back waits as long as no later release says anything of its cells."""
        for held in self.held:
            if held.state != "free":
                later = {r for r, _ in self.published if r > held.released or (held.rejected and r == held.released)}
                over = any(held.cells & set(self.published.get((r, held.period), {})) for r in later)
                held.state = "superseded" if over else "rejected" if held.rejected else "held"

    def verdict(self, readings: set[Reading], released: str, period: str, wrong: frozenset[Any]) -> str:
        """What was decided about the same figures, if it covers all that is wrong."""
        says = frozenset(chosen(readings).items())
        for kind in ("accept", "reject"):
            covers = [
                one.covers for one in self.decisions
                if (one.verdict, one.period, one.says) == (kind, period, says)
                and (not one.until or released <= max(one.until, one.released))
            ]  # fmt: skip
            if wrong and wrong <= frozenset().union(*covers):
                return kind
        return ""

    def _settle_block(self, released: str, period: str, again: set[str]) -> None:
        mine = [h for h in self.held if (h.released, h.period) == (released, period) and h.state != "free"]
        out = set()
        for held in mine:
            if held.rejected and not held.documents & again:
                out |= held.readings
        before = {name: at for (name, *of), at in self.moved.items() if of == [released, period]}
        for name in set(before) & again:
            del self.moved[name, released, period]
            self.published.pop((before[name], period), None)
        rows = {one for one in self.readings(released, period) - out if (one[1], released, period) not in self.moved}
        accepted = {
            one
            for one in rows
            if one[1] not in again and self.published.get((released, period), {}).get(one[2], ("", False))[1]
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
                self.move(own, released, period, bool(fails), before.get(name, ""))
            else:
                cause = JOINS_FAILING if fails else JOINS
                kept.append(self._hold(mine, Held(released, period, own, union, cause, rejected=bool(verdict))))
        for held in mine:
            if not any(held is one for one in kept) and (not held.rejected or held.documents & again):
                held.state = "free"

    def _hold(self, mine: list[Held], one: Held) -> Held:
        """The block that is held already and says the same, or that one, held now."""
        for held in reversed(mine):
            same = (held.says, held.faults, held.cause) == (one.says, one.faults, one.cause)
            if same and held.state != "free" and (held.rejected or not one.rejected):
                held.readings |= one.readings
                return held
        self.held.append(one)
        mine.append(one)
        return one

    def decide(self, held: Held, verdict: str, until: str, document: str) -> None:
        """A person accepts or rejects a block; where a document is named, of a block that fails as a whole that one."""
        own, others = held.readings, set[Reading]()
        if verdict == "accept" and document and held.cause == RULES:
            said = chosen({one for one in held.readings if one[1] == document})
            own = {one for _, part in by_document(held.readings) if chosen(part) == said for one in part}
            others = held.readings - own
        self.record(verdict, held, own, until)
        if verdict == "reject":
            held.rejected = True
        else:
            held.state = "free"
            if held.cause != RULES:
                self.move(own, held.released, held.period, held.cause == JOINS_FAILING)
            else:
                says = {flow: (text, True) for flow, text in chosen(own).items()}
                self.published[held.released, held.period] = says
            for _, other in by_document(others):
                self.record("reject", held, other)
                self.held.append(Held(held.released, held.period, other, held.faults, rejected=True))
            for one in self.held:  # what else of the block waits is decided with it
                if (one.released, one.period, one.state, one.rejected) == (held.released, held.period, "held", False):
                    self.record("reject", one, one.readings)
                    one.rejected = True
        self.supersede()

    def record(self, verdict: str, held: Held, readings: set[Reading], until: str = "") -> None:
        """What is decided, about which figures, covering what."""
        says = frozenset(chosen(readings).items())
        self.decisions.append(Decision(verdict, held.period, says, held.faults, held.released, until))

    def move(self, readings: set[Reading], released: str, period: str, fails: bool, to: str = "") -> None:
        """An accepted document that had joined is the next sequence of its block, if it is none already."""
        names = {at for (_, *about), at in self.moved.items() if about == [released, period]}
        to = to or f"{released}+{max((int(at.partition('+')[2]) for at in names), default=1) + 1}"
        for name in {one[1] for one in readings}:
            self.moved[name, released, period] = to
        self.published[to, period] = {flow: (text, fails) for flow, text in chosen(readings).items()}

    def answer(self, released_by: str = "9999") -> dict[tuple[str, str], tuple[str, Text, bool]]:
        """(flow, period) → (release, printed, whether accepted) in force."""
        found: dict[tuple[str, str], tuple[str, Text, bool]] = {}
        for released, period in sorted(self.published):
            if released.partition("+")[0] > released_by:
                break
            for flow, (text, accepted) in self.published[released, period].items():
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
        last = max((date for date, blocks in self.documents.values() if any(blocks.values())), default="")
        for held in self.held:
            state = "rejected" if held.state == "superseded" and held.rejected and last <= held.released else held.state
            marked = held.readings if state in ("held", "rejected") else set()
            if held.cause != RULES and state == "held":
                marked = marked | self.readings(held.released, held.period)  # all of a contested block
            for _, _, flow, text, _ in marked:
                cell = (flow, held.period)
                released, now, _ = answer.get(cell, ("9999", "", False))
                newer = held.released > released or (held.released == released and (state == "held" or text != now))
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


@cache
def _template() -> bytes:
    folder = Path(tempfile.mkdtemp())
    with Ledger.open(f"sqlite:///{folder / 'ledger.db'}", create=True):
        pass
    content = (folder / "ledger.db").read_bytes()
    shutil.rmtree(folder)
    return content


def blocks() -> st.SearchStrategy[dict[str, Printed]]:
    flow = st.sampled_from(FLOWS)
    reading = flow.flatmap(lambda f: st.tuples(st.just(f), st.sampled_from(VALUES[f])))
    usual = st.tuples(*(st.tuples(st.just(f), st.sampled_from(VALUES[f][:3])) for f in FLOWS))
    return st.dictionaries(st.sampled_from(PERIODS), usual | st.lists(reading, max_size=4).map(tuple), max_size=2)


class Histories(RuleBasedStateMachine):
    documents = Bundle("documents")

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tradeledger-history-"))
        self.number, self.version, self.turn = 0, 1, 0
        self.model = Model()
        self.given: dict[str, str] = {}  # of each document, the date it came with
        self.plain = True  # only documents came, nothing was decided or read again
        self.past: list[tuple[str, Any]] = []
        self.together: list[tuple[str, ...]] = []  # documents that one collection brought
        self.archive = Archive(self.folder / "documents")
        self.ledger = self.open("ledger")

    def open(self, name: str) -> Ledger:
        path = self.folder / f"{name}.db"
        path.write_bytes(_template())
        return Ledger.open(f"sqlite:///{path}", create=True)

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.remembers()
            if self.plain:
                self.any_order()
            self.ledger.close()
            shutil.rmtree(self.folder)

    # ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────

    def bytes_of(self, name: str) -> Any:
        """A document; shown again under another date it is "d001+1": the same bytes."""
        return document(name.partition("+")[0], released=self.given.get(name, ""))

    def showings(self, name: str) -> list[str]:
        """All names under which the bytes of a document were shown, in order."""
        return [one for one in self.model.documents if one.partition("+")[0] == name.partition("+")[0]]

    def batch(self, name: str, released: str, content: dict[str, Printed], **more: Any) -> Batch:
        made = replace(self.bytes_of(name), **more)
        figures: dict[tuple[str, str], list[Text]] = {}
        places: dict[tuple[str, str], list[tuple[int, int]]] = {}  # period and place in the document
        for number, (period, printed) in enumerate(content.items()):
            for at, (flow, text) in enumerate(printed):
                figures.setdefault((flow, period), []).append(text)
                places.setdefault((flow, period), []).append((number, at))
        rows = [(*place, period) for (_, period), here in places.items() for place in here]
        order = sorted(range(len(rows)), key=lambda row: rows[row][:2])
        readings = frame(figures, released, made.sha256)
        if rows:
            readings = readings.assign(position=[1000 * (at + 1) + PERIODS.index(period) for _, at, period in rows])
        return Batch("table", [made], Parsed(readings.iloc[order].reset_index(drop=True)), self.version)

    def publish(self, ledger: Ledger, one: Batch, kind: str = "collect") -> Any:
        context = ledger.context(one, kind=kind)
        news = context.news(one).readings
        judged = judge(combine([context.readings, news]), *context.came(news))
        run = ledger.publish(one, context, judged, kind=kind)  # type: ignore[arg-type]
        counts = run.counts
        assert counts["parsed"] == len(one.parsed.readings) == sum(n for k, n in counts.items() if k != "parsed")
        return run

    def know(self, released: str, name: str, content: dict[str, Printed], *, with_last: bool = False) -> None:
        """Tell the model of a new document, which came by itself or together with the last one."""
        self.turn += not with_last
        self.model.documents[name], self.model.came[name] = (released, content), self.turn

    def remember(self) -> None:
        """What is answered now must be answered for ever."""
        (last, *_) = queries.runs(self.ledger)
        self.past.append((last["recorded_at"], self.answers(self.ledger, as_of=last["recorded_at"])))

    @rule(target=documents, released=st.sampled_from(RELEASES), content=blocks())
    def collect(self, released: str, content: dict[str, Printed]) -> str:
        self.number += 1
        name = f"d{self.number:03d}"
        self.given[name] = released
        run = self.publish(self.ledger, self.batch(name, released, content))
        assert run.outcome in ("published", "unchanged", "quarantined")
        self.know(released, name, content)
        if any(content.values()):
            self.model.settle({released}, set())
        self.archive.put(self.bytes_of(name).content)
        self.remember()
        return name

    @rule(target=documents, name=documents, released=st.sampled_from(RELEASES), gone=st.sampled_from(FLOWS + PERIODS))
    def vanish(self, name: str, released: str, gone: str) -> Any:
        """A further release prints what a document said, less some figures: absence is not deletion."""
        if released in {date for date, _ in self.model.documents.values()}:
            return multiple()
        content = {
            period: tuple((flow, text) for flow, text in printed if flow != gone)
            for period, printed in self.model.documents[name][1].items()
            if period != gone
        }
        before = self.answers(self.ledger)
        made = self.collect(released, content)
        after = self.answers(self.ledger)
        assert {cell: what for cell, what in after.items() if gone in cell} == {
            cell: what for cell, what in before.items() if gone in cell
        }
        return made

    @rule(name=documents)
    def collect_again(self, name: str) -> None:
        released, content = self.model.documents[name]
        before = self.answers(self.ledger)
        run = self.publish(self.ledger, self.batch(name, released, content))
        assert (run.outcome, run.counts["published"]) == ("unchanged", 0)
        assert self.answers(self.ledger) == before

    @rule(target=documents, name=documents, released=st.sampled_from(RELEASES))
    def show_again(self, name: str, released: str) -> Any:
        """An agency shows the very bytes of an earlier document on another date: a release like any other."""
        known = self.showings(name)
        if released in {date for one in known for date in (self.given[one], self.model.documents[one][0])}:
            return multiple()
        shown = f"{known[0]}+{len(known)}"
        content = self.model.documents[name][1]
        self.given[shown] = released
        self.publish(self.ledger, self.batch(shown, released, content))
        self.know(released, shown, content)
        if any(content.values()):
            self.model.settle({released}, set())
        self.remember()
        return shown

    @rule(target=documents, name=documents, released=st.sampled_from(RELEASES), content=blocks(), first=st.booleans())
    def collect_together(self, name: str, released: str, content: dict[str, Printed], first: bool) -> str:
        """One collection brings a document that is known and one that is new: the same as the new one alone."""
        before, known = self.model.documents[name]
        self.number += 1
        new = f"d{self.number:03d}"
        self.given[new] = released
        both = [self.batch(name, before, known), self.batch(new, released, content)]
        parsed = Parsed(combine([one.parsed.readings for one in (both[::-1] if first else both)]))
        documents = [document for one in both for document in one.documents]
        self.publish(self.ledger, replace(both[0], documents=documents, parsed=parsed))
        self.know(released, new, content)
        touched = {date for date, said in ((before, known), (released, content)) if any(said.values())}
        self.model.settle(touched, set())
        self.archive.put(self.bytes_of(new).content)
        self.remember()
        return new

    @rule(target=documents, released=st.sampled_from(RELEASES), contents=st.tuples(blocks(), blocks()))
    def collect_two(self, released: str, contents: tuple[dict[str, Printed], dict[str, Printed]]) -> Any:
        """One collection brings two new documents of one release: neither came before the other."""
        names = [f"d{self.number + at:03d}" for at in (1, 2)]
        self.number += 2
        self.given |= dict.fromkeys(names, released)
        both = [self.batch(name, released, content) for name, content in zip(names, contents, strict=True)]
        parsed = Parsed(combine([one.parsed.readings for one in both]))
        documents = [document for one in both for document in one.documents]
        self.publish(self.ledger, replace(both[0], documents=documents, parsed=parsed))
        for at, (name, content) in enumerate(zip(names, contents, strict=True)):
            self.know(released, name, content, with_last=bool(at))
            self.archive.put(self.bytes_of(name).content)
        if any(any(content.values()) for content in contents):
            self.model.settle({released}, set())
        self.together.append(tuple(names))
        self.remember()
        return multiple(*names)

    @rule(name=documents, content=blocks())
    def reparse(self, name: str, content: dict[str, Printed]) -> None:
        """A better parser reads a document; the same in each of its showings."""
        _, old = self.model.documents[name]
        self.version += 1
        shown = self.showings(name)
        dates = {one: self.model.documents[one][0] for one in shown}
        parts = []
        for at, one in enumerate(shown):
            sha = self.bytes_of(one).sha256
            with self.ledger.reading() as conn:
                query = sa.text("SELECT id FROM document WHERE sha256 = :sha AND released = :released")
                number = conn.execute(query, {"sha": sha, "released": self.given[one]}).scalar_one()
            digest = f"{sha}#{at}" if at else sha  # as flows.replay does
            parts.append(self.batch(one, dates[one], content, digest=digest, showing=number))
        parsed = Parsed(combine([one.parsed.readings for one in parts]))
        documents = [document for one in parts for document in one.documents]
        self.publish(self.ledger, replace(parts[0], documents=documents, parsed=parsed), kind="reparse")
        for one, released in dates.items():
            self.model.documents[one] = (released, content)
        same = {p: rs for p, rs in old.items() if rs} == {p: rs for p, rs in content.items() if rs}
        self.plain &= same
        if any(old.values()) or any(content.values()):
            self.model.settle(set(dates.values()), set() if same else set(shown))
        self.remember()

    @rule(name=documents, released=st.sampled_from(RELEASES))
    def learn_date(self, name: str, released: str) -> None:
        old, content = self.model.documents[name]
        if not any(content.values()):
            return
        name = [one for one in self.showings(name) if self.model.documents[one][0] == old][-1]
        one = assignment(self.ledger, self.archive, self.bytes_of(name).sha256, released, was=old)
        self.publish(self.ledger, one, kind="assignment")
        self.model.documents[name] = (released, content)
        self.model.settle({old, released}, {name} if old != released else set())
        self.plain = False
        self.remember()

    @precondition(lambda self: any(h.state == "held" for h in self.model.held))
    @rule(at=st.integers(0, 50), verdict=st.sampled_from(("accept", "reject")), until=st.sampled_from(("", *RELEASES)))
    def decide(self, at: int, verdict: str, until: str) -> None:
        waiting = [h for h in self.model.held if h.state == "held"]
        held = waiting[at % len(waiting)]
        until = until if verdict == "accept" else ""
        block = block_id("trade", "CHN", "WLD", "total", "_T", held.period, "USD")
        name = sorted(held.documents)[at % len(held.documents)]
        several = sum((h.released, h.period) == (held.released, held.period) for h in waiting) > 1
        about = {"released": held.released, "document": ""}
        if several or (verdict == "accept" and held.ambiguous):
            with pytest.raises(UsageError, match="--document"):
                decide(self.ledger, block, verdict, why="so", **about)
            about["document"] = self.bytes_of(name).sha256
        done = decide(self.ledger, block, verdict, why="so", until=until, **about)
        assert done.first
        assert several or not decide(self.ledger, block, "reject", why="no", **about).first
        self.model.decide(held, verdict, until, name if about["document"] else "")
        self.plain = False
        self.remember()

    @precondition(lambda self: any(self.standing()))
    @rule(at=st.integers(0, 50))
    def accept_what_stands(self, at: int) -> None:
        """A person says that the one that stands counts: what contradicts it is rejected, nothing is published."""
        found = list(self.standing())
        held, name = found[at % len(found)]
        about = {"released": held.released, "document": self.bytes_of(name).sha256}
        block = block_id("trade", "CHN", "WLD", "total", "_T", held.period, "USD")
        with pytest.raises(UsageError, match="stands"):
            decide(self.ledger, block, "reject", why="so", **about)
        before = {cell: what for cell, what in self.answers(self.ledger).items() if cell[1] == held.period}
        assert decide(self.ledger, block, "accept", why="so", **about).first
        assert {cell: what for cell, what in self.answers(self.ledger).items() if cell[1] == held.period} == before
        for one in [h for h in self.model.held if h.state == "held"]:
            if (one.released, one.period) == (held.released, held.period):
                self.model.decide(one, "reject", "", "")
        self.plain = False
        self.remember()

    def standing(self) -> Iterator[tuple[Held, str]]:
        """What waits beside something that stands, and each document that says that and nothing that is kept back."""
        back = [h for h in self.model.held if h.state != "free"]
        for held in (h for h in back if h.state == "held" and h.cause != RULES):
            about = (held.released, held.period)
            out = {name for h in back if (h.released, h.period) == about for name in h.documents}
            out |= {name for name, *of in self.model.moved if tuple(of) == about}
            shown = {name.partition("+")[0] for name in out}  # the same bytes, shown on another date
            for name in sorted({one[1] for one in self.model.readings(*about)}):
                if name.partition("+")[0] not in shown:
                    yield held, name

    @rule(released=st.sampled_from(RELEASES), content=blocks())
    def die(self, released: str, content: dict[str, Printed]) -> None:
        """A publish that fails at its last row leaves nothing."""
        before, runs = self.answers(self.ledger), len(list(queries.runs(self.ledger)))
        patch = pytest.MonkeyPatch()
        patch.setattr(publishing, "record", _fails)
        with patch.context(), pytest.raises(LedgerError, match="cut off"):
            self.publish(self.ledger, self.batch("dead", released, content))
        patch.undo()
        assert self.answers(self.ledger) == before
        assert len(list(queries.runs(self.ledger))) == runs

    # ── what must hold ───────────────────────────────────────────────────────────────────────────────────────────────

    def answers(self, ledger: Ledger, **more: Any) -> dict[tuple[str, str], tuple[str, str, str, bool]]:
        found: dict[tuple[str, str], tuple[str, str, str, bool]] = {}
        for row in queries.show(ledger, **more):
            cell = (row["flow"], row["period"])
            assert cell not in found, "one row a cell"
            qualifier = "" if row["qualifier"] == "=" else row["qualifier"]
            found[cell] = (row["released"], qualifier + row["value"], row["status"], row["accepted"])
        return found

    @invariant()
    def answers_like_the_model(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for bound in (*RELEASES, None):
            wanted = {
                cell: (
                    released,
                    "" if text == "M" else text.split(" ")[0],
                    "M" if text == "M" else text.partition(" ")[2],
                    accepted,
                )
                for cell, (released, text, accepted) in self.model.answer(bound or "9999").items()
            }
            assert self.answers(self.ledger, released_by=bound) == wanted, bound
        pending, waiting = self.waits(self.ledger)
        assert pending == self.model.pending()
        assert waiting == sorted((h.released, h.period) for h in self.model.held if h.state == "held")

    def waits(self, ledger: Ledger) -> tuple[dict[tuple[str, str], str], list[tuple[str, str]]]:
        """Cells that are marked as pending, and the blocks that wait."""
        pending = {(r["flow"], r["period"]): r["pending"] for r in queries.show(ledger) if r["pending"]}
        return pending, sorted((r["released"], r["block"].split("/")[5]) for r in queries.held(ledger))

    def remembers(self) -> None:
        for moment, answer in self.past:
            assert self.answers(self.ledger, as_of=moment) == answer, "what was answered once is answered for ever"

    def any_order(self) -> None:
        """The same documents in another order: the same answers by release, but for what documents contest."""
        together = {name: names for names in self.together for name in names}
        batches = list(dict.fromkeys(together.get(name, (name,)) for name in self.model.documents))
        random.Random(len(batches)).shuffle(batches)
        blocks = self.contested()
        contested = {cell for cells in blocks.values() for cell in cells}
        with self.open("other") as other:
            for names in batches:
                parts = [self.batch(name, *self.model.documents[name]) for name in names]
                parsed = Parsed(combine([one.parsed.readings for one in parts]))
                made = [document for one in parts for document in one.documents]
                self.publish(other, replace(parts[0], documents=made, parsed=parsed))
            for bound in (*RELEASES, None):
                ours, theirs = (
                    {cell: what for cell, what in self.answers(one, released_by=bound).items() if cell not in contested}
                    for one in (self.ledger, other)
                )
                assert ours == theirs
            # Where a later release says a part of what is contested, the rest is no question any more, or still one.
            later = {p for r, p in blocks for date, said in self.model.documents.values() if date > r and said.get(p)}
            ours, theirs = (
                {cell: mark for cell, mark in self.marks(ledger).items() if cell[1] not in later}
                for ledger in (self.ledger, other)
            )
            assert ours == theirs
            # Whether an earlier block still waits is said by a later release, and here by what of it stands.
            ours, theirs = (
                {
                    at
                    for at in self.waits(ledger)[1]
                    if not any(at[0] < r and at[1] == p for r, p in blocks) and (at not in blocks or at[1] not in later)
                }
                for ledger in (self.ledger, other)
            )
            assert ours == theirs

    def contested(self) -> dict[tuple[str, str], set[tuple[str, str]]]:
        """Cells of each block in which documents of one release contradict each other."""
        found = {}
        for released in RELEASES:
            for period in PERIODS:
                readings = self.model.readings(released, period)
                if faults(by_flow(readings)) and len({one[1] for one in readings}) > 1:
                    found[released, period] = {(one[2], period) for one in readings}
        return found

    def marks(self, ledger: Ledger) -> dict[tuple[str, str], str]:
        """What is pending, of cells of which nothing is in force too."""
        return {(r["flow"], r["period"]): r["pending"] for r in queries.show(ledger, with_held=True) if r["pending"]}


def _fails(*_: Any, **__: Any) -> Any:
    raise LedgerError("cut off")


def test_an_acceptance_outlasts_a_late_release_that_moves_its_figures() -> None:
    """Moved by a release that came late, and judged by nobody again, an accepted figure is still an accepted one."""
    state = Histories()
    state.start()
    sound = {"2019": (("T", "10"), ("X", "6"), ("M", "4"))}
    contradictory = state.collect("2021-05-10", {"2019": (("T", "20"), ("X", "6"), ("M", "4"))})
    state.decide(0, "accept", "")
    state.collect("2021-04-10", sound)
    assert [row["accepted"] for row in queries.show(state.ledger, flow="T")] == [True]
    state.collect_again(contradictory)
    state.teardown()


def test_an_accepted_figure_that_was_in_force_already_is_accepted_once_it_needs_a_row() -> None:
    """Exports and imports stood before the accepted release; read again, the earlier one says something else."""
    state = Histories()
    state.start()
    earlier = state.collect("2021-01-10", {"2019": (("T", "10"), ("X", "6"), ("M", "4"))})
    contradictory = state.collect("2021-05-10", {"2019": (("T", "20"), ("X", "6"), ("M", "4"))})
    state.decide(0, "accept", "")
    state.reparse(earlier, {"2019": (("T", "10"), ("X", "7"), ("M", "3"))})
    state.answers_like_the_model()
    rows = {row["flow"]: (row["value"], row["accepted"]) for row in queries.show(state.ledger)}
    assert rows == {"T": ("20", True), "X": ("6", True), "M": ("4", True)}
    state.collect_again(contradictory)
    state.teardown()


def test_what_was_rejected_stays_rejected_when_one_of_its_documents_is_read_again() -> None:
    """Two documents contradict each other in a release; alone each would be sound."""
    state = Histories()
    state.start()
    state.collect("2021-02-10", {"2020": (("T", "10"), ("X", "7"), ("M", "4.5"))})
    second = state.collect("2021-02-10", {"2020": (("T", "10"), ("X", "6"), ("M", "4"))})
    state.decide(0, "reject", "")
    state.learn_date(second, "2021-02-10")  # the date it had
    state.answers_like_the_model()
    assert not list(queries.show(state.ledger))
    state.teardown()


def test_a_newer_parser_that_reads_the_same_brings_back_nothing_that_was_rejected() -> None:
    """Another document of the release, published since, would contradict it."""
    state = Histories()
    state.start()
    content = {"2019": (("T", "10"), ("X", "7"), ("M", "4.5"))}
    first = state.collect("2021-01-10", content)
    state.decide(0, "reject", "")
    state.collect("2021-01-10", {"2019": (("T", "10"), ("X", "6"), ("M", "4"))})
    state.version += 1
    state.collect_again(first)
    state.answers_like_the_model()
    state.reparse(first, content)
    state.answers_like_the_model()
    state.teardown()


def test_what_was_accepted_whole_is_accepted_with_a_document_that_changes_nothing_of_it() -> None:
    """Two came together and fail; the third says that there is no total: what is published of the block is the same."""
    state = Histories()
    state.start()
    wrong = {"2020": (("T", "11"), ("X", "7"), ("M", "5"))}
    state.collect_two("2021-04-10", (wrong, {"2020": (("X", "~6"), ("T", "10 P"), ("M", "4"))}))
    state.decide(0, "accept", "")
    state.collect("2021-04-10", {"2020": (("T", "M"),)})
    state.answers_like_the_model()
    assert state.waits(state.ledger) == ({}, [])
    state.teardown()


def test_the_document_that_stands_is_accepted_though_it_was_held_with_another_one_before() -> None:
    """Read again the first one is sound by itself: it stands, and what contradicts it waits."""
    state = Histories()
    state.start()
    first = state.collect("2021-01-10", {"2019": (("T", "20"), ("X", "6"), ("M", "4"))})
    state.collect("2021-01-10", {"2019": (("T", "20"), ("X", "6"), ("M", "4.5"))})
    state.reparse(first, {"2019": (("T", "10"), ("X", "6"), ("M", "4"))})
    state.answers_like_the_model()
    assert [name for _, name in state.standing()] == [first]
    state.accept_what_stands(0)
    state.answers_like_the_model()
    assert [row["value"] for row in queries.show(state.ledger, flow="T")] == ["10"]
    state.teardown()


def test_what_was_rejected_stays_marked_when_a_document_is_accepted_in_another_block() -> None:
    """What is accepted in place of others is a sequence of the release, and no later release."""
    state = Histories()
    state.start()
    sound = (("T", "10"), ("X", "6"), ("M", "4"))
    state.collect("2021-01-10", {"2019": sound, "2020": sound})
    other = (("T", "20"), *sound[1:])
    state.collect("2021-01-10", {"2019": other, "2020": other})
    assert [one.period for one in state.model.held] == ["2019", "2020"]
    state.decide(0, "reject", "")
    assert state.waits(state.ledger)[0][("T", "2019")] == "rejected"
    state.decide(0, "accept", "")
    state.answers_like_the_model()
    assert state.waits(state.ledger) == ({("T", "2019"): "rejected"}, [])
    state.teardown()


@pytest.mark.parametrize("first", [False, True])
def test_a_document_that_was_rejected_comes_together_with_a_new_one_of_its_release(first: bool) -> None:
    """Only the new one is news: judged together the two would contradict each other."""
    state = Histories()
    state.start()
    wrong = {"2019": (("T", "10"), ("X", "7"), ("M", "4.5")), "2020": (("T", "10"),)}
    rejected = state.collect("2021-01-10", wrong)
    state.decide(0, "reject", "")
    state.collect_together(rejected, "2021-01-10", {"2019": (("T", "10"), ("X", "6"), ("M", "4"))}, first)
    state.answers_like_the_model()
    rows = [(row["flow"], row["period"], row["value"], row["pending"]) for row in queries.show(state.ledger)]
    assert rows == [
        *(("M", "2019", "4", "rejected"), ("T", "2019", "10", "")),
        *(("T", "2020", "10", ""), ("X", "2019", "6", "rejected")),
    ]
    (last, *_) = queries.runs(state.ledger)
    assert (last["published"], last["rejected"], last["unchanged"]) == (3, 3, 1)
    state.teardown()


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=int(os.environ.get("TRADELEDGER_HISTORIES", "15")),  # in CI thousands, see .ci/run
    derandomize=HEAVY,  # there the same each time: a change fails by itself, not by the luck of another one
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
