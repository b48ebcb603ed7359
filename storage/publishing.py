"""One publish, inside its transaction: from readings and their judgement to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from schemas.errors import LedgerError, LedgerMoved
from schemas.findings import Finding
from storage import codes
from storage.arrays import (
    Flags,
    Ints,
    Readings,
    find,
    ints,
    is_absent,
    narrowest,
    pack_cells,
    split_key,
)
from storage.coding import encode
from storage.fold import Folded, fold
from storage.holding import DOCUMENT, RULES, Held, Wanted, end_held, figures_digest, held_blocks, held_readings, hold
from storage.inserts import insert
from storage.recorded_findings import (
    end_findings,
    findings_of_block,
    keep_findings,
    known_findings,
    notice_finding,
    unreadable_finding,
)
from storage.records import COUNTS, Run, keep_documents, last_change, next_id, record
from storage.releases import kept_back, published, releases_from
from storage.rows import column_list, insert_versions
from storage.verdicts import ACCEPT, REJECT, Scope, Verdict, applies, is_error, scope, verdicts

if TYPE_CHECKING:
    from schemas.judge import Judgement
    from storage.ledger import Batch, Context

#: What becomes of a reading.
FREE, HELD, REFUSED = 0, 1, 2


@dataclass
class _Dataset:
    """One dataset's part of a publish: rows of everything judged, in order, and what is found of them."""

    id: str
    at: Ints  # places among all readings
    readings: Readings
    fresh: Flags  # brought by this batch
    blocks: pd.Categorical
    status: Ints = field(init=False)
    accepted: Flags = field(init=False)
    wanted: list[Wanted] = field(default_factory=list)
    settled: dict[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.status = np.zeros(len(self.readings), dtype=np.int64)
        self.accepted = np.zeros(len(self.readings), dtype=bool)

    @cached_property
    def releases(self) -> list[int]:
        """Releases that were judged."""
        return [int(released) for released in np.unique(self.readings.released)]

    @cached_property
    def _sorted(self) -> tuple[Ints, Ints]:
        """Rows in order of release and block, and what they are ordered by."""
        by = self.readings.released * (len(self.blocks.categories) + 1) + self.blocks.codes
        order = ints(np.argsort(by, kind="stable"))
        return order, by[order]

    def block_rows(self, block: str, released: int) -> Ints:
        """Places of a block of a release."""
        order, by = self._sorted
        code = int(self.blocks.categories.get_indexer(pd.Index([block]))[0])
        wanted = released * (len(self.blocks.categories) + 1) + code
        return order[np.searchsorted(by, wanted) : np.searchsorted(by, wanted, side="right")]

    def names(self, rows: Ints) -> list[str]:
        """Block ids that occur in ``rows``."""
        return [str(self.blocks.categories[code]) for code in np.unique(self.blocks.codes[rows])]


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
        self.documents = keep_documents(self.conn, self.run, self.batch.documents)
        if self.context.unchanged:
            return self._unchanged()
        if self.judgement is None:
            raise LedgerError("a batch that brings something new was published without judgement")
        parts = self._prepare(self.judgement)
        counts = dict.fromkeys(COUNTS, 0)
        counts["unreadable"] = len(self.batch.parsed.unreadable)
        new_findings: list[Finding] = []
        changed: list[str] = []
        new_held = still = versions = 0
        for part in parts:
            self._hold_back(part, self.judgement)
            folded, said = self._fold(part)
            insert_versions(self.conn, folded.rows)
            printings = self._print(part, folded)
            found, held, before = self._settle(part, said)
            new_findings += found
            new_held += held
            still += before
            versions += len(folded.rows)
            self._count(part, folded, said, counts)
            if printings or len(folded.rows) or held or found:
                changed.append(part.id)
        if self._unread() and self.batch.parsed.unreadable:
            changed += sorted({fault.dataset for fault in self.batch.parsed.unreadable if fault.dataset})
        self._mark_empty()
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

    def _prepare(self, judgement: Judgement) -> list[_Dataset]:
        """Everything that was judged, dataset by dataset."""
        frame, stored = self.batch.parsed.readings, self.context.stored
        if len(judgement.blocks) != len(stored) + len(frame):
            raise LedgerError(
                f"the judgement is of {len(judgement.blocks)} readings, expected {len(stored)} of the ledger and "
                f"{len(frame)} of the batch, in this order"
            )
        fresh, names, in_dataset = encode(self.conn, frame, self.documents, create=True)
        if (fresh.document < 0).any():
            raise LedgerError("a reading names a document that is not in the batch")
        everything = Readings.concatenate([stored, fresh])
        datasets = sorted({*names, *self.context.stored_datasets})
        places = {name: at for at, name in enumerate(datasets)}
        of_stored = ints([places[name] for name in self.context.stored_datasets])[self.context.stored_in]
        of = np.concatenate([of_stored, ints([places[name] for name in names])[in_dataset]])
        codes_, distinct = pd.factorize(np.asarray(judgement.blocks, dtype=object))
        parts = []
        for name, number in places.items():
            at = ints(np.flatnonzero(of == number))
            blocks = pd.Categorical.from_codes(codes_[at], categories=pd.Index(distinct, dtype="object"))
            parts.append(_Dataset(name, at, everything.take(at), at >= len(stored), blocks))
        return parts

    @cached_property
    def _noticed(self) -> dict[int, frozenset[Scope]]:
        """Documents with something wrong about themselves, and what that is."""
        found: dict[int, set[Scope]] = {}
        for notice in self.batch.parsed.notices:
            about = [notice.document] if notice.document else [document.sha256 for document in self.batch.documents]
            for sha in about:
                found.setdefault(self.documents[sha], set()).add(scope(notice_finding(notice, sha, "")))
        return {document: frozenset(scopes) for document, scopes in found.items()}

    # ── what is held ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _hold_back(self, part: _Dataset, judgement: Judgement) -> None:
        """Decide for every block that fails whether it is held, accepted or rejected before."""
        failing: dict[tuple[str, int], set[Scope]] = {}
        for finding in judgement.findings:
            if finding.dataset == part.id and is_error(finding):
                failing.setdefault((finding.block, codes.release_code(finding.released)), set()).add(scope(finding))
        held = {(block, codes.release_code(released)) for block, released in judgement.held}
        wrong = {pair for pair in held if pair[0].split("/", 1)[0] == part.id}
        noticed = np.isin(part.readings.document, list(self._noticed)) if self._noticed else None
        if not wrong and noticed is None:
            return
        decided = verdicts(self.conn, [part.id])
        for block, released in sorted(wrong):
            rows = part.block_rows(block, released)
            if noticed is not None:
                rows = rows[~noticed[rows]]
            self._hold_block(part, block, released, RULES, rows, failing.get((block, released), set()), decided)
        if noticed is not None:
            for released in part.releases:
                here = ints(np.flatnonzero(noticed & (part.readings.released == released)))
                for block in part.names(here):
                    rows = np.intersect1d(part.block_rows(block, released), here)
                    seen = {
                        s for document in np.unique(part.readings.document[rows]) for s in self._noticed[int(document)]
                    }
                    seen |= failing.get((block, released), set())
                    self._hold_block(part, block, released, DOCUMENT, rows, seen, decided)

    def _hold_block(
        self,
        part: _Dataset,
        block: str,
        released: int,
        cause: str,
        rows: Ints,
        seen: set[Scope],
        decided: Mapping[tuple[str, str], list[Verdict]],
    ) -> None:
        if not len(rows):
            return
        about, readings, found = decided.get((part.id, block), []), part.readings.take(rows), frozenset(seen)
        figures = figures_digest(readings) if about else ""
        if applies(about, ACCEPT, released, found, figures) is not None:
            part.accepted[rows] = True
            part.settled[block, released] = "accepted"
            return
        decision = applies(about, REJECT, released, found, figures)
        part.status[rows] = HELD if decision is None else REFUSED
        if decision is not None:
            part.settled[block, released] = "rejected"
        part.wanted.append(Wanted(part.id, block, released, cause, readings, found, decision))

    # ── what is published ────────────────────────────────────────────────────────────────────────────────────────────

    def _fold(self, part: _Dataset) -> tuple[Folded, dict[int, Readings]]:
        free = ints(np.flatnonzero(part.status == FREE))
        readings = part.readings.take(free)
        flags = np.where(part.accepted[free], codes.ACCEPTED, 0)
        replaced = self.context.replaced.get(part.id, Readings(*(ints() for _ in range(6))))
        said = {}
        for released in sorted({*part.releases, *np.unique(replaced.released).tolist()}):
            here = ints(np.flatnonzero(readings.released == released))
            best = here[narrowest(readings.take(here))]
            one = readings.take(best)
            said[int(released)] = Readings(
                one.key, one.released, one.mantissa, one.packed | flags[best], one.document, one.position
            )
        touched = np.unique(np.concatenate([part.readings.key, replaced.key]))
        return fold(self.conn, part.id, self.run, said, touched), said

    def _print(self, part: _Dataset, folded: Folded) -> int:
        """What each new (or newly read) document says of each release."""
        number, written = next_id(self.conn, "printing"), 0
        fresh = part.fresh & np.isin(part.readings.document, list(self.context.new_documents(self.documents)))
        for document in np.unique(part.readings.document[fresh]).tolist():
            own = fresh & (part.readings.document == document)
            for released in np.unique(part.readings.released[own]).tolist():
                rows = ints(np.flatnonzero(own & (part.readings.released == released)))
                readings = part.readings.take(rows)
                same = folded.in_force(readings, released) & (part.status[rows] == FREE)
                blob = pack_cells(readings.key[same], readings.position[same])
                columns = ("id", "dataset", "released", "document", "run", "parser_version", "readings", "cells")
                row = (number, part.id, released, document, self.run, self.batch.parser_version, len(rows), blob)
                insert(self.conn, "printing", columns, [row])
                self._explicit(number, readings.take(~same))
                number += 1
                written += 1
        return written

    def _explicit(self, printing: int, readings: Readings) -> None:
        if not len(readings):
            return
        series, period = split_key(readings.key)
        columns = (
            [printing] * len(readings),
            range(len(readings)),
            series.tolist(),
            period.tolist(),
            column_list(readings.mantissa, is_absent(readings.packed)),
            readings.packed.tolist(),
            readings.position.tolist(),
        )
        names = ("printing", "number", "series", "period", "mantissa", "packed", "position")
        insert(self.conn, "reading", names, zip(*columns, strict=True))

    def _mark_empty(self) -> None:
        """Documents in which nothing was found are marked as read: what one said before no longer counts."""
        said = set(self.batch.parsed.readings["document"].unique()) | self.context.same
        columns = ("id", "dataset", "released", "document", "run", "parser_version", "readings", "cells")
        for sha in sorted({document.sha256 for document in self.batch.documents} - said):
            row = (
                next_id(self.conn, "printing"),
                "",
                0,
                self.documents[sha],
                self.run,
                self.batch.parser_version,
                0,
                b"",
            )
            insert(self.conn, "printing", columns, [row])

    # ── held blocks and findings ─────────────────────────────────────────────────────────────────────────────────────

    def _settle(self, part: _Dataset, said: Mapping[int, Readings]) -> tuple[list[Finding], int, int]:
        """Findings that are new, blocks that are newly held, blocks that were held before and still are."""
        known = held_blocks(self.conn, part.id)
        new, still = hold(self.conn, self.run, part.wanted, known)
        free = [h for h in known if h.id not in still and self._judged_anew(part, h)]
        for h in free:
            why = "accepted" if part.settled.get((h.block, h.released)) == "accepted" else "rejudged"
            end_held(self.conn, self.run, why, [h.id])
        left = [h for h in held_blocks(self.conn, part.id) if not h.superseded]
        ended = [h for h in left if self._superseded(part, h, said, h.id in new)]
        end_held(self.conn, self.run, "superseded", (h.id for h in ended))
        part.settled |= {(h.block, h.released): "superseded" for h in ended if h.id in new}
        found = self._findings(part, said)
        for h in ended:
            numbers = findings_of_block(self.conn, h.dataset, h.block, h.released)
            end_findings(self.conn, self.run, "superseded", numbers)
        waiting = [h for h in left if h.undecided and h not in ended]
        before = [h for h in waiting if h.id not in new and h.released in said]
        return found, sum(h.id in new for h in waiting), len(before)

    def _judged_anew(self, part: _Dataset, held: Held) -> bool:
        """Whether this judgement has the last word on a held block: its release was judged with its readings."""
        query = text("SELECT DISTINCT document FROM held_figure WHERE held = :held")
        documents = {row[0] for row in self.conn.execute(query, {"held": held.id}).fetchall()}
        again = self.context.new_documents(self.documents)
        if held.rejected or held.cause == DOCUMENT:
            return bool(documents & again)
        return held.released in part.releases or held.released in self.context.touched.get(part.id, ())

    def _superseded(self, part: _Dataset, held: Held, said: Mapping[int, Readings], new: bool) -> bool:
        """Whether a later release says something of its cells, or another document does that was judged without it."""
        keys = np.unique(held_readings(self.conn, held.id, held.released).key)
        alone = held.rejected or held.cause == DOCUMENT
        for released, best in said.items():
            if (released > held.released or (alone and released == held.released)) and find(keys, best.key)[1].any():
                return True
        if not new:
            return False
        later = releases_from(self.conn, part.id, held.released + 1)
        return any(len(published(self.conn, part.id, released, keys)) for released in later)

    def _findings(self, part: _Dataset, said: Mapping[int, Readings]) -> list[Finding]:
        judgement = self.judgement
        found = [f for f in judgement.findings if f.dataset == part.id] if judgement else []
        found += [one for one in self._about_documents if one.dataset == part.id]
        released = sorted({*said, *self.context.touched.get(part.id, ())})
        known = known_findings(self.conn, part.id, released, sorted(self.documents.values()))
        self._end_old_unreadable(part, said)
        return keep_findings(self.conn, self.run, found, known, self._hashes, part.settled)

    def _end_old_unreadable(self, part: _Dataset, said: Mapping[int, Readings]) -> None:
        """A later release in which everything could be read ends what earlier ones left unreadable."""
        if not said or any(fault.dataset == part.id for fault in self.batch.parsed.unreadable):
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
        from storage.records import document_ids

        judgement = self.judgement
        named = {finding.document for finding in judgement.findings} if judgement else set()
        return document_ids(self.conn, named - set(self.documents)) | self.documents

    @cached_property
    def _about_documents(self) -> list[Finding]:
        """What could not be read and what is wrong with documents; without a dataset it goes to the batch's first."""
        first = self.context.datasets[0] if self.context.datasets else ""
        only = self.batch.documents[0].sha256 if self.batch.documents else ""
        found = [unreadable_finding(fault, only) for fault in self.batch.parsed.unreadable]
        for notice in self.batch.parsed.notices:
            about = [notice.document] if notice.document else [document.sha256 for document in self.batch.documents]
            found += [notice_finding(notice, sha, first) for sha in about]
        return found

    def _loose_findings(self, done: set[str]) -> list[Finding]:
        """Findings about documents whose dataset has no readings in this run."""
        left: dict[str, list[Finding]] = {}
        for finding in self._about_documents:
            if finding.dataset not in done:
                left.setdefault(finding.dataset, []).append(finding)
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
        for fault in self.batch.parsed.unreadable:
            document = self.documents[fault.document or only]
            if document in new:
                rows.append(
                    (start + len(rows), self.run, document, fault.dataset, fault.position, fault.seen, fault.expected)
                )
        insert(self.conn, "unreadable", ("id", "run", "document", "dataset", "position", "seen", "expected"), rows)
        return len(rows)

    # ── what became of each figure ───────────────────────────────────────────────────────────────────────────────────

    def _count(self, part: _Dataset, folded: Folded, said: Mapping[int, Readings], counts: dict[str, int]) -> None:
        """Parsed = published + unchanged + held + rejected + repeated + unreadable."""
        status = part.status[part.fresh]
        counts["held"] += int((status == HELD).sum())
        counts["rejected"] += int((status == REFUSED).sum())
        own = part.readings.take(np.flatnonzero(part.fresh & (part.status == FREE)))
        rows = folded.rows.take((folded.rows.packed & codes.WITHDRAWN) == 0)
        for released, best in said.items():
            here = own.take(own.released == released)
            at, there = find(best.key, here.key)
            first = there & (best.mantissa[at] == here.mantissa)
            first &= (best.packed[at] ^ here.packed) & codes.FIGURE_MASK == 0
            told = np.unique(here.key[first])  # of each cell one reading is the published one, the others repeat it
            written = int(np.isin(told, rows.key[rows.released == released]).sum())
            counts["published"] += written
            counts["unchanged"] += len(told) - written
            counts["repeated"] += len(here) - len(told)

    def _unchanged(self) -> Run:
        """A batch that brings nothing: the ledger has every figure of it; only the run is recorded."""
        frame = self.batch.parsed.readings
        counts = dict.fromkeys(COUNTS, 0)
        counts["unreadable"] = len(self.batch.parsed.unreadable)
        readings, datasets, in_dataset = encode(self.conn, frame, self.documents, create=False)
        still = 0
        for at, dataset in enumerate(datasets):
            own = readings.take(in_dataset == at)
            releases = self.context.touched.get(dataset, frozenset())
            back = kept_back(self.conn, dataset, releases)
            refused, kept = back.among(own, back.rejected), back.among(own)
            counts["rejected"] += int(refused.sum())
            counts["held"] += int((kept & ~refused).sum())
            free = own.take(~kept)
            cells = len(np.unique(np.stack([free.key, free.released]), axis=1).T) if len(free) else 0
            counts["unchanged"] += cells
            counts["repeated"] += len(free) - cells
            still += sum(h.undecided and h.released in releases for h in held_blocks(self.conn, dataset))
        counts["parsed"] = sum(counts.values())
        return self._record(Run(self.run, self.batch.source, "unchanged", 0, counts, still), [])
