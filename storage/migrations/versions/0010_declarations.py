"""What a person declared of a dataset is kept with the run that judged by it.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring a ledger from '0009' to '0010'."""
    op.create_table(
        "declaration",
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "run"),
        sqlite_with_rowid=False,
    )
