"""What is held, what it is made of, and what was found of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection

from schemas.periods import renamed
from schemas.positions import position_text
from storage.database.conditions import DOCUMENT, ENDED, JOINING, TAKEN_BACK
from storage.database.connection import streamed, tuples
from storage.encoding import codes
from storage.encoding.figures import figure_fields, series_fields
from storage.handle import Handle
from storage.queries.findings import findings

#: What is said of a held block of which no finding is left.
BY_DOCUMENT: Final = "held because of its document"
#: Result and severity of what holds a block.
_HOLDS: Final = ("fails", "error")


def held(
    ledger: Handle, *, source: str | None = None, document: str | None = None, all_: bool = False
) -> Iterator[dict[str, Any]]:
    """Blocks that wait for a decision, oldest first; with ``all_`` also what became of all others.

    ``document`` (a SHA-256) limits it to those in which that one has a part.
    ``state`` is held, accepted, rejected, reopened (the decision was taken back), superseded or rejudged; who, why and
    until are of the decision.
    """
    conditions = {
        "r.source = :source": source is not None,
        """EXISTS (SELECT 1 FROM held_figure f JOIN document c ON c.id = f.document
                   WHERE f.held = h.id AND c.sha256 = :document)""": document is not None,
        f"d.id IS NULL AND NOT {ENDED}": not all_,
    }
    of = f"""
        FROM held_block h JOIN run r ON r.id = h.run
        LEFT JOIN decision d ON d.id = coalesce((SELECT x.id FROM decision x WHERE x.held = h.id), h.decision)
        WHERE {" AND ".join(["1 = 1", *(words for words, counts in conditions.items() if counts)])}
    """  # noqa: S608 - fixed words
    query = f"""
        SELECT h.*, r.source, r.recorded_at, d.verdict, d.who, d.why, d.until, d.run AS decided,
               {TAKEN_BACK} AS reopened, (SELECT min(e.why) FROM held_end e WHERE e.held = h.id) AS ended
        {of} ORDER BY h.id
    """  # noqa: S608 - fixed words
    values = {name: one for name, one in (("source", source), ("document", document)) if one is not None}
    with ledger.reading() as conn:
        made_of = _readings(ledger, conn, f"SELECT h.id {of}", values)
        for row in streamed(conn, query, values):
            readings = made_of[row.id]
            decided = "reopened" if row.reopened else f"{row.verdict}ed" if row.verdict else ""
            yield {
                "block": renamed(row.block),
                "released": codes.release_text(row.released),
                "state": decided or row.ended or "held",
                "source": row.source,
                "run": row.run,
                "recorded_at": codes.instant_text(row.recorded_at),
                "figures": len(readings),
                "document": readings[0]["document"],
                "cause": row.cause,
                "who": row.who or "",
                "why": row.why or "",
                "until": codes.day_text(row.until),
                "readings": readings,
            }


def _readings(ledger: Handle, conn: Connection, blocks: str, values: dict[str, str]) -> dict[int, list[dict[str, Any]]]:
    """What held blocks are made of, asked once for all: every reading, with its document and where in it that stood."""
    query = f"""
        SELECT held, series, period, mantissa, packed, document, position FROM held_figure
        WHERE held IN ({blocks}) ORDER BY held, number
    """  # noqa: S608 - fixed words
    found: dict[int, list[dict[str, Any]]] = {}
    about: dict[int, dict[str, Any]] = {}
    for held, series, period, mantissa, packed, document, position in tuples(conn, query, values):
        if series not in about:
            fields = series_fields(ledger.words.series(conn, series), "")
            about[series] = {name: fields[name] for name in ("flow", "measure", "basis", "period", "unit")}
        found.setdefault(held, []).append({
            **about[series],
            "period": ledger.words.period(conn, period)[0],
            **figure_fields(mantissa, packed),
            "document": ledger.words.document(conn, document),
            "position": position_text(position),
        })  # fmt: skip
    return found


def published_now(ledger: Handle, block: str, released: str) -> list[dict[str, Any]]:
    """What stands of the cells of a block that was held in a release: measure, figure, and the release it is of."""
    about = {"dataset": block.partition("/")[0], "released": codes.release_code(released)}
    blocks = "SELECT id, block FROM held_block WHERE dataset = :dataset AND released = :released"
    made_of = "SELECT series, period FROM held_figure WHERE held = :held"
    rows = "SELECT released, mantissa, packed FROM version WHERE series = :s AND period = :p ORDER BY released, run"
    found = []
    with ledger.reading() as conn:
        own = [held for held, name in list(tuples(conn, blocks, about)) if renamed(name) == block]
        cells = {cell for held in own for cell in tuples(conn, made_of, {"held": held})}
        for series, period in sorted(cells):
            last = {one: (mantissa, packed) for one, mantissa, packed in tuples(conn, rows, {"s": series, "p": period})}
            stands = {one: figure for one, figure in last.items() if not codes.withdrawn(figure[1])}
            if stands:
                fields = series_fields(ledger.words.series(conn, series), ledger.words.period(conn, period)[0])
                figure = figure_fields(*stands[max(stands)])
                found.append(fields | figure | {"released": codes.release_text(max(stands))})
    return found


def held_findings(ledger: Handle, *, source: str | None = None, all_: bool = False) -> Iterator[dict[str, Any]]:
    """Each held block (the fields of ``held``) with the ``findings`` of then, those that hold it first, and ``case``.

    They are about the block, or about its document as a whole where that is why it is held. A document may contradict
    what stands in other blocks only: then they are all that is wrong with its release.
    """
    blocks = list(held(ledger, source=source, all_=all_))
    about: dict[tuple[str, str], list[dict[str, Any]]] = {}
    of_release: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in findings(ledger, source=source, all_=all_, history=all_) if blocks else ():
        key = (row["block"], row["released"]) if row["released"] else (row["document"], "")
        if row["rule"] != "readable":  # what could not be read is no part of a block
            about.setdefault(key, []).append(row)
        if row["released"] and (row["result"], row["severity"]) == _HOLDS:
            of_release.setdefault((row["dataset"], row["released"]), []).append(row)
    for block in blocks:
        of_document = about.get((block["document"], ""), []) if block["cause"] == DOCUMENT else []
        found = [*of_document, *about.get((block["block"], block["released"]), [])]
        if block["cause"] in JOINING:
            found = _of_its_documents(block, found, of_release)
        if all_:  # a block that was held anew is held for other reasons than before
            found = [row for row in found if _stood(row, block["run"])]
        found.sort(key=lambda row: (row["result"], row["severity"]) != _HOLDS)
        yield {**block, "findings": found, "case": found[0]["case"] if found else block["block"]}


def _of_its_documents(
    block: dict[str, Any],
    found: list[dict[str, Any]],
    of_release: dict[tuple[str, str], list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Of what was found about a block that holds others too what holds this one, and what holds none."""
    holding = [row for row in found if (row["result"], row["severity"]) == _HOLDS]
    holding = holding or of_release.get((block["block"].split("/", 1)[0], block["released"]), [])
    documents = {one["document"] for one in block["readings"]}
    own = [row for row in holding if row["document"] in documents]
    return [*(own or holding), *(row for row in found if (row["result"], row["severity"]) != _HOLDS)]


def _stood(row: dict[str, Any], run: int) -> bool:
    """Whether a finding (with its history) was one of those with which ``run`` held a block."""
    return bool(row["run"] == run or (row["run"] < run and (row["ended_run"] == "" or row["ended_run"] > run)))
