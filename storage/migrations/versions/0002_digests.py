"""What every table holds is summed up, so that damage shows.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

from storage.database.sums import seal

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring a ledger from '0001' to '0002'."""
    op.create_table(
        "digest",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run", "name"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    seal(connection, sa.inspect(connection).get_table_names())
