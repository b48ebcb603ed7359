"""Run by Alembic, inside the transaction that ``storage.database.schema.migrate`` began.

Views are in no migration: the last step, whatever was migrated from, makes those of this version, over today's tables.
"""

from alembic import context

from storage import views
from storage.database.models import METADATA
from storage.database.schema import SCHEMAS, schema_of

_connection = context.config.attributes["connection"]
views.drop(_connection)
context.configure(connection=_connection, target_metadata=METADATA)
context.run_migrations()
if schema_of(_connection) == SCHEMAS[-1]:
    views.make(_connection)
