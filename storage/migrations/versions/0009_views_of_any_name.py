"""The views are made again, as after every migration: `cases` answers whatever signs a breakdown has, a quote too.

Revision: 0009, after 0008
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring a ledger from '0008' to '0009': no table changes."""
