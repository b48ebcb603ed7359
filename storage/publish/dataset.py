"""One dataset's part of a publish: its steps, whose order ``publish`` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from sqlalchemy import Connection, text

from schemas.positions import NOWHERE
from storage.database.conditions import open_finding
from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, distinct, find, ints
from storage.encoding.comparing import narrowest
from storage.encoding.rows import insert_versions
from storage.publish.brought import Brought
from storage.publish.changes import Folded, fold, returned
from storage.publish.findings import Kept, end_findings, keep_findings, known_findings
from storage.publish.keep_back import keep_back
from storage.publish.printings import end_instead, write_instead, write_printings
from storage.publish.rows import FREE, HELD, REFUSED, Rows, best_of
from storage.publish.superseding import (
    contested_no_more,
    end_superseded,
    held_again,
    hold_again,
    said_by,
    superseded,
    superseded_in_ledger,
)
from storage.state.accepted import accept, accepted_releases
from storage.state.held import Figures, Held, contest, end_held, held_blocks, held_figures, hold
from storage.state.releases import last_sequence
from storage.state.sequences import free_sequence


@dataclass
class Part:
    """One dataset's part of a publish; each step leaves what the next one asks for."""

    conn: Connection
    run: int
    brought: Brought
    documents: Mapping[str, int]  # SHA-256 → id, of what the run concerns
    hashes: Mapping[str, int]  # the same, of every document a finding may name
    rows: Rows
    said: dict[int, Readings] = field(default_factory=dict)  # by release what it publishes, one reading a cell
    folded: Folded = field(init=False)
    printings: int = 0
    over: set[int] = field(default_factory=set)  # held blocks that this run supersedes
    behind: set[int] = field(default_factory=set)  # those that wait again in a later sequence of their date
    waiting: list[Held] = field(default_factory=list)  # blocks that wait for a decision, of any release
    new_held: int = 0  # of them those that this run holds
    returned: int = 0  # figures that are back, which a contradiction had withdrawn
    found: Kept = field(default_factory=Kept)  # what is found that is new

    @property
    def id(self) -> str:
        """The dataset."""
        return self.rows.id

    @property
    def changed(self) -> bool:
        """Whether anything was written of the dataset."""
        return bool(self.printings or len(self.folded.rows) or self.new_held or self.found.findings)

    @property
    def still_held(self) -> int:
        """Blocks of its releases that waited before and still do."""
        return sum(one.run != self.run and one.released in self.said for one in self.waiting)

    @cached_property
    def _replaced(self) -> Readings:
        """What documents that are read again were read to say before."""
        return self.brought.context.replaced.get(self.id, Readings.concatenate([]))

    @cached_property
    def _touched(self) -> set[int]:
        return {*self.rows.releases, *self.brought.context.touched.get(self.id, ())}

    @cached_property
    def _read(self) -> Mapping[int, int]:
        """Documents whose readings are new, read otherwise or renumbered, and by which version of their parser."""
        return {**self.brought.context.renumbered, **self._anew}

    @cached_property
    def _anew(self) -> Mapping[int, int]:
        """Those of them that are new or read otherwise."""
        return dict.fromkeys(self.brought.context.new_documents(self.documents), self.brought.batch.parser_version)

    @cached_property
    def _instead(self) -> Sequence[Readings]:
        """What stands in place of what its releases said before, one reading a cell."""
        return [one for one in self.brought.context.instead.get(self.id, ()) if len(one)]

    # ── the steps, in their order ────────────────────────────────────────────────────────────────────────────────────

    def keep_back(self) -> None:
        """Which blocks are held, accepted or rejected."""
        keep_back(self.conn, self.rows, self.brought, self.documents)

    def sequence(self) -> None:
        """Make what was accepted in the place of what stands the next sequence of its release, or what it was."""
        at = ints(np.flatnonzero(self.rows.instead))
        said: dict[int, dict[int, set[int]]] = {}
        for own in self.rows.documents(at) if len(at) else ():
            dates, blocks = self.rows.readings.released[own], self.rows.places[own]
            for released, block in sorted({*zip(dates.tolist(), blocks.tolist(), strict=True)}):
                here = own[(dates == released) & (blocks == block)]
                first = int(codes.base(released))
                known = said.setdefault(first, self._said_instead(first))
                self.rows.move(here, self._number(first, self.rows.readings.take(here), known))

    def accept(self) -> None:
        """Keep which cells of the judged releases a decision covers."""
        accepted, readings = self.rows.accepted & self.rows.free, self.rows.readings
        some = {*distinct(readings.released[accepted]).tolist(), *accepted_releases(self.conn, self.id)}
        for released in sorted(some.intersection(self.rows.releases)):
            here = readings.released == released
            accept(self.conn, self.id, self.run, released, readings.key[here & accepted], readings.key[here])
        for one in self._instead if self.brought.context.moved else ():
            marked = np.array([codes.accepted(packed) for packed in one.packed.tolist()], dtype=bool)
            accept(self.conn, self.id, self.run, int(one.released[0]), one.key[marked], one.key)

    def fold(self) -> None:
        """What each judged release says, and the rows of ``version`` it takes to say it."""
        free = ints(np.flatnonzero(self.rows.free))
        readings = self.rows.readings.take(free)
        accepted = self.rows.accepted[free]
        # A sequence that is no more says nothing.
        sequences = {released for released in self._touched if codes.sequence(released) > 1}
        for released in sorted({*self.rows.releases, *sequences, *distinct(self._replaced.released).tolist()}):
            here = ints(np.flatnonzero(readings.released == released))
            best = here[narrowest(readings.take(here))]
            one = readings.take(best)
            self.said[int(released)] = replace(one, packed=codes.with_accepted(one.packed, accepted[best]))
        for one in self._instead:
            both = Readings.concatenate([self.said.get(int(one.released[0]), one.take(ints())), one])
            self.said[int(one.released[0])] = both.take(narrowest(both))
        keys = [self.rows.readings.key, self._replaced.key, *(one.key for one in self._instead)]
        touched = distinct(np.concatenate(keys))
        self.folded = fold(self.conn, self.id, self.run, self.said, touched)

    def write(self) -> None:
        """Figures that changed, and what each document printed."""
        insert_versions(self.conn, self.folded.rows)
        aside = self.brought.context.aside.get(self.id, Readings.concatenate([]))
        self.printings = write_printings(self.conn, self.run, self._read, self.rows, self.folded, aside)
        moved, instead = self.brought.context.moved, Readings.concatenate(self._instead)
        self.printings += write_instead(self.conn, self.run, self.id, moved, instead, self.folded)
        self.printings += end_instead(self.conn, self.run, self.id, self._anew)

    def settle(self) -> None:
        """Hold what is to wait, free what was judged anew and holds, find what a later release supersedes."""
        known = held_blocks(self.conn, self.id, self._touched)
        figures = held_figures(self.conn, [one.id for one in known])
        new, still = hold(self.conn, self.run, self.rows.wanted, known, figures)
        free = self._judged_anew([one for one in known if one.id not in still], figures)
        freed = {one.id for one in free}
        accepted = {one.id for one in free if self.rows.settled.get((one.block, one.released)) == "accepted"}
        end_held(self.conn, self.run, "accepted", accepted)
        end_held(self.conn, self.run, "rejudged", freed - accepted)
        self.returned = returned(self.conn, self.folded.rows, figures.of(free).readings) if free else 0
        contest(self.conn, self.run, [one for one in (*known, *new) if one.joins], self._contested())
        left = [one for one in known if one.id not in freed and not one.superseded]
        of_new = held_figures(self.conn, [one.id for one in new])
        by = said_by(self.said, {*self.rows.sequences, *(int(one.released[0]) for one in self._instead)})
        self.over = superseded(left, figures, by) | superseded(new, of_new, by)
        # Another document may say the cells of a new one, which was judged without it, or a later release.
        asked = of_new.contested(new)
        self.over |= superseded_in_ledger(self.conn, self.id, [one for one in new if one.id not in asked], of_new)
        both = figures.and_of(of_new)
        among = distinct(np.concatenate([by[0], of_new.readings.key]))
        self.over |= contested_no_more(self.conn, self.id, [*left, *new], both, among)
        self.behind = held_again([one for one in (*known, *new) if one.id not in freed | self.over])
        self.over |= self.behind & {one.id for one in (*left, *new)}
        self.rows.settled |= {(one.block, one.released): "superseded" for one in new if one.id in self.over}
        self.waiting = [one for one in (*left, *new) if one.undecided and one.id not in self.over]

    def tell(self) -> None:
        """Findings: those that appeared, and the end of those that are no more."""
        self._end_old_unreadable()
        released = sorted({*self.said, *self._touched})
        known = known_findings(self.conn, self.id, released, sorted(self.documents.values()))
        found = self.brought.findings.get(self.id, ()), self.brought.cases.get(self.id, ())
        self.found = keep_findings(self.conn, self.run, *found, known, self.hashes, self.rows.settled, self._read)

    def give_way(self) -> None:
        """End what is superseded, and hold again what was and is no more."""
        end_superseded(self.conn, self.run, self.id, self.over)
        lost = distinct(np.concatenate([self.rows.readings.key[~self.rows.free], self._replaced.key]))
        several = any(codes.sequence(one) > 1 for one in self._touched)
        again = hold_again(self.conn, self.run, self.id, lost, self.over | self.behind, sequences=several)
        self.new_held = again + sum(one.run == self.run for one in self.waiting)

    def count(self) -> Counter[str]:
        """What became of each figure that the batch brought."""
        counts: Counter[str] = Counter()
        parsed = ints(np.flatnonzero(self.rows.fresh & (self.rows.readings.position != NOWHERE)))
        if not self.rows.begun[parsed].all():
            parsed = parsed[self.rows.once(parsed, self._become(parsed))]
        status = self.rows.status[parsed]
        counts["held"] += int((status == HELD).sum())
        counts["rejected"] += int((status == REFUSED).sum())
        own = self.rows.readings.take(parsed[status == FREE])
        for released, best in self.said.items():
            here = own.take(own.released == released)
            told = distinct(here.key[best_of(here, best)])  # of each cell one, the others repeat it
            written = int(np.isin(told, self._written(released)).sum())
            counts["published"] += written
            counts["unchanged"] += len(told) - written
            counts["repeated"] += len(here) - len(told)
        return counts

    # ── what they ask ────────────────────────────────────────────────────────────────────────────────────────────────

    def accepted_again(self) -> Readings:
        """What a remembered acceptance puts in the place of others, of documents whose printings stand already."""
        return self.rows.readings.take(
            ints(np.flatnonzero(self.rows.instead & ~np.isin(self.rows.readings.document, sorted(self._read))))
        )

    def _written(self, released: int) -> Ints:
        """Cells of which this run wrote that a release says something."""
        rows = self.folded.rows
        return rows.take(~codes.withdrawn(rows.packed) & (rows.released == released)).key

    def _become(self, at: Ints) -> Ints:
        """What became of readings: published, unchanged, repeated, held or rejected; the first is the highest."""
        readings, status = self.rows.readings.take(at), self.rows.status[at]
        found = np.where(status == FREE, 2, np.where(status == HELD, 1, 0))
        for released, best in self.said.items():
            here = np.flatnonzero((status == FREE) & (readings.released == released))
            first = here[best_of(readings.take(here), best)]
            found[first] = 3 + np.isin(readings.key[first], self._written(released))
        return ints(found)

    def _said_instead(self, first: int) -> dict[int, set[int]]:
        """What sequences of a date say in the place of others."""
        found: dict[int, set[int]] = {}
        for one in self._instead:
            if codes.base(released := int(one.released[0])) == first:
                found.setdefault(released, set()).update(one.key.tolist())
        return found

    def _number(self, first: int, readings: Readings, said: dict[int, set[int]]) -> int:
        """The sequence that these readings of a document are, or were when it was read before; ``said`` has it then."""
        standing, cells = self.brought.context.standing, set(readings.key.tolist())
        moves = standing.instead.get((self.id, first), {}) if standing else {}
        was = self._replaced.take(self._replaced.document == readings.document[0])
        was = was.take(np.isin(was.released, list(moves)))
        before = was.released[find(distinct(readings.key), was.key)[1]]
        released = moves[int(before.min())] if len(before) else free_sequence(said, cells)
        if released is None:
            now = standing.sequences.get((self.id, first), 1) if standing else 1
            last = max(last_sequence(self.conn, self.id, first), first + now - 1, *moves.values(), *said)
            released = codes.next_sequence(last)
        said.setdefault(released, set()).update(cells)
        return released

    def _judged_anew(self, known: Collection[Held], figures: Figures) -> list[Held]:
        """Held blocks on which this judgement has the last word: their release was judged with their readings."""
        read: Ints = figures.held[np.isin(figures.readings.document, sorted(self._read))]
        again = set(read.tolist())
        gone = self._no_more
        return [
            one
            for one in known
            if (one.id in again or one.released in gone if one.alone else one.released in self._touched)
        ]

    @cached_property
    def _no_more(self) -> set[int]:
        """Sequences that there were: what a document said there by itself is said nowhere."""
        standing = self.brought.context.standing
        numbers = standing.sequences if standing else {}
        said = {int(one.released[0]) for one in self._instead}.union(self.rows.sequences)
        return {
            released
            for released in self._touched - said
            if codes.sequence(released) > numbers.get((self.id, int(codes.base(released))), 1)
        }

    def _contested(self) -> Mapping[tuple[str, int], Ints]:
        """Cells that stand while something contradicts them, by its block and release; elsewhere by release alone."""
        rows = self.rows
        stands = rows.contested & rows.free & ~rows.instead
        if not stands.any():
            return {}
        joined = {*zip(rows.places[rows.waits].tolist(), rows.readings.released[rows.waits].tolist(), strict=True)}
        at = ints(np.flatnonzero(stands))
        cells = zip(*(c[at].tolist() for c in (rows.places, rows.readings.released, rows.readings.key)), strict=True)
        keys: dict[tuple[str, int], set[int]] = {}
        for place, released, key in cells:
            block = str(rows.texts[place]) if (place, released) in joined else ""
            keys.setdefault((block, released), set()).add(key)
        return {pair: ints(sorted(own)) for pair, own in keys.items()}

    def _end_old_unreadable(self) -> None:
        """A later release in which everything could be read ends what earlier ones left unreadable."""
        if not self.said or any(fault.dataset == self.id for fault in self.brought.news.unreadable):
            return
        query = f"""
            SELECT f.id FROM finding f WHERE f.dataset = :d AND f.rule = 'readable' AND f.released IS NULL
            AND {open_finding()}
            AND (SELECT max(p.released) FROM printing p WHERE p.document = f.document) < :released
        """  # noqa: S608 - fixed words
        rows = self.conn.execute(text(query), {"d": self.id, "released": max(self.said)}).fetchall()
        end_findings(self.conn, self.run, "superseded", [row[0] for row in rows])
