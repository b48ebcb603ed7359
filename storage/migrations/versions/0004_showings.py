"""A document may be shown on several dates: the same bytes again after others are a release of their own.

Revision: 0004, after 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring a ledger from '0003' to '0004'."""
    # SQLite keeps no names of constraints that were given none: this is how it is to be called.
    named = {"uq": "%(table_name)s_%(column_0_name)s_key"}
    with op.batch_alter_table("document", naming_convention=named) as table:
        table.drop_constraint("document_sha256_key", type_="unique")
        table.create_unique_constraint("document_showing", ["sha256", "released"])
