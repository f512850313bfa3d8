"""Run migrations under an advisory lock, with time limits, on the application's settings."""

import os
import time
from logging.config import fileConfig
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, NullPool, create_engine, text

from app.core.crypto import Encrypted
from app.models import Base

config = context.config
if config.config_file_name and config.attributes.get("configure_logging", True):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

ADVISORY_LOCK = 7_403_201
WAIT_FOR_ANOTHER_S = 3600
# A run that is killed gives its lock and its statement back within seconds, not when it is done.
OPTIONS = "-c lock_timeout=5s -c statement_timeout=10min -c client_connection_check_interval=2s"
# The queue's own tables follow its own schema; the months of the audit trail are made by a job.
IGNORED_PREFIXES = ("procrastinate_", "audit_event_")


def _ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(IGNORED_PREFIXES))


def _render(kind: str, obj: Any, _: AutogenContext) -> str | Literal[False]:
    """Write encrypted columns as what the database sees: text."""
    return "sa.Text()" if kind == "type" and isinstance(obj, Encrypted) else False


def _url() -> str:
    """Take what a test hands in, else the environment's: migrating needs no other setting."""
    given = config.attributes.get("database_url")
    return str(given or os.environ["DATABASE_URL"])  # noqa: TID251


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=_ours,
        render_item=_render,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _lock(connection: Connection) -> None:
    """Ask again and again: who waits inside a statement holds up the other's concurrent index."""
    until = time.monotonic() + WAIT_FOR_ANOTHER_S
    taking = text("select pg_try_advisory_lock(:key)")
    while not connection.scalar(taking, {"key": ADVISORY_LOCK}):
        connection.commit()
        if time.monotonic() > until:
            raise TimeoutError("another migration has been running for an hour")
        time.sleep(0.5)
    connection.commit()


def main() -> None:
    # Not kept by a pool: a run that fails gives the lock back, even where its process lives on.
    engine = create_engine(_url(), connect_args={"options": OPTIONS}, poolclass=NullPool)
    with engine.connect() as connection:
        _lock(connection)
        _run(connection)
        connection.commit()


main()
