"""Ledgers of many generated versions, filled by bulk SQL: for questions about reading, not about publishing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from storage.encoding import codes
from storage.ledger import Ledger

PERIODS, RELEASES = 100, 10


def fill(path: Path, versions: int, releases: int = RELEASES) -> None:
    """A ledger of products by 100 months by ``releases``, each release revising every cell."""
    series = versions // (PERIODS * releases)
    count = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :many) "
    dates = ", ".join(f"({at}, {codes.release_code(f'20{10 + at}-01-01')})" for at in range(releases))
    packed = codes.pack(6)
    with Ledger.open(f"sqlite:///{path}", create=True) as ledger, ledger.writing() as conn:
        conn.execute(
            text(
                f"""INSERT INTO run (id, kind, source, outcome, recorded_at, counts, still_held, parser_version,
                rules_version, prefect_run, message, documents) {count}
                SELECT i + 1, 'collect', 'bench', 'published', (i + 1) * 1000000, '{{}}', 0, 1, '', '', '', '[]'
                FROM n"""
            ),
            {"many": releases},
        )
        conn.execute(
            text(
                f"""INSERT INTO document (id, sha256, run, source, name, url, media_type, size, released,
                released_not_after, etag, last_modified) {count}
                SELECT i + 1, printf('%064x', i), i + 1, 'bench', '', '', '', 0, '', 0, '', '' FROM n"""
            ),
            {"many": releases},
        )
        conn.execute(
            text(
                f"""INSERT INTO series {count}
                SELECT i + 1, 'bench', 'USA', 'WLD', printf('p%07d', i), '_T', 'X', 'level', 'USD', '_Z' FROM n"""
            ),
            {"many": series},
        )
        conn.execute(
            text(
                f"""INSERT INTO period {count}
                SELECT i + 1, printf('%d-%02d', 2000 + i / 12, i % 12 + 1), 24000 + i, 1 FROM n"""
            ),
            {"many": PERIODS},
        )
        conn.execute(
            text(
                f"""INSERT INTO version {count}, release(at, code) AS (VALUES {dates})
                SELECT s.id, i + 1, r.code, r.at + 1, s.id + i + r.at, {packed}, r.at + 1, i
                FROM series s CROSS JOIN n CROSS JOIN release r ORDER BY 1, 2, 3"""
            ),
            {"many": PERIODS},
        )
