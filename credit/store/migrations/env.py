"""Alembic's entry: it runs on the connection that `credit.store.migrate` hands over, never on one of its own."""

from __future__ import annotations

from alembic import context

from credit.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
