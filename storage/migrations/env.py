"""Run by Alembic, inside the transaction that ``storage.database.schema.migrate`` began."""

from alembic import context

from storage.database.models import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
