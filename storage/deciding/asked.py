"""Held blocks about which a person decides, or did."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from schemas.errors import UsageError
from schemas.findings import dated_block, undated_block
from schemas.periods import renamed, spellings
from storage.database.conditions import ENDED, TAKEN_BACK
from storage.encoding import codes


class Asked(NamedTuple):
    """A held block; ``documents`` are those whose readings it has."""

    id: int
    dataset: str
    block: str
    released: int
    cause: str
    decision: int | None
    source: str
    decided: str | None
    ended: str | None
    documents: frozenset[str]

    @property
    def waits(self) -> bool:
        """Whether nobody decided yet, and need."""
        return self.ended is None and self.decided is None and self.decision is None

    @property
    def name(self) -> str:
        """Its id, with the release date."""
        return dated_block(renamed(self.block), codes.release_text(self.released))


def waiting_blocks(conn: Connection) -> list[Asked]:
    """Every held block that waits, in the order in which they were held."""
    return _asked(conn, f"h.decision IS NULL AND d.id IS NULL AND NOT {ENDED}", {})


def blocks_of(conn: Connection, block: str) -> list[Asked]:
    """Every held block of that name, in the order in which they were held."""
    names: dict[str, Any] = {f"name_{at}": name for at, name in enumerate(_spelt(block))}
    return _asked(conn, f"h.block IN ({', '.join(f':{name}' for name in names)})", names)


def named(block: str, released: str) -> tuple[str, str]:
    """A block and its release, which may stand at the end of its id; raises UsageError where the two differ."""
    name, date = undated_block(block)
    if date and released not in ("", date):
        raise UsageError(f"{block} is of the release {date}, not {released}: leave --released out")
    return name, date or released


def _spelt(block: str) -> list[str]:
    """How a block may be written: the months of its period had several names once."""
    *before, period, after = block.split("/") if block.count("/") > 1 else ("", block, "")
    spelt = [name.replace("/", "..") for name in spellings(period.replace("..", "/"))]
    return ["/".join((*before, name, after)) for name in spelt] if any(before) else [block]


def _asked(conn: Connection, where: str, values: dict[str, Any]) -> list[Asked]:
    of = f"""
        FROM held_block h JOIN run r ON r.id = h.run LEFT JOIN decision d ON d.held = h.id AND NOT {TAKEN_BACK}
        WHERE {where}
    """
    query = f"""
        SELECT h.*, r.source, d.verdict AS decided,
               (SELECT max(e.why) FROM held_end e WHERE e.held = h.id) AS ended {of} ORDER BY h.id
    """  # noqa: S608 - fixed words
    parts = f"""
        SELECT DISTINCT f.held, c.sha256 FROM held_figure f JOIN document c ON c.id = f.document
        WHERE f.held IN (SELECT h.id {of})
    """  # noqa: S608 - fixed words
    documents: dict[int, set[str]] = {}
    for held, sha in conn.execute(text(parts), values).fetchall():
        documents.setdefault(held, set()).add(sha)
    return [
        Asked._make([*(getattr(row, name) for name in Asked._fields[:-1]), frozenset(documents.get(row.id, ()))])
        for row in conn.execute(text(query), values).fetchall()
    ]
