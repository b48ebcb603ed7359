"""SQL views, made as after every migration; and what they need to find little among much.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring a ledger from '0006' to '0007'."""
    op.create_index("held_figure_cell", "held_figure", ["series", "period"])
    op.create_index("contested_cell_cell", "contested_cell", ["series", "period"])
    op.create_index("finding_case_number", "finding_case", ["number"])
    readable = sa.text("rule = 'readable'")
    op.create_index("finding_readable", "finding", ["document"], sqlite_where=readable, postgresql_where=readable)
