"""How a table of a person's own was read is kept with the document, so that it is read so again.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Bring a ledger from '0010' to '0011'."""
    op.create_table(
        "reading_map",
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document", "run"),
        sqlite_with_rowid=False,
    )
