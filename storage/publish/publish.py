"""One publish, inside its transaction: from readings and their judgement to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, text

from schemas.errors import LedgerError, LedgerMoved
from schemas.findings import Finding
from schemas.positions import NOWHERE, parse_position
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.columns import Ints, Readings, distinct, find, ints, narrowest
from storage.encoding.rows import insert_versions
from storage.encoding.tables import encode
from storage.publish.changes import Folded, fold
from storage.publish.dataset import FREE, HELD, REFUSED, Part, parts_of
from storage.publish.findings import (
    datasets_in_doubt,
    end_findings,
    keep_findings,
    known_findings,
    notice_finding,
    unreadable_finding,
)
from storage.publish.keep_back import Doubt, keep_back
from storage.publish.printings import mark_empty, write_printings
from storage.publish.superseding import cells_of, end_superseded, hold_again, superseded_by, superseded_in_ledger
from storage.state.accepted import accept, accepted_releases
from storage.state.held import DOCUMENT, Held, end_held, held_blocks, hold
from storage.state.releases import kept_back
from storage.state.runs import COUNTS, Run, last_change, next_id, record
from storage.state.showings import document_ids, keep_documents
from storage.state.verdicts import Scope, scope

if TYPE_CHECKING:
    import pandas as pd

    from schemas.documents import Parsed
    from schemas.judge import Judgement
    from storage.publish.batch import Batch, Context


@dataclass
class Publish:
    """A publish: what comes in, and the run that comes out of ``record``."""

    conn: Connection
    batch: Batch
    context: Context
    judgement: Judgement | None
    kind: str = "collect"

    def record(self) -> Run:
        """Write everything; the run as recorded."""
        if last_change(self.conn, self.context.datasets) != self.context.token:
            raise LedgerMoved(f"another run changed {', '.join(self.context.datasets)} meanwhile: judge again")
        self.run = next_id(self.conn, "run")
        self.documents = keep_documents(self.conn, self.run, self.batch.concerned, self.context.showings)
        if self.context.unchanged:
            return self._unchanged()
        if self.judgement is None:
            raise LedgerError("a batch that brings something new was published without judgement")
        parts = parts_of(self.conn, self._news.readings, self.context, self.judgement, self.documents)
        counts = dict.fromkeys(COUNTS, 0) | {"unreadable": self.batch.parsed.lost}
        new_findings: list[Finding] = []
        changed: list[str] = []
        new_held = still = versions = 0
        again = self.context.new_documents(self.documents)
        full = set(self.batch.parsed.readings["document"].unique()) | self.context.same
        for sha in sorted({document.sha256 for document in self.batch.concerned} - full):
            mark_empty(self.conn, self.run, self.batch.parser_version, self.documents[sha])
        for part in parts:
            keep_back(self.conn, part, self.judgement, self._noticed, self._doubts)
            self._accept(part)
            folded, said = self._fold(part)
            insert_versions(self.conn, folded.rows)
            printings = write_printings(self.conn, self.run, self.batch.parser_version, part, folded, again)
            found, held, before = self._settle(part, said)
            new_findings += found
            new_held += held
            still += before
            versions += len(folded.rows)
            self._count(part, folded, said, counts)
            if printings or len(folded.rows) or held or found:
                changed.append(part.id)
        if self._unread():
            changed += sorted({fault.dataset for fault in self._news.unreadable if fault.dataset})
        frame = self.batch.parsed.readings
        self._count_standing(frame[frame["document"].isin(self.context.stand)], counts)
        new_findings += self._loose_findings({part.id for part in parts})
        counts["parsed"] = sum(counts.values())
        outcome = "quarantined" if new_held else "published" if versions else "unchanged"
        return self._record(Run(self.run, self.batch.source, outcome, 0, counts, still, new_findings), changed)

    def _record(self, run: Run, changed: Sequence[str]) -> Run:
        ids = [self.documents[document.sha256] for document in self.batch.documents]
        return record(
            self.conn,
            replace(run, kind=self.kind),
            documents=list(dict.fromkeys(ids)),
            datasets=changed,
            parser_version=self.batch.parser_version,
            prefect_run=self.batch.prefect_run,
        )

    # ── what comes in ────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _news(self) -> Parsed:
        return self.context.news(self.batch)

    @cached_property
    def _noticed(self) -> dict[int, frozenset[Scope]]:
        """Documents with something wrong about themselves, and what that is."""
        found: dict[int, set[Scope]] = {}
        for notice in self._news.notices:
            if notice.figure:
                continue
            about = [notice.document] if notice.document else [document.sha256 for document in self.batch.documents]
            for sha in about:
                found.setdefault(self.documents[sha], set()).add(scope(notice_finding(notice, sha, "")))
        return {document: frozenset(scopes) for document, scopes in found.items()}

    @cached_property
    def _doubts(self) -> list[Doubt]:
        """Figures about which a document raises a question."""
        return [
            (self.documents[sha], parse_position(one.position), scope(notice_finding(one, sha, "")))
            for one in self._news.notices
            if one.figure
            for sha in [one.document or self.batch.documents[0].sha256]
        ]

    def _accept(self, part: Part) -> None:
        """Keep which cells of the judged releases a decision covers."""
        accepted = part.accepted & (part.status == FREE)
        some = {*distinct(part.readings.released[accepted]).tolist(), *accepted_releases(self.conn, part.id)}
        for released in sorted(some.intersection(part.releases)):
            here, keys = part.readings.released == released, part.readings.key
            accept(self.conn, part.id, self.run, released, keys[here & accepted], keys[here])

    # ── what is published ────────────────────────────────────────────────────────────────────────────────────────────

    def _fold(self, part: Part) -> tuple[Folded, dict[int, Readings]]:
        free = ints(np.flatnonzero(part.status == FREE))
        readings = part.readings.take(free)
        accepted = part.accepted[free]
        replaced = self.context.replaced.get(part.id, Readings(*(ints() for _ in range(6))))
        said = {}
        for released in sorted({*part.releases, *distinct(replaced.released).tolist()}):
            here = ints(np.flatnonzero(readings.released == released))
            best = here[narrowest(readings.take(here))]
            one = readings.take(best)
            said[int(released)] = replace(one, packed=codes.with_accepted(one.packed, accepted[best]))
        touched = distinct(np.concatenate([part.readings.key, replaced.key]))
        return fold(self.conn, part.id, self.run, said, touched), said

    # ── held blocks and findings ─────────────────────────────────────────────────────────────────────────────────────

    def _settle(self, part: Part, said: Mapping[int, Readings]) -> tuple[list[Finding], int, int]:
        """Findings that are new, blocks that are newly held, blocks that were held before and still are."""
        known = held_blocks(self.conn, part.id)
        fresh, still = hold(self.conn, self.run, part.wanted, known)
        new = set(fresh)
        free = [h for h in known if h.id not in still and self._judged_anew(part, h)]
        for h in free:
            why = "accepted" if part.settled.get((h.block, h.released)) == "accepted" else "rejudged"
            end_held(self.conn, self.run, why, [h.id])
        left = [h for h in held_blocks(self.conn, part.id) if not h.superseded]
        ended = [h for h in left if self._superseded(h, said, h.id in new)]
        over = {h.id for h in ended}
        part.settled |= {(h.block, h.released): "superseded" for h in ended if h.id in new}
        found = self._findings(part, said)
        end_superseded(self.conn, self.run, part.id, over)
        freed = {h.id for h in free}
        again = hold_again(self.conn, self.run, part.id, self._lost(part), [h for h in known if h.id not in freed])
        waiting = [h for h in left if h.undecided and h.id not in over]
        before = [h for h in waiting if h.id not in new and h.released in said]
        return found, sum(h.id in new for h in waiting) + again, len(before)

    def _lost(self, part: Part) -> Ints:
        """Cells of which a release may say nothing any more, though it did."""
        kept_back = part.readings.key[part.status != FREE]
        replaced = self.context.replaced.get(part.id)
        return distinct(kept_back if replaced is None else np.concatenate([kept_back, replaced.key]))

    def _judged_anew(self, part: Part, held: Held) -> bool:
        """Whether this judgement has the last word on a held block: its release was judged with its readings."""
        query = text("SELECT DISTINCT document FROM held_figure WHERE held = :held")
        documents = {row[0] for row in self.conn.execute(query, {"held": held.id}).fetchall()}
        again = self.context.new_documents(self.documents)
        if held.rejected or held.cause == DOCUMENT:
            return bool(documents & again)
        return held.released in part.releases or held.released in self.context.touched.get(part.id, ())

    def _superseded(self, held: Held, said: Mapping[int, Readings], new: bool) -> bool:
        """Whether a later release says something of its cells, or another document does that was judged without it."""
        keys = cells_of(self.conn, held)
        if superseded_by(held, keys, ((released, best.key) for released, best in said.items())):
            return True
        return new and superseded_in_ledger(self.conn, held, keys)

    def _findings(self, part: Part, said: Mapping[int, Readings]) -> list[Finding]:
        judgement = self.judgement
        found = [f for f in judgement.findings if f.dataset == part.id] if judgement else []
        found += [one for one in self._about_documents if one.dataset == part.id]
        released = sorted({*said, *self.context.touched.get(part.id, ())})
        self._end_old_unreadable(part, said)
        known = known_findings(self.conn, part.id, released, sorted(self.documents.values()))
        return keep_findings(self.conn, self.run, found, known, self._hashes, part.settled)

    def _end_old_unreadable(self, part: Part, said: Mapping[int, Readings]) -> None:
        """A later release in which everything could be read ends what earlier ones left unreadable."""
        if not said or any(fault.dataset == part.id for fault in self._news.unreadable):
            return
        query = """
            SELECT f.id FROM finding f WHERE f.dataset = :d AND f.rule = 'readable' AND f.released IS NULL
            AND NOT EXISTS (SELECT 1 FROM finding_end e WHERE e.finding = f.id)
            AND (SELECT max(p.released) FROM printing p WHERE p.document = f.document) < :released
        """
        rows = self.conn.execute(text(query), {"d": part.id, "released": max(said)}).fetchall()
        end_findings(self.conn, self.run, "superseded", [row[0] for row in rows])

    @cached_property
    def _hashes(self) -> Mapping[str, int]:
        """SHA-256 → id of every document a finding may name."""
        judgement = self.judgement
        named = {finding.document for finding in judgement.findings} if judgement else set()
        return document_ids(self.conn, named - set(self.documents)) | self.documents

    @cached_property
    def _about_documents(self) -> list[Finding]:
        """What could not be read and what is wrong with documents; without a dataset it goes to the batch's first."""
        first = self.context.datasets[0] if self.context.datasets else ""
        only = self.batch.documents[0].sha256 if self.batch.documents else ""
        found = [unreadable_finding(fault, only) for fault in self._news.unreadable]
        for notice in self._news.notices:
            about = [notice.document] if notice.document else [document.sha256 for document in self.batch.documents]
            found += [notice_finding(notice, sha, first) for sha in about]
        return found

    def _loose_findings(self, done: set[str]) -> list[Finding]:
        """Findings about documents whose dataset has no readings in this run."""
        left: dict[str, list[Finding]] = {}
        for finding in self._about_documents:
            if finding.dataset not in done:
                left.setdefault(finding.dataset, []).append(finding)
        for dataset in datasets_in_doubt(self.conn, sorted(self.context.new_documents(self.documents))):
            if dataset not in done:  # what was said of one that is named no more has ended too
                left.setdefault(dataset, [])
        new = []
        for dataset, found in left.items():
            known = known_findings(self.conn, dataset, [], sorted(self.documents.values()))
            new += keep_findings(self.conn, self.run, found, known, self._hashes, {})
        return new

    def _unread(self) -> int:
        """Rows for the figures that could not be read, of documents that are new or newly read."""
        new = self.context.new_documents(self.documents)
        only = self.batch.documents[0].sha256 if self.batch.documents else ""
        start = next_id(self.conn, "unreadable")
        rows: list[tuple[int | str, ...]] = []
        for fault in self._news.unreadable:
            document = self.documents[fault.document or only]
            if document in new:
                rows.append(
                    (start + len(rows), self.run, document, fault.dataset, fault.position, fault.seen, fault.expected)
                )
        insert(self.conn, "unreadable", ("id", "run", "document", "dataset", "position", "seen", "expected"), rows)
        return len(rows)

    # ── what became of each figure ───────────────────────────────────────────────────────────────────────────────────

    def _count(self, part: Part, folded: Folded, said: Mapping[int, Readings], counts: dict[str, int]) -> None:
        """Parsed = published + unchanged + held + rejected + repeated + unreadable."""
        parsed = part.fresh & (part.readings.position != NOWHERE)
        status = part.status[parsed]
        counts["held"] += int((status == HELD).sum())
        counts["rejected"] += int((status == REFUSED).sum())
        own = part.readings.take(np.flatnonzero(parsed & (part.status == FREE)))
        rows = folded.rows.take(~codes.withdrawn(folded.rows.packed))
        for released, best in said.items():
            here = own.take(own.released == released)
            at, there = find(best.key, here.key)
            first = there & (best.mantissa[at] == here.mantissa)
            first &= codes.same(best.packed[at], here.packed)
            told = distinct(here.key[first])  # of each cell one reading is the published one, the others repeat it
            written = int(np.isin(told, rows.key[rows.released == released]).sum())
            counts["published"] += written
            counts["unchanged"] += len(told) - written
            counts["repeated"] += len(here) - len(told)

    def _count_standing(self, frame: pd.DataFrame, counts: dict[str, int]) -> None:
        """Count readings that the ledger has already, by what became of them when they came."""
        readings, datasets, in_dataset = encode(self.conn, frame, self.documents, create=False)
        for at, dataset in enumerate(datasets):
            own = readings.take(in_dataset == at)
            back = kept_back(self.conn, dataset, self.context.touched.get(dataset, frozenset()))
            refused, kept = back.among(own, back.rejected), back.among(own)
            counts["rejected"] += int(refused.sum())
            counts["held"] += int((kept & ~refused).sum())
            free = own.take(~kept)
            cells = len(np.unique(np.stack([free.key, free.released]), axis=1).T) if len(free) else 0
            counts["unchanged"] += cells
            counts["repeated"] += len(free) - cells

    def _unchanged(self) -> Run:
        """A batch that brings nothing: the ledger has every figure of it; only the run is recorded."""
        counts = dict.fromkeys(COUNTS, 0) | {"unreadable": self.batch.parsed.lost}
        self._count_standing(self.batch.parsed.readings, counts)
        counts["parsed"] = sum(counts.values())
        still = sum(
            held.undecided and held.released in releases
            for dataset, releases in self.context.touched.items()
            for held in held_blocks(self.conn, dataset)
        )
        return self._record(Run(self.run, self.batch.source, "unchanged", 0, counts, still), [])
