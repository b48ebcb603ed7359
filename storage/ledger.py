"""The ledger: what is kept of releases, judged whole, published in one transaction.

A release's state is a function of its readings, from whatever documents they came: blocks in which an error rule fails
are held whole, everything else is published. ``version`` keeps only change, folded over the releases of each cell, so
that the answer to "what had been released by then" does not depend on the order in which documents arrived.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, Engine, bindparam, func, insert, select
from sqlalchemy.engine import URL

from schemas.documents import Document, Parsed
from schemas.errors import LedgerMoved
from schemas.findings import Finding
from storage import codes
from storage.arrays import Readings, Versions, differs, effective, find, in_force, ints, make_key, narrowest, split_key
from storage.database import open_database, reading, writing

if TYPE_CHECKING:
    import pandas as pd

    from schemas.judge import Judgement


@dataclass(frozen=True)
class Batch:
    """What one run brings: documents of one source, and all they say."""

    source: str
    documents: Sequence[Document]
    parsed: Parsed
    parser_version: int
    prefect_run: str = ""


@dataclass(frozen=True)
class Context:
    """What the ledger holds of the releases a batch touches, and the run up to which that was seen."""

    readings: pd.DataFrame
    token: int
    unchanged: bool = False


@dataclass(frozen=True)
class Run:
    """One recorded run; ``findings`` are those that appeared with it."""

    id: int
    source: str
    outcome: str
    recorded_at: int
    counts: dict[str, int]
    still_held: int = 0
    findings: Sequence[Finding] = field(default=())
    message: str = ""


class Ledger:
    """A ledger that is open; a context manager that closes its connections."""

    def __init__(self, engine: Engine, url: URL) -> None:
        self.engine, self.url = engine, url

    @classmethod
    def open(cls, url: str, *, create: bool) -> Ledger:
        """Open the ledger at an SQLAlchemy URL; with ``create`` make or migrate it. Raises LedgerError."""
        return cls(*open_database(url, create=create))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    def context(self, batch: Batch) -> Context:
        """All readings the ledger holds of the releases this batch touches, in the columns of a frame of readings."""
        with reading(self.engine, self.url) as conn:
            token = _last_run(conn)
            releases = _releases(batch.parsed.readings)
            held = [_stored(conn, dataset, released) for dataset, released in releases]
            documents = {row.sha256 for row in conn.execute(select(t("document").c.sha256))}
            frame = _frame(conn, Readings.concatenate(held))
        new = batch.parsed.readings
        fresh = new[~new["document"].astype(object).isin(frame["document"].unique())] if len(frame) else new
        known = all(document.sha256 in documents for document in batch.documents)
        del fresh
        return Context(frame, token, known)

    def publish(self, batch: Batch, context: Context, judgement: Judgement) -> Run:
        """Record a run in one transaction; raises LedgerMoved where another was recorded since ``context``."""
        with writing(self.engine, self.url) as conn:
            if _last_run(conn) != context.token:
                raise LedgerMoved("another run was recorded meanwhile: judge again")
            return _Publishing(conn, batch, context, judgement).run()

    def fail(self, source: str, message: str, documents: Sequence[Document] = (), prefect_run: str = "") -> Run:
        """Record a run that came to nothing."""
        with writing(self.engine, self.url) as conn:
            run = _last_run(conn) + 1
            _keep_documents(conn, run, documents)
            return _record(conn, Run(run, source, "failed", 0, {}, message=message), documents, 0, prefect_run)


def t(name: str) -> Any:
    """A table."""
    from storage.models import METADATA

    return METADATA.tables[name]


def _last_run(conn: Connection) -> int:
    return int(conn.execute(select(func.coalesce(func.max(t("run").c.id), 0))).scalar_one())


def _releases(frame: pd.DataFrame) -> list[tuple[str, int]]:
    pairs = frame[["dataset", "released"]].drop_duplicates().astype(str)
    return sorted((d, codes.release_code(r)) for d, r in pairs.itertuples(index=False))


def _keep_documents(conn: Connection, run: int, documents: Sequence[Document]) -> dict[str, int]:
    table = t("document")
    ids = {row.sha256: row.id for row in conn.execute(select(table.c.sha256, table.c.id))}
    for document in documents:
        if document.sha256 in ids:
            continue
        at = document.fetched_at
        values = {
            "sha256": document.sha256, "run": run, "source": document.source, "name": document.name,
            "url": document.url, "media_type": document.media_type, "size": len(document.content),
            "fetched_at": codes.microseconds(at) if at else None, "released": document.released,
            "released_not_after": document.released_not_after, "etag": document.etag,
            "last_modified": document.last_modified,
        }  # fmt: skip
        ids[document.sha256] = conn.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return ids


def _record(conn: Connection, run: Run, documents: Sequence[Document], parser: int, prefect_run: str) -> Run:
    from schemas.rules import RULES_VERSION

    table = t("run")
    last = conn.execute(select(func.coalesce(func.max(table.c.recorded_at), 0))).scalar_one()
    now = max(time.time_ns() // 1000, last + 1)  # always later than every other, whatever the clock does
    ids = _keep_documents(conn, run.id, documents)
    values = {
        "id": run.id, "kind": "collect", "source": run.source, "outcome": run.outcome, "recorded_at": now,
        "counts": json.dumps(run.counts), "still_held": run.still_held, "parser_version": parser,
        "rules_version": str(RULES_VERSION), "prefect_run": prefect_run, "message": run.message,
        "documents": json.dumps([ids[document.sha256] for document in documents]),
    }  # fmt: skip
    conn.execute(insert(table).values(**values))
    return Run(run.id, run.source, run.outcome, now, run.counts, run.still_held, run.findings, run.message)


def _columns(rows: Sequence[Any], count: int) -> list[Any]:
    return [ints([row[at] if row[at] is not None else 0 for row in rows]) for at in range(count)]


def _stored(conn: Connection, dataset: str, released: int) -> Readings:
    """Every reading of a release, of each document as its last run read it."""
    reading_, printing = t("reading"), t("printing")
    last = (
        select(func.max(printing.c.id))
        .where(printing.c.dataset == dataset, printing.c.released == released)
        .group_by(printing.c.document)
    )
    query = (
        select(reading_.c.series, reading_.c.period, reading_.c.mantissa, reading_.c.packed, printing.c.document,
               reading_.c.position)
        .join(printing, printing.c.id == reading_.c.printing)
        .where(printing.c.id.in_(last))
        .order_by(printing.c.id, reading_.c.number)
    )  # fmt: skip
    series, period, mantissa, packed, document, position = _columns(conn.execute(query).all(), 6)
    return Readings(make_key(series, period), np.full_like(series, released), mantissa, packed, document, position)


def _frame(conn: Connection, stored: Readings) -> pd.DataFrame:
    """Readings as a frame of READING_COLUMNS."""
    from schemas.observations import readings
    from schemas.vocabulary import SERIES_KEY

    series, period = split_key(stored.key)
    names = {row.id: row for row in conn.execute(select(t("series")))} if len(stored) else {}
    periods = {row.id: row.text for row in conn.execute(select(t("period")))} if len(stored) else {}
    hashes = {row.id: row.sha256 for row in conn.execute(select(t("document").c.id, t("document").c.sha256))}
    parts = [codes.unpack(int(packed)) for packed in stored.packed]
    columns: dict[str, Any] = {name: [getattr(names[int(s)], name) for s in series] for name in SERIES_KEY}
    columns |= {
        "period": [periods[int(p)] for p in period],
        "released": [codes.release_text(int(r)) for r in stored.released],
        "mantissa": [
            None if part[3] in ("M", "C", "NA") else int(m) for m, part in zip(stored.mantissa, parts, strict=True)
        ],
        "exponent": [part[0] for part in parts],
        "qualifier": [part[1] for part in parts],
        "rounding": [part[2] for part in parts],
        "status": [part[3] for part in parts],
        "position": stored.position,
        "document": [hashes[int(d)] for d in stored.document],
    }
    return readings(columns)


def _ids(
    conn: Connection, table: Any, keys: Sequence[tuple[str, ...]], names: Sequence[str], more: Any
) -> dict[Any, int]:
    """Ids of rows by their key; those that are missing are added."""
    known = {tuple(row)[1:]: row[0] for row in conn.execute(select(table.c.id, *(table.c[name] for name in names)))}
    fresh = [dict(zip(names, key, strict=True)) | more(key) for key in dict.fromkeys(keys) if key not in known]
    if fresh:
        conn.execute(insert(table), fresh)
        known = {tuple(row)[1:]: row[0] for row in conn.execute(select(table.c.id, *(table.c[name] for name in names)))}
    return known


def _encode(conn: Connection, frame: pd.DataFrame, documents: dict[str, int]) -> Readings:
    """A frame of readings as arrays; series and periods that are new are added."""
    from schemas.observations import CODED
    from schemas.periods import months
    from schemas.vocabulary import SERIES_KEY

    series_codes, unique = _factorize(frame, list(SERIES_KEY))
    series = _ids(conn, t("series"), unique, SERIES_KEY, lambda _: {})
    period_codes, period_texts = _factorize(frame, ["period"])
    periods = _ids(conn, t("period"), period_texts, ("text",),
                   lambda key: {"start": months(key[0]).start, "length": months(key[0]).length})  # fmt: skip
    shape_codes, shapes = _factorize(frame, ["exponent", "qualifier", "rounding", "status"])
    packed = [codes.pack(int(e), q, r, s) for e, q, r, s in shapes]
    release_codes, releases = _factorize(frame, ["released"])
    document_codes, hashes = _factorize(frame, ["document"])
    assert set(CODED) >= {"released", "document"}
    return Readings(
        make_key(
            ints([series[key] for key in unique])[series_codes],
            ints([periods[key] for key in period_texts])[period_codes],
        ),
        ints([codes.release_code(r) for (r,) in releases])[release_codes],
        frame["mantissa"].fillna(0).to_numpy(np.int64),
        ints(packed)[shape_codes],
        ints([documents[h] for (h,) in hashes])[document_codes],
        frame["position"].to_numpy(np.int64),
    )


def _factorize(frame: pd.DataFrame, names: list[str]) -> tuple[Any, list[tuple[Any, ...]]]:
    grouped = frame.groupby(names, observed=True, sort=False, dropna=False)
    numbers = grouped.ngroup().to_numpy()
    firsts = frame[names].iloc[np.unique(numbers, return_index=True)[1]] if len(frame) else frame[names]
    return numbers, [tuple(row) for row in firsts.itertuples(index=False)]


def _versions(conn: Connection, keys: Any) -> Versions:
    """All rows of these cells, sorted by (cell, release, run)."""
    v = t("version")
    series = np.unique(split_key(keys)[0]).tolist()
    rows: list[Any] = []
    query = select(v.c.series, v.c.period, v.c.released, v.c.run, v.c.mantissa, v.c.packed, v.c.document, v.c.position)
    for start in range(0, len(series), 5000):
        part = query.where(v.c.series.in_(bindparam("ids", expanding=True)))
        rows += conn.execute(part, {"ids": series[start : start + 5000]}).all()
    s, p, released, run, mantissa, packed, document, position = _columns(rows, 8)
    key = make_key(s, p)
    order = np.lexsort((run, released, key))
    found = Versions(key, released, run, mantissa, packed, document, position).take(order)
    return found.take(np.isin(found.key, keys))


class _Publishing:
    """One publish: from readings and their judgement to rows. Everything happens in the caller's transaction."""

    def __init__(self, conn: Connection, batch: Batch, context: Context, judgement: Judgement) -> None:
        from schemas.observations import combine

        self.conn, self.batch, self.judgement = conn, batch, judgement
        self.id = _last_run(conn) + 1
        self.documents = _keep_documents(conn, self.id, batch.documents)
        frame = combine([context.readings, batch.parsed.readings])
        self.all = _encode(conn, frame, self.documents)
        self.fresh = np.arange(len(frame)) >= len(context.readings)  # brought by this batch
        self.known = _printed_before(self.all, self.fresh)
        self.blocks = np.asarray(judgement.blocks, dtype=object)
        released = frame["released"].astype(str).to_numpy(object)
        noticed = {notice for notice in batch.parsed.notices if notice.rule}
        whole = np.isin(self.all.document, [self.documents[d.sha256] for d in batch.documents]) if noticed else False
        pairs = list(zip(self.blocks, released, strict=True))
        self.held = np.array([pair in judgement.held for pair in pairs], dtype=bool) | whole
        self.pairs = pairs
        self.datasets = frame["dataset"].astype(str).to_numpy(object)

    def run(self) -> Run:
        """Record everything; the run as recorded."""
        new_printing = self.fresh & ~self.known
        self._keep_readings(new_printing)
        winners = self._winners()
        inserted = self._keep_versions(winners)
        new_blocks, still = self._keep_held(winners)
        findings = self._keep_findings()
        counts = self._count(winners, inserted, new_printing)
        unread = len(self.batch.parsed.unreadable)
        outcome = "quarantined" if new_blocks else "published" if inserted else "unchanged"
        run = Run(
            self.id, self.batch.source, outcome, 0, counts, still, findings, f"{unread} unreadable" if unread else ""
        )
        return _record(self.conn, run, self.batch.documents, self.batch.parser_version, self.batch.prefect_run)

    def _keep_readings(self, new: Any) -> None:
        """One row of ``printing`` per document and release that brings readings not kept yet, and all its readings."""
        rows = np.flatnonzero(new)
        if not len(rows):
            return
        pairs = dict.fromkeys(zip(self.datasets[rows], self.all.released[rows], self.all.document[rows], strict=True))
        for dataset, released, document in pairs:
            at = np.flatnonzero(
                self.fresh
                & (self.datasets == dataset) & (self.all.released == released) & (self.all.document == document)
            )  # fmt: skip
            values = {"dataset": str(dataset), "released": int(released), "document": int(document), "run": self.id,
                      "parser_version": self.batch.parser_version, "cells": b""}  # fmt: skip
            printing = self.conn.execute(
                insert(t("printing")).values(**values).returning(t("printing").c.id)
            ).scalar_one()
            part = self.all.take(at)
            series, period = split_key(part.key)
            columns = zip(
                series.tolist(),
                period.tolist(),
                _nullable(part),
                part.packed.tolist(),
                part.position.tolist(),
                strict=True,
            )
            self.conn.execute(insert(t("reading")), [
                {"printing": printing, "number": n, "series": s, "period": p, "mantissa": m, "packed": k, "position": q}
                for n, (s, p, m, k, q) in enumerate(columns)
            ])  # fmt: skip

    def _winners(self) -> Any:
        """Places of the published reading of each cell and release that is not held; a reading both fresh and kept once."""
        places = np.flatnonzero(~self.held)
        free = self.all.take(places)
        found = []
        for release in np.unique(free.released):
            at = places[free.released == release]
            found.append(at[narrowest(self.all.take(at))])
        return np.concatenate([ints(), *found])

    def _keep_versions(self, winners: Any) -> int:
        """Fold the releases of every touched cell; insert rows where the record differs from what it should be."""
        keys = np.unique(self.all.key)
        rows = _versions(self.conn, keys)
        standing = effective(rows)
        first = int(self.all.released.min()) if len(self.all) else 0
        said = [self.all.take(winners)]
        touched = {(d, int(r)) for d, r in zip(self.datasets, self.all.released, strict=True)}
        said += self._later(keys, first, touched)
        figures = Readings.concatenate(said)
        base = in_force(standing.take(standing.released < first))
        now = Versions(keys, *(np.zeros_like(keys) for _ in range(6)))
        has = np.zeros(len(keys), dtype=bool)
        at, there = find(keys, base.key)
        for name in ("mantissa", "packed"):
            getattr(now, name)[at[there]] = getattr(base, name)[there]
        has[at[there]] = True
        wanted = []
        for release in np.unique(figures.released):
            part = figures.take(figures.released == release)
            place, _ = find(keys, part.key)
            news = ~has[place] | differs(part.mantissa, part.packed, now.mantissa[place], now.packed[place])
            change = part.take(news)
            now.mantissa[place[news]], now.packed[place[news]], has[place[news]] = change.mantissa, change.packed, True
            wanted.append(change)
        return self._write(Readings.concatenate(wanted), standing.take(standing.released >= first))

    def _later(self, keys: Any, first: int, touched: set[tuple[str, int]]) -> list[Readings]:
        """What releases after the first touched one say of these cells, as published."""
        printing = t("printing")
        names = sorted({dataset for dataset, _ in touched})
        query = select(printing.c.dataset, printing.c.released).distinct().where(
            printing.c.dataset.in_(names), printing.c.released >= first)  # fmt: skip
        found = []
        for dataset, released in self.conn.execute(query).all():
            if (dataset, released) in touched:
                continue
            stored = _stored(self.conn, dataset, released)
            stored = stored.take(np.isin(stored.key, keys) & ~np.isin(stored.key, self._held_keys(dataset, released)))
            found.append(stored.take(narrowest(stored)))
        return found

    def _held_keys(self, dataset: str, released: int) -> Any:
        held, figure, end = t("held_block"), t("held_figure"), t("held_end")
        freed = select(end.c.held).where(end.c.why != "superseded")
        query = select(figure.c.series, figure.c.period).join(held, held.c.id == figure.c.held).where(
            held.c.dataset == dataset, held.c.released == released, held.c.id.not_in(freed))  # fmt: skip
        return make_key(*_columns(self.conn.execute(query).all(), 2))

    def _write(self, wanted: Readings, standing: Versions) -> int:
        have = {
            (k, r): (m, p)
            for k, r, m, p in zip(
                *(x.tolist() for x in (standing.key, standing.released, standing.mantissa, standing.packed)),
                strict=True,
            )
        }
        rows = []
        series, period = split_key(wanted.key)
        for k, s, p, r, m, packed, document, position in zip(
            wanted.key.tolist(), series.tolist(), period.tolist(), wanted.released.tolist(), _nullable(wanted),
            wanted.packed.tolist(), wanted.document.tolist(), wanted.position.tolist(), strict=True,
        ):  # fmt: skip
            old = have.pop((k, r), None)
            if old is None or old != (m or 0, packed):
                rows.append({"series": s, "period": p, "released": r, "run": self.id, "mantissa": m, "packed": packed,
                             "document": document, "position": position})  # fmt: skip
        self.inserted = {(row["series"] << 20 | row["period"], row["released"]) for row in rows}
        for k, r in have:
            rows.append({"series": k >> 20, "period": k & ((1 << 20) - 1), "released": r, "run": self.id, "mantissa": None,
                         "packed": codes.pack(0, flags=codes.WITHDRAWN), "document": 0, "position": 0})  # fmt: skip
        if rows:
            self.conn.execute(insert(t("version")), rows)
            self.conn.execute(
                insert(t("dataset_run")), [{"dataset": d, "run": self.id} for d in sorted(set(self.datasets))]
            )
        return len(rows)

    def _keep_held(self, winners: Any) -> tuple[int, int]:
        """Blocks held now: new ones are added, those judged free end, those a later release replaces are superseded."""
        held, figure, end = t("held_block"), t("held_figure"), t("held_end")
        open_ = {
            (row.block, row.released): row for row in self.conn.execute(
                select(held).where(held.c.id.not_in(select(end.c.held))).order_by(held.c.id)).all()
        }  # fmt: skip
        groups: dict[tuple[str, int], list[int]] = {}
        for at in np.flatnonzero(self.held).tolist():
            groups.setdefault((self.pairs[at][0], int(self.all.released[at])), []).append(at)
        new = 0
        ends: list[dict[str, Any]] = []
        for (block, released), places in groups.items():
            facts = sorted({(int(self.all.key[a]), int(self.all.mantissa[a]), int(self.all.packed[a])) for a in places})
            fingerprint = json.dumps(facts)
            old = open_.get((block, released))
            if old is not None and old.fingerprint == fingerprint:
                continue
            if old is not None:
                ends.append({"held": old.id, "why": "rejudged", "run": self.id})
            values = {"run": self.id, "dataset": self.datasets[places[0]], "block": block, "released": released,
                      "cause": "rules", "fingerprint": fingerprint, "decision": None}  # fmt: skip
            id_ = self.conn.execute(insert(held).values(**values).returning(held.c.id)).scalar_one()
            new += 1
            part = self.all.take(ints(places))
            series, period = split_key(part.key)
            columns = zip(
                series.tolist(),
                period.tolist(),
                _nullable(part),
                part.packed.tolist(),
                part.document.tolist(),
                part.position.tolist(),
                strict=True,
            )
            self.conn.execute(insert(figure), [
                {"held": id_, "number": n, "series": s, "period": p, "run": self.id, "mantissa": m, "packed": k, "document": d, "position": q}
                for n, (s, p, m, k, d, q) in enumerate(columns)
            ])  # fmt: skip
        judged = {(pair[0], int(r)) for pair, r in zip(self.pairs, self.all.released, strict=True)}
        published: dict[str, int] = {}
        for at in winners.tolist():
            block = self.pairs[at][0]
            published[block] = max(published.get(block, 0), int(self.all.released[at]))
        self.superseded: set[tuple[str, int]] = set()
        for (block, released), row in open_.items():
            if (block, released) in judged and (block, released) not in groups:
                ends.append({"held": row.id, "why": "rejudged", "run": self.id})
            elif published.get(block, 0) > released:
                ends.append({"held": row.id, "why": "superseded", "run": self.id})
                self.superseded.add((block, released))
        if ends:
            self.conn.execute(insert(end), ends)
        open_now = self.conn.execute(select(func.count()).select_from(held).where(
            held.c.id.not_in(select(end.c.held)), held.c.run < self.id,
            held.c.dataset.in_(sorted(set(self.datasets))))).scalar_one()  # fmt: skip
        return new, int(open_now)

    def _keep_findings(self) -> list[Finding]:
        """Findings that appeared are added, those that are no more end; the new ones."""
        table, end = t("finding"), t("finding_end")
        found = {one.fingerprint: one for one in [*self.judgement.findings, *self._unreadable()]}
        touched = {codes.release_code(r) for _, r in self.pairs}
        unread = {one.document for one in found.values() if one.rule == "readable"}
        names = sorted(set(self.datasets) | {one.dataset for one in found.values()})
        query = select(table).where(table.c.dataset.in_(names), table.c.id.not_in(select(end.c.finding)))
        open_ = {row.fingerprint: row for row in self.conn.execute(query).all()}
        del unread
        ended = [
            {"finding": row.id, "run": self.id, "why": "superseded" if (row.block, row.released) in self.superseded else "rejudged"}
            for fingerprint, row in open_.items()
            if fingerprint not in found
            and ((row.released in touched and row.rule != "readable") or (row.block, row.released) in self.superseded)
        ]  # fmt: skip
        if ended:
            self.conn.execute(insert(end), ended)
        new = [one for fingerprint, one in found.items() if fingerprint not in open_]
        if new:
            self.conn.execute(insert(table), [self._finding_row(one) for one in new])
        return new

    def _unreadable(self) -> list[Finding]:
        """What could not be read, and what is wrong with a document as a whole, as findings."""
        blank = dict.fromkeys(Finding.__dataclass_fields__, "") | {"suspects": ()}
        made = []
        for fault in self.batch.parsed.unreadable:
            said = f"{fault.position}: {fault.seen!r} could not be read: {fault.expected}"
            made.append(Finding(**(blank | {
                "rule": "readable", "severity": "error", "result": "fails", "dataset": fault.dataset, "left": fault.seen,
                "document": fault.document, "position": fault.position, "sentence": said})))  # fmt: skip
        for notice in self.batch.parsed.notices:
            made.append(Finding(**(blank | {
                "rule": notice.rule, "severity": "error", "result": "fails", "position": notice.position,
                "document": self.batch.documents[0].sha256 if self.batch.documents else "",
                "dataset": str(self.datasets[0]) if len(self.datasets) else "", "sentence": notice.sentence})))  # fmt: skip
        return made

    def _finding_row(self, one: Finding) -> dict[str, Any]:
        values = {name: getattr(one, name) for name in t("finding").c.keys() if hasattr(one, name)}
        return values | {
            "run": self.id, "fingerprint": one.fingerprint, "document": self.documents.get(one.document),
            "released": codes.release_code(one.released) if one.released else None,
            "suspects": json.dumps([asdict(suspect) for suspect in one.suspects], ensure_ascii=False),
        }  # fmt: skip

    def _count(self, winners: Any, inserted: int, new: Any) -> dict[str, int]:
        """Parsed = published + unchanged + held + rejected + repeated + unreadable."""
        fresh = np.flatnonzero(self.fresh)
        won = set(winners.tolist())
        # A reading that stands in the kept ones too wins there: it is unchanged, not repeated.
        cells = {
            (int(self.all.key[w]), int(self.all.released[w]), int(self.all.document[w]), int(self.all.position[w]))
            for w in won
        }
        counts = dict.fromkeys(("parsed", "published", "unchanged", "held", "rejected", "repeated", "unreadable"), 0)
        for at in fresh.tolist():
            key = (int(self.all.key[at]), int(self.all.released[at]))
            if self.held[at]:
                counts["held"] += 1
            elif (*key, int(self.all.document[at]), int(self.all.position[at])) not in cells:
                counts["repeated"] += 1
            elif new[at] and key in self.inserted:
                counts["published"] += 1
            else:
                counts["unchanged"] += 1
        counts["unreadable"] = len(self.batch.parsed.unreadable)
        counts["parsed"] = len(fresh) + counts["unreadable"]
        return counts


def _nullable(part: Readings) -> list[int | None]:
    from storage.arrays import is_absent

    return [
        None if absent else m for m, absent in zip(part.mantissa.tolist(), is_absent(part.packed).tolist(), strict=True)
    ]


def _printed_before(rows: Readings, fresh: Any) -> Any:
    """Which fresh readings the ledger has from the same document at the same position."""
    identity = list(
        zip(
            *(x.tolist() for x in (rows.key, rows.released, rows.mantissa, rows.packed, rows.document, rows.position)),
            strict=True,
        )
    )
    kept = {identity[at] for at in np.flatnonzero(~fresh).tolist()}
    return np.array([one in kept for one in identity], dtype=bool)
