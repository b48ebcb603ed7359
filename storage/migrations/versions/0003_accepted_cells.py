"""What of a release is accepted stands by itself, and one product is found without looking at all series.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

from storage.database.sums import seal

revision = "0003"
down_revision = "0002"

#: Figures whose last row says so; and those of decisions that had no row of their own since, where none of the block's
#: later rows says otherwise.
_ACCEPTED = """
    INSERT INTO accepted_cell (dataset, released, series, period, run, accepted)
    SELECT s.dataset, v.released, v.series, v.period, v.run, true FROM version v JOIN series s ON s.id = v.series
    WHERE (v.packed & 3) = 2 AND v.run = (
        SELECT max(w.run) FROM version w WHERE w.series = v.series AND w.period = v.period
        AND w.released = v.released AND (w.packed & 1) = 0)
    UNION
    SELECT d.dataset, d.released, f.series, f.period, d.run, true FROM decision d JOIN held_figure f ON f.held = d.held
    WHERE d.verdict = 'accept' AND NOT EXISTS (
        SELECT 1 FROM version v WHERE v.series = f.series AND v.period = f.period AND v.released = d.released
        AND v.run >= d.run AND (v.packed & 1) = 0)
    AND NOT EXISTS (
        SELECT 1 FROM held_figure g JOIN version v ON v.series = g.series AND v.period = g.period
        WHERE g.held = d.held AND v.released = d.released AND v.run > d.run AND (v.packed & 3) = 0)
"""


def upgrade() -> None:
    """Bring a ledger from '0002' to '0003'."""
    op.create_table(
        "accepted_cell",
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "released", "series", "period", "run"),
        sqlite_with_rowid=False,
    )
    op.execute(_ACCEPTED)
    op.create_index("series_product", "series", ["product", "dataset"])
    seal(op.get_bind(), ["accepted_cell"])
