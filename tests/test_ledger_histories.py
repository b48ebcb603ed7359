"""Random histories of a ledger against a simple model in plain Python (``history_model``)."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import views_say
from history_model import (
    APART,
    FLOWS,
    PERIODS,
    RELEASES,
    VALUES,
    Held,
    Model,
    Printed,
    Text,
    base,
    by_document,
    by_flow,
    code,
    faults,
    judge,
    meet,
)
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ledgers import document, frame
from sqlalchemy.engine import make_url

from schemas.documents import Parsed
from schemas.errors import LedgerError, UsageError
from schemas.findings import block_id
from schemas.observations import combine
from storage import queries
from storage.archive import Archive
from storage.database.conditions import RULES
from storage.database.connection import make_engine
from storage.decisions import decide, reopen
from storage.encoding import codes
from storage.ledger import Batch, Ledger
from storage.publish import publish as publishing
from storage.reparse import assignment
from tests.demands import CHUNK, CHUNKS, HEAVY


def run_histories(machine: type[RuleBasedStateMachine], chunk: int, number: int) -> None:
    """A chunk of so many histories: in CI the same each time, so that no change fails by the luck of another one."""
    made = type(f"{machine.__name__}{chunk}", (machine,), {})
    few = settings(
        max_examples=number,
        stateful_step_count=12,
        deadline=None,
        database=None,
        phases=(Phase.generate,) if HEAVY else (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(chunk)(made) if HEAVY else made, settings=few)


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


@cache
def _said(content: tuple[tuple[str, Printed], ...]) -> pd.DataFrame:
    """What a document says, in its order: of which release, and which document that is, is left open."""
    figures: dict[tuple[str, str], list[Text]] = {}
    places: dict[tuple[str, str], list[tuple[int, int]]] = {}  # period and place in the document
    for number, (period, printed) in enumerate(content):
        for at, (flow, text) in enumerate(printed):
            figures.setdefault((flow, period), []).append(text)
            places.setdefault((flow, period), []).append((number, at))
    rows = [(*place, period) for (_, period), here in places.items() for place in here]
    order = sorted(range(len(rows)), key=lambda row: rows[row][:2])
    readings = frame(figures, "", "")
    if rows:
        readings = readings.assign(position=[1000 * (at + 1) + PERIODS.index(period) for _, at, period in rows])
    return readings.iloc[order].reset_index(drop=True)


def _all(readings: pd.DataFrame, text: str) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(len(readings), dtype="int8"), categories=pd.Index([text]))


class Histories(RuleBasedStateMachine):
    documents = Bundle("documents")
    answers_of_addresses = Bundle("answers")

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tradeledger-history-"))
        self.number, self.version, self.turn = 0, 1, 0
        self.model = Model()
        self.given: dict[str, str] = {}  # of each document, the date it came with
        self.died = False  # once in a history
        self.steps = 0
        self.plain = True  # only documents came, nothing was decided or read again
        self.past: list[tuple[str, Any]] = []
        self.together: list[tuple[str, ...]] = []  # documents that one collection brought
        self.decided: list[tuple[str, str, str, dict[str, str]]] = []  # block, verdict, until, about what
        self.archive = Archive(self.folder / "documents")
        self.ledger = self.open("ledger")

    def open(self, name: str) -> Ledger:
        path = self.folder / f"{name}.db"
        path.write_bytes(_template())
        url = make_url(f"sqlite:///{path}")
        return Ledger(make_engine(url, create=False), url)  # what opening one looks at was looked at once

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            for bound in RELEASES:
                self.agrees(bound)
            if self.plain:
                self.any_order()
            self.taken_back()
            self.remembers()
            views_say.everything_differs(self.ledger)
            self.ledger.close()
            shutil.rmtree(self.folder)

    # ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────

    def bytes_of(self, name: str) -> Any:
        """A document; shown again under another date it is "d001+1": the same bytes."""
        address, at = self.model.fetched.get(name, ("", 0))
        fetched = datetime(2021, 12, 1, tzinfo=UTC) + timedelta(minutes=at) if address else None
        return document(name.partition("+")[0], released=self.given.get(name, ""), url=address, fetched_at=fetched)

    def shown_as(self, name: str) -> dict[str, Any]:
        """What tells its row from those of other showings."""
        made = self.bytes_of(name)
        at = codes.microseconds(made.fetched_at) if made.fetched_at else 0
        return {"sha": made.sha256, "released": made.released, "url": made.url, "at": at}

    def showings(self, name: str) -> list[str]:
        """All names under which the bytes of a document were shown, in order."""
        return [one for one in self.model.documents if one.partition("+")[0] == name.partition("+")[0]]

    def batch(self, name: str, released: str, content: dict[str, Printed], **more: Any) -> Batch:
        made = replace(self.bytes_of(name), **more)
        readings = _said(tuple(content.items()))
        if len(readings):
            readings = readings.assign(released=_all(readings, released), document=_all(readings, made.sha256))
        return Batch("table", [made], Parsed(readings), self.version)

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
        self.remember()
        return name

    @rule(
        targets=(documents, answers_of_addresses),
        address=st.sampled_from("uv"),
        released=st.sampled_from(RELEASES[:3]),
        says=st.lists(st.tuples(st.integers(1, 9), blocks()), min_size=1, max_size=3),
    )
    def fetch(self, address: str, released: str, says: list[tuple[int, dict[str, Printed]]]) -> Any:
        """What an address answered at one time and another under one date, read in whatever order."""
        made = [self.answer(address, at, released, content) for at, content in says]
        return multiple(*(one for one in made if one))

    def answer(self, address: str, at: int, released: str, content: dict[str, Printed]) -> str:
        """One answer; none where the address gave another one at that time."""
        if (address, at) in self.model.fetched.values():
            return ""
        self.number += 1
        name = f"d{self.number:03d}"
        self.given[name] = released
        were = self.model.firsts(released)
        self.model.fetched[name] = address, at
        self.publish(self.ledger, self.batch(name, released, content))
        self.know(released, name, content)
        if any(content.values()):
            self.model.settle({released}, set(), were)
        self.remember()
        return name

    @rule(targets=(documents, answers_of_addresses), name=answers_of_addresses, at=st.integers(1, 9), content=blocks())
    def correct(self, name: str, at: int, content: dict[str, Printed]) -> Any:
        """The same address says something else under the same date, later or earlier, whenever it is read."""
        made = self.answer(self.model.fetched[name][0], at, self.given[name], content)
        return made or multiple()

    @rule(targets=(documents, answers_of_addresses), name=answers_of_addresses, at=st.integers(1, 9))
    def answer_as_before(self, name: str, at: int) -> Any:
        """An address shows the very bytes once more: after others it is a further answer, else the one there was."""
        known = self.showings(name)
        address, released, content = self.model.fetched[name][0], self.given[name], self.model.documents[name][1]
        if (address, at) in self.model.fetched.values() or {self.model.documents[one][0] for one in known} != {
            released
        }:
            return multiple()
        answers = [
            (when, one)
            for one, (where, when) in self.model.fetched.items()
            if where == address and when < at and self.model.documents[one][0] == released
            and any(self.model.documents[one][1].values())
        ]  # fmt: skip
        shown = f"{known[0]}+{len(known)}"
        if not any(content.values()) or max(answers, default=(0, ""))[1] in known:
            return multiple()
        self.given[shown] = released
        were = self.model.firsts(released)
        self.model.fetched[shown] = address, at
        self.publish(self.ledger, self.batch(shown, released, content))
        self.know(released, shown, content)
        self.model.settle({released}, set(), were)
        self.remember()
        return shown

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
        if name in self.model.fetched:  # by the same address, and later
            return multiple()
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
        if any(any(content.values()) for content in contents):
            self.model.settle({released}, set())
        self.together.append(tuple(names))
        self.remember()
        return multiple(*names)

    @rule(name=documents, content=blocks())
    def reparse(self, name: str, content: dict[str, Printed]) -> None:
        """A better parser reads a document; the same in each of its showings."""
        date, old = self.model.documents[name]
        self.version += 1
        were = self.model.firsts(date)
        shown = self.showings(name)
        dates = {one: self.model.documents[one][0] for one in shown}
        parts = []
        for at, one in enumerate(shown):
            sha = self.bytes_of(one).sha256
            with self.ledger.reading() as conn:
                query = sa.text("""
                    SELECT id FROM document WHERE sha256 = :sha AND released = :released AND url = :url
                    AND coalesce(fetched_at, 0) = :at
                """)
                number = conn.execute(query, self.shown_as(one)).scalar_one()
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
            self.model.settle(set(dates.values()), set() if same else set(shown), were)
        self.remember()

    @rule(name=documents, released=st.sampled_from(RELEASES))
    def learn_date(self, name: str, released: str) -> None:
        old, content = self.model.documents[name]
        if not any(content.values()):
            return
        name = [one for one in self.showings(name) if self.model.documents[one][0] == old][-1]
        were = self.model.firsts(old) | self.model.firsts(released)
        self.archive.put(self.bytes_of(name).content)
        one = assignment(self.ledger, self.archive, self.bytes_of(name).sha256, released, was=old)
        self.publish(self.ledger, one, kind="assignment")
        self.model.documents[name] = (released, content)
        self.model.settle({old, released}, {name} if old != released else set(), were)
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
        self.decided.append((block, verdict, until, about | {"asked_of": self.bytes_of(name).sha256}))
        self.plain = False
        self.remember()

    @precondition(lambda self: any(h.state == "held" for h in self.model.held))
    @rule(at=st.integers(0, 50), verdict=st.sampled_from(("accept", "reject")))
    def decide_and_take_back(self, at: int, verdict: str) -> None:
        """A decision that is taken back at once was none: the same is answered, marked and asked, and what follows."""
        waiting = [h for h in self.model.held if h.state == "held"]
        held = waiting[at % len(waiting)]
        block = block_id("trade", "CHN", "WLD", "total", "_T", held.period, "USD")
        names = sorted(held.documents)
        about = {"released": held.released, "asked_of": self.bytes_of(names[at % len(names)]).sha256}
        before = self.answers(self.ledger), self.waits(self.ledger), self.marks(self.ledger)
        assert decide(self.ledger, block, verdict, why="so", **about).first
        (moment, *_) = [run["recorded_at"] for run in queries.runs(self.ledger)]
        between = self.answers(self.ledger)
        assert reopen(self.ledger, block, released=held.released, why="not so").first
        assert (self.answers(self.ledger), self.waits(self.ledger), self.marks(self.ledger)) == before
        self.past.append((moment, between))
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
                self.model.decide(one, "reject", "", "", beside=True)
        self.plain = False
        self.remember()

    def standing(self) -> Iterator[tuple[Held, str]]:
        """What waits beside something that stands, and each document that says that and nothing that is kept back."""
        back = [h for h in self.model.held if h.state != "free"]
        for held in (h for h in back if h.state == "held" and h.cause != RULES):
            about = (held.released, held.period)
            out = {name for h in back if (h.released, h.period) == about for name in h.documents}
            out |= {name for name, *of in self.model.moved if of == [base(held.released), held.period]}
            shown = {name.partition("+")[0] for name in out}  # the same bytes, shown on another date
            for name in sorted({one[1] for one in self.model.readings(*about)}):
                if name.partition("+")[0] not in shown:
                    yield held, name

    @precondition(lambda self: not self.died)
    @rule(released=st.sampled_from(RELEASES), content=blocks())
    def die(self, released: str, content: dict[str, Printed]) -> None:
        """A publish that fails at its last row leaves nothing."""
        self.died = True
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
        self.steps += 1
        self.agrees(None)
        self.agrees(RELEASES[self.steps % len(RELEASES)])
        pending, waiting = self.waits(self.ledger)
        assert pending == self.model.pending()
        assert waiting == sorted((h.released, h.period) for h in self.model.held if h.state == "held")

    def agrees(self, bound: str | None) -> None:
        """What had been released by then, by the ledger and by the model."""
        wanted = {
            cell: (
                base(released) + APART if released.endswith(APART) else released,
                "" if text == "M" else text.split(" ")[0],
                "M" if text == "M" else text.partition(" ")[2],
                accepted,
            )
            for cell, (released, text, accepted) in self.model.answer(bound or "9999").items()
        }
        assert self.numbered(self.answers(self.ledger, released_by=bound)) == wanted, bound

    def numbered(self, answers: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
        """The same; what number a sequence has that is none of an address is no matter."""
        apart = {one for one in {what[0] for what in answers.values()} if code(one)[1] > self.model.last[base(one)]}
        return {
            cell: (base(what[0]) + APART if what[0] in apart else what[0], *what[1:]) for cell, what in answers.items()
        }

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
        # The same bytes again are another answer for what came between, which is kept when it comes, read or not.
        again = {name: at for name, (_, at) in self.model.fetched.items() if "+" in name}
        batches.sort(key=lambda names: max(again.get(name, 0) for name in names))
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
            # What a later release says again as it is in force makes no row: there a mark may stay.
            says = self.begun()
            later = {p for r, p in blocks for begun, of in says if of == p and begun > code(r)}
            ours, theirs = (
                {cell: mark for cell, mark in self.marks(ledger).items() if cell[1] not in later}
                for ledger in (self.ledger, other)
            )
            assert ours == theirs
            # Whether an earlier block still waits is said by a later release, and here by what of it stands.
            ours, theirs = (
                {at for at in self.waits(ledger)[1] if not any(code(at[0]) < code(r) and at[1] == p for r, p in blocks)}
                for ledger in (self.ledger, other)
            )
            assert ours == theirs
            self.decided_alike(other, blocks, later)

    def taken_back(self) -> None:
        """The last decision that can still be taken back is: the past answers what it did, views say what commands say.

        What has lapsed changes nothing.
        """
        for block, _, _, about in self.decided[::-1]:
            before = self.answers(self.ledger), self.waits(self.ledger), self.marks(self.ledger)
            lapsed = refusal(reopen, self.ledger, block, released=about["released"], why="not so")
            if not lapsed:
                return
            assert "nothing" in lapsed
            assert (self.answers(self.ledger), self.waits(self.ledger), self.marks(self.ledger)) == before

    def decided_alike(
        self, other: Ledger, blocks: dict[tuple[str, str], set[tuple[str, str]]], later: set[str]
    ) -> None:
        """One document accepted in each block that is contested, the same in both: then both say the same.

        One that says all of the block: what it says nothing of is said by who stands beside it, or was accepted before.
        """
        for released, period in blocks:
            own = by_document(self.model.readings(released, period))
            cells = {flow for _, readings in own for _, _, flow, _, _ in readings}
            full = [name for name, readings in own if {flow for _, _, flow, _, _ in readings} == cells]
            asked = {(released, period) in self.waits(ledger)[1] for ledger in (self.ledger, other)}
            # A later sequence, in which one of them stands alone, answers it in every order; where they contradict each
            # other there too, that is asked alone if it is the same document that waits.
            after = any(p == period and base(r) == base(released) and code(r) > code(released) for r, p in blocks)
            if period in later or not full or asked == {False} or (after and asked != {True}):
                later = later | {period}
                continue
            assert asked == {True}
            about = {"released": released, "document": self.bytes_of(full[0]).sha256}
            block = block_id("trade", "CHN", "WLD", "total", "_T", period, "USD")
            for ledger in (self.ledger, other):
                assert decide(ledger, block, "accept", why="this one", **about).first
        ours, theirs = (
            {cell: " ".join(what[1:3]).strip() for cell, what in self.answers(ledger).items() if cell[1] not in later}
            for ledger in (self.ledger, other)
        )
        assert ours.keys() == theirs.keys()
        # A coarser figure that meets the one in force confirms that, where it comes second.
        assert not [cell for cell in ours if ours[cell] != theirs[cell] and not meet(ours[cell], theirs[cell])]
        assert not [
            p
            for ledger in (self.ledger, other)
            for at, p in self.waits(ledger)[1]
            if (at, p) in blocks and p not in later
        ]

    def begun(self) -> set[tuple[tuple[str, int], str]]:
        """The sequences that documents began, and of which periods each says something."""
        return {
            ((date, self.model.firsts(date).get(name, 1)), period)
            for name, (date, said) in self.model.documents.items()
            for period in said
            if said[period]
        }

    def contested(self) -> dict[tuple[str, str], set[tuple[str, str]]]:
        """Cells of each block in which documents of one release contradict each other."""
        found = {}
        for released in (one for date in RELEASES for one in self.model.sequences(date)):
            for period in PERIODS:
                readings = self.model.readings(released, period)
                if faults(by_flow(readings)) and len({one[1] for one in readings}) > 1:
                    found[released, period] = {(one[2], period) for one in readings}
        return found

    def marks(self, ledger: Ledger) -> dict[tuple[str, str], str]:
        """What is pending, of cells of which nothing is in force too."""
        return {(r["flow"], r["period"]): r["pending"] for r in queries.show(ledger, with_held=True) if r["pending"]}


def refusal(do: Callable[..., object], *arguments: Any, **more: Any) -> str:
    """Why something is not done, "" where it is."""
    try:
        do(*arguments, **more)
    except UsageError as refused:
        return str(refused)
    return ""


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


def test_what_was_accepted_in_place_of_others_moves_with_its_document() -> None:
    """A date that is learned later is that of all a document says, of the block too that a person let it say."""
    state = Histories()
    state.start()
    state.collect("2021-01-10", {"2020": (("T", "10"), ("X", "7"), ("M", "3"))})
    second = state.collect("2021-01-10", {"2020": (("T", "10"), ("X", "5"), ("M", "5")), "2019": (("X", "5"),)})
    state.decide(0, "accept", "")
    state.learn_date(second, "2021-02-10")
    said = {(row["flow"], row["period"]): (row["value"], row["released"]) for row in queries.show(state.ledger)}
    assert said["X", "2020"] == ("5", "2021-02-10")
    state.teardown()


@pytest.mark.parametrize(("there", "to"), [("2021-01-10", "2021-02-10"), ("2021-02-10", "2021-01-10")])
def test_what_was_accepted_in_place_of_others_is_not_said_where_its_document_has_left(there: str, to: str) -> None:
    """The next document of the date it had is judged, and a decision that is taken back, without it."""
    state = Histories()
    state.start()
    state.collect(there, {"2020": (("T", "10"), ("X", "7"), ("M", "3"))})
    moves = state.collect(there, {"2020": (("T", "10"), ("X", "5"), ("M", "5")), "2019": (("X", "5"),)})
    state.decide(0, "accept", "")
    state.learn_date(moves, to)
    state.collect(there, {"2019": (("T", "10"),)})
    state.answers_like_the_model()
    state.teardown()


def test_what_was_rejected_with_another_document_and_stands_since_that_moved_is_not_rejected_again() -> None:
    state = Histories()
    state.start()
    both = {"2020": (("T", "20"), ("T", "10 P"))}, {"2020": (("X", "~6"), ("M", "5"))}
    moved, left = state.collect_two("2021-01-10", both).values
    state.collect("2021-04-10", {"2020": (("X", "6.4"),)})
    state.decide(0, "reject", "2021-02-10")
    state.learn_date(moved, "2021-02-10")
    state.fetch("u", "2021-01-10", [(7, {"2020": (("T", "10"), ("X", "7"), ("M", "4"))})])
    assert [name for _, name in state.standing()] == [left]
    state.accept_what_stands(0)
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


def test_what_was_rejected_in_a_sequence_that_is_no_more_marks_nothing() -> None:
    """An answer of the address moves to another date, and the last sequence of the one it had goes with it."""
    state = Histories()
    state.start()
    state.fetch("u", "2021-03-10", [(7, {"2020": (("T", "11"), ("X", "7"), ("M", "4.5"))})])
    (moves,) = state.fetch("u", "2021-03-10", [(4, {"2019": (("T", "11"), ("X", "6.4"), ("M", "4"))})]).values
    state.fetch("v", "2021-03-10", [(6, {"2020": (("M", "5"), ("X", "6.4")), "2019": (("T", "10 P"), ("M", "4"))})])
    state.accept_what_stands(0)
    state.fetch("v", "2021-03-10", [(1, {"2019": (("T", "10"), ("X", "7"))})])
    state.learn_date(moves, "2021-05-10")
    state.answers_like_the_model()
    state.teardown()


def test_a_decision_about_what_waits_again_has_lapsed() -> None:
    """Accepted with another document, which has moved since: alone it waits, and once."""
    state = Histories()
    state.start()
    state.collect("2021-05-10", {"2019": (("T", "20"), ("X", "6"), ("M", "4"))})
    second = state.collect("2021-05-10", {"2019": (("T", "20"), ("X", "7"), ("M", "4"))})
    state.decide(0, "accept", "")
    state.learn_date(second, "2021-02-10")
    (waiting,) = [one for one in queries.held(state.ledger) if one["released"] == "2021-05-10"]
    with pytest.raises(UsageError, match="nothing to reopen"):
        reopen(state.ledger, waiting["block"], released="2021-05-10", why="not so")
    state.answers_like_the_model()
    state.teardown()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_histories(chunk: int) -> None:
    run_histories(Histories, chunk, CHUNK)
