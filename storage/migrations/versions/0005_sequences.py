"""A release has sequences: showings by address and instant, readings in place of others, decisions taken back.

And documents of one release may contradict each other: the cells of a block that do stand meanwhile are named.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

from storage.database.sums import amend, read_sum

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring a ledger from '0004' to '0005'."""
    with op.batch_alter_table("document") as table:
        table.drop_constraint("document_showing", type_="unique")
        table.create_unique_constraint("document_showing", ["sha256", "released", "url", "fetched_at"])
    before = read_sum(op.get_bind(), "printing")
    op.add_column("printing", sa.Column("instead", sa.Boolean(), nullable=False, server_default=sa.false()))
    amend(op.get_bind(), "printing", before, int(revision))
    op.create_table(
        "decision_end",
        sa.Column("decision", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contested_cell",
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("held", "series", "period"),
        sqlite_with_rowid=False,
    )
