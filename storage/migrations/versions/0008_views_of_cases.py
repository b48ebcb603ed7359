"""The views are made again, as after every migration: `cases` answers the fields of the block it warns of.

Revision: 0008, after 0007
"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Bring a ledger from '0007' to '0008': no table changes."""
