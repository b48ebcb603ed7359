"""One publish, inside its transaction: the order of its steps, and what is of no dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from schemas.cases import worst_first
from schemas.errors import LedgerMoved
from storage.database.inserts import insert
from storage.encoding import codes
from storage.encoding.columns import Flags, Readings
from storage.encoding.tables import encode
from storage.publish.brought import Brought
from storage.publish.dataset import Part
from storage.publish.findings import Kept, datasets_in_doubt, keep_findings, known_findings
from storage.publish.printings import mark_empty, rewrite_printings
from storage.publish.rows import rows_of
from storage.state.declared import keep_declared
from storage.state.held import held_blocks
from storage.state.maps import keep_maps
from storage.state.releases import Back, kept_back, release_readings
from storage.state.runs import COUNTS, Run, last_change, next_id, record
from storage.state.showings import document_ids, keep_documents

if TYPE_CHECKING:
    import pandas as pd

    from schemas.documents import Unreadable


@dataclass
class Publish:
    """A publish: what comes in, and the run that comes out of ``record``."""

    conn: Connection
    brought: Brought
    kind: str = "collect"
    loose: list[Kept] = field(default_factory=list)  # what is new about documents without readings

    def record(self) -> Run:
        """Write everything, in this order; the run as recorded."""
        self._refuse_if_moved()
        self._number_documents()
        if self.brought.context.unchanged:
            return self._record_unchanged()
        self._mark_empty_documents()
        parts = self._parts()
        for part in parts:
            part.keep_back()
            part.sequence()
            part.accept()
            part.fold()
            part.write()
        self._write_again(parts)
        for part in parts:
            part.settle()
            part.tell()
            part.give_way()
        self._list_unreadable()
        keep_maps(self.conn, self.run, self.brought.batch.parsed.maps, self.documents)
        keep_declared(self.conn, self.run, self.brought.batch.declared)
        self._tell_of_documents({part.id for part in parts})
        return self._record_run(parts)

    # ── the steps that are of no dataset ─────────────────────────────────────────────────────────────────────────────

    def _refuse_if_moved(self) -> None:
        context = self.brought.context
        if last_change(self.conn, context.datasets) != context.token:
            raise LedgerMoved(f"another run changed {', '.join(context.datasets)} meanwhile: judge again")

    def _number_documents(self) -> None:
        self.run = next_id(self.conn, "run")
        context = self.brought.context
        self.documents = keep_documents(self.conn, self.run, self.brought.batch.concerned, context.showings)
        self.read = context.new_documents(self.documents)  # those whose readings are new

    def _mark_empty_documents(self) -> None:
        """What a document said before no longer counts where nothing was found in it."""
        batch = self.brought.batch
        full = set(batch.parsed.readings["document"].unique()) | self.brought.context.same
        for sha in sorted({document.sha256 for document in batch.concerned} - full):
            mark_empty(self.conn, self.run, batch.parser_version, self.documents[sha])

    def _parts(self) -> list[Part]:
        named = {finding.document for found in self.brought.findings.values() for finding in found}
        self.hashes = document_ids(self.conn, named - set(self.documents)) | self.documents
        of = (self.conn, self.run, self.brought, self.documents, self.hashes)
        return [Part(*of, rows) for rows in rows_of(self.conn, self.brought, self.documents)]

    def _write_again(self, parts: Sequence[Part]) -> None:
        """The printings of documents of which something is accepted again: each once, of all its datasets."""
        again = [(part, found) for part in parts if len(found := part.accepted_again())]
        if again:
            rewrite_printings(self.conn, self.run, {part.id: found for part, found in again})
        for part, _ in again:
            part.printings += 1

    def _list_unreadable(self) -> None:
        """Rows for the figures that could not be read, of documents that are new or newly read."""
        start = next_id(self.conn, "unreadable")
        rows = (
            (start + at, self.run, document, fault.dataset, fault.position, fault.seen, fault.expected)
            for at, (document, fault) in enumerate(self._unread)
        )
        insert(self.conn, "unreadable", ("id", "run", "document", "dataset", "position", "seen", "expected"), rows)

    def _tell_of_documents(self, done: set[str]) -> None:
        """Findings of datasets that have no readings in this run: about its documents."""
        left = {dataset: found for dataset, found in self.brought.findings.items() if dataset not in done}
        for dataset in datasets_in_doubt(self.conn, sorted(self.read)):
            if dataset not in done:  # what was said of one that is named no more has ended too
                left.setdefault(dataset, [])
        for dataset, found in left.items():
            known = known_findings(self.conn, dataset, [], sorted(self.documents.values()))
            cases = self.brought.cases.get(dataset, ())
            self.loose.append(keep_findings(self.conn, self.run, found, cases, known, self.hashes, {}, self.read))

    def _record_run(self, parts: Sequence[Part]) -> Run:
        frame = self.brought.batch.parsed.readings
        counts = self._count_standing(frame[frame["document"].isin(self.brought.context.stand)])
        for part in parts:
            counts.update(part.count())
        held, versions = any(part.new_held for part in parts), any(len(part.folded.rows) for part in parts)
        outcome = "quarantined" if held else "published" if versions else "unchanged"
        found = [*(part.found for part in parts), *self.loose]
        changed = {part.id for part in parts if part.changed}
        if self._unread:
            changed |= {fault.dataset for fault in self.brought.news.unreadable if fault.dataset}
        said = _returned(sum(part.returned for part in parts))
        return self._record(outcome, counts, sum(part.still_held for part in parts), found, changed, said)

    def _record_unchanged(self) -> Run:
        """A batch that brings nothing: the ledger has every figure of it; only the run is recorded."""
        still = sum(
            held.undecided and held.released in releases
            for dataset, releases in self.brought.context.touched.items()
            for held in held_blocks(self.conn, dataset)
        )
        return self._record("unchanged", self._count_standing(self.brought.batch.parsed.readings), still, (), set())

    # ── what they ask ────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _unread(self) -> list[tuple[int, Unreadable]]:
        """What could not be read in documents that are new or newly read, with their ids."""
        only = self.brought.batch.documents[0].sha256 if self.brought.batch.documents else ""
        found = [(self.documents[fault.document or only], fault) for fault in self.brought.news.unreadable]
        return [(document, fault) for document, fault in found if document in self.read]

    def _count_standing(self, frame: pd.DataFrame) -> Counter[str]:
        """Readings that the ledger has already, by what became of them when they came."""
        counts = Counter(dict.fromkeys(COUNTS, 0) | {"unreadable": self.brought.batch.parsed.lost})
        if not len(frame):
            return counts
        readings, datasets, in_dataset = encode(self.conn, frame, self.documents, create=False)
        for at, dataset in enumerate(datasets):
            own = self.brought.context.begun(dataset, readings.take(in_dataset == at))
            back = kept_back(self.conn, dataset, self.brought.context.touched.get(dataset, frozenset()))
            later = self._free_later(dataset, own, back)
            refused, kept = back.among(own, back.rejected) & ~later, back.among(own) & ~later
            counts["rejected"] += int(refused.sum())
            counts["held"] += int((kept & ~refused).sum())
            free = own.take(~kept)
            cells = len(np.unique(np.stack([free.key, free.released]), axis=1).T) if len(free) else 0
            counts["unchanged"] += cells
            counts["repeated"] += len(free) - cells
        return counts

    def _free_later(self, dataset: str, own: Readings, back: Back) -> Flags:
        """Which readings stand in a further sequence of their date in which they are not kept back."""
        found = np.zeros(len(own), dtype=bool)
        for released in sorted(self.brought.context.touched.get(dataset, ())):
            if codes.sequence(released) == 1 or not (back.among(own) & ~found).any():
                continue
            here = (codes.base(own.released) == codes.base(released)) & (own.released < released)
            there = replace(own, released=np.full(len(own), released, dtype=np.int64))
            stands = np.isin(own.document, release_readings(self.conn, dataset, released).document)
            found |= here & stands & ~back.among(there)
        return found

    def _record(
        self,
        outcome: str,
        counts: Counter[str],
        still: int,
        found: Sequence[Kept],
        changed: set[str],
        said: str = "",
    ) -> Run:
        """Parsed = published + unchanged + held + rejected + repeated + unreadable."""
        batch = self.brought.batch
        counts["parsed"] = counts.total()
        run = Run(
            self.run,
            batch.source,
            outcome,
            0,
            dict(counts),
            still,
            tuple(one for kept in found for one in kept.findings),
            said,
            self.kind,
            sorted((case for kept in found for case in kept.cases), key=worst_first),
            sum(kept.wrong for kept in found),
        )
        ids = [self.documents[document.sha256] for document in batch.documents]
        return record(
            self.conn,
            run,
            documents=list(dict.fromkeys(ids)),
            datasets=changed,
            parser_version=batch.parser_version,
            prefect_run=batch.prefect_run,
        )


def _returned(number: int) -> str:
    """What a run says of figures that are back."""
    words = ("figure that was withdrawn for a contradiction is", "figures that were withdrawn for a contradiction are")
    return f"{number:,} {words[number > 1]} back" if number else ""
