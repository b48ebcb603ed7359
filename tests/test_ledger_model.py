"""Random histories beside a small model: after every step the ledger answers what the model says."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledgers import batch, collect
from sqlalchemy import text

from storage import queries
from storage.encoding.codes import instant_text
from storage.ledger import Batch, Ledger

RELEASED = ("2021-01-10", "2021-02-10", "2021-03-10", "2021-04-10")
Cell = tuple[str, str]  # flow, period
Answer = dict[Cell, tuple[str, str]]  # value, release


@cache
def _empty() -> Path:
    path = Path(tempfile.mkdtemp(prefix="tradeledger-model-")) / "ledger.db"
    Ledger.open(f"sqlite:///{path}", create=True).close()
    return path


@cache
def _agree(readings: frozenset[tuple[str, int]]) -> bool:
    """Whether one pair (exports, imports) explains all figures of a block, by trying every quarter of a unit."""

    def fits(flow: str, quarters: int) -> bool:
        return all(abs(quarters - 4 * value) <= 2 for name, value in readings if name == flow)

    grid = range(-10, 60)
    return any(fits("X", x) and fits("M", m) and fits("T", x + m) and fits("B", x - m) for x in grid for m in grid)


class Model:
    """What each release was read to say, in whatever order."""

    def __init__(self) -> None:
        self.releases: dict[str, list[dict[Cell, int]]] = {}  # documents, in the order in which they came

    def stands(self, released: str, period: str) -> tuple[list[tuple[Cell, int]], bool]:
        """What stands of a block, and whether the last document that says something of it is a part of that."""
        stands: list[tuple[Cell, int]] = []
        kept = True
        for document in self.releases.get(released, ()):
            own = [(cell, value) for cell, value in document.items() if cell[1] == period]
            kept = not own or not stands or not self.agree(stands) or self.agree([*stands, *own])
            stands += own if kept else []
        return (stands, kept) if self.agree(stands) else ([], False)

    @staticmethod
    def agree(said: list[tuple[Cell, int]]) -> bool:
        return _agree(frozenset((flow, value) for (flow, _), value in said))

    def answer(self, released_by: str) -> Answer:
        found: Answer = {}
        for released in sorted(day for day in self.releases if day <= released_by):
            published: dict[Cell, int] = {}
            for period in {period for document in self.releases[released] for _, period in document}:
                for cell, value in self.stands(released, period)[0]:
                    published[cell] = min(value, published.get(cell, value))
            for cell, value in published.items():
                if cell not in found or found[cell][0] != str(value):
                    found[cell] = (str(value), released)
        return found


class Histories(RuleBasedStateMachine):
    """Documents of four releases in any order: restating, reverting, completing and contradicting one another."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tradeledger-model-"))
        shutil.copy(_empty(), self.folder / "ledger.db")
        self.ledger = Ledger.open(f"sqlite:///{self.folder / 'ledger.db'}", create=True)
        self.model = Model()
        self.brought: list[Batch] = []
        self.past: list[tuple[str, Answer]] = []

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            shutil.rmtree(self.folder)

    def ask(self, **axes: str) -> Answer:
        rows = list(queries.show(self.ledger, **axes))  # type: ignore[arg-type]
        found = {(row["flow"], row["period"]): (row["value"], row["released"]) for row in rows}
        assert len(found) == len(rows), "two rows for one cell"
        return found

    def publish(self, released: str, figures: dict[Cell, int]) -> None:
        one = batch((f"document {len(self.brought)}", released, {cell: str(v) for cell, v in figures.items()}))
        run = collect(self.ledger, one)
        self.brought.append(one)
        self.model.releases.setdefault(released, []).append(figures)
        back = sum(not self.model.stands(released, period)[1] for _, period in figures)
        assert run.counts["held"] == back
        self.past.append((instant_text(run.recorded_at), self.ask()))

    @rule(
        released=st.sampled_from(RELEASED),
        period=st.sampled_from(["2019", "2020"]),
        exports=st.integers(5, 7),
        imports=st.integers(2, 3),
        flows=st.sets(st.sampled_from("XMTB"), min_size=1),
        slip=st.sampled_from([0, 0, 0, 1, 3]),
    )
    def release(self, released: str, period: str, exports: int, imports: int, flows: set[str], slip: int) -> None:
        """A document of a release: sound, rounded a little off, or wrong."""
        sound = {"X": exports, "M": imports, "T": exports + imports + slip, "B": exports - imports}
        self.publish(released, {(flow, period): sound[flow] for flow in sorted(flows)})

    @precondition(lambda self: self.brought)
    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        """A document that came before comes again: only the run is recorded."""
        one = data.draw(st.sampled_from(self.brought))
        before = self.sizes()
        assert collect(self.ledger, one).outcome == "unchanged"
        assert self.sizes() == before

    def sizes(self) -> list[int]:
        tables = ("version", "reading", "printing", "held_block", "held_figure", "held_end", "finding", "document")
        with self.ledger.reading() as conn:
            return [conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables]

    @invariant()
    def answers_are_those_of_the_model(self) -> None:
        if hasattr(self, "model"):
            for day in RELEASED:
                assert self.ask(released_by=day) == self.model.answer(day)

    @invariant()
    def past_answers_stay(self) -> None:
        if hasattr(self, "past"):
            for instant, answer in self.past:
                assert self.ask(as_of=instant) == answer


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=max(8, (settings.default.max_examples if settings.default else 30) // 4), stateful_step_count=8
)
