"""The queue's tables are those that our migrations know, whatever library is installed."""

from typing import Any

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core import queue_schema
from app.core.queue_schema import QueueSchemaError
from app.core.settings import Settings
from app.release import check_queue
from scripts.dev.engines import Engines


def test_installed_library_is_the_one_that_the_migrations_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An upgrade of the package turns this red: see app/core/queue_schema.py."""
    queue_schema.check_library()
    monkeypatch.setattr(queue_schema, "LIBRARY_VERSION", "3.9.0")
    with pytest.raises(QueueSchemaError, match="write a migration"):
        queue_schema.check_library()


def test_database_made_by_the_migrations_has_the_known_schema(settings: Settings) -> None:
    check_queue(settings)


def test_database_made_by_the_librarys_whole_schema_is_equal(
    engines: Engines, settings: Settings
) -> None:
    """So were those made that exist already."""
    engines.postgresql.create_database("weibu_queue_test")
    url = settings.database_url.get_secret_value().replace("weibu_test", "weibu_queue_test")
    engine = create_engine(url)
    with engine.begin() as connection:
        raw: Any = connection.connection.cursor()
        raw.execute(SchemaManager.get_schema())
        raw.close()
    with engine.connect() as connection:
        queue_schema.check_database(connection)
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "alter table procrastinate_jobs add column more text",
        "alter table procrastinate_jobs alter column priority drop not null",
        "drop index procrastinate_jobs_priority_idx_v1",
        "drop function procrastinate_retry_job_v1",
        "drop trigger procrastinate_trigger_delete_jobs_v1 on procrastinate_jobs",
        "alter type procrastinate_job_status add value 'lost'",
    ],
)
async def test_any_change_of_it_is_refused(connection: AsyncConnection, change: str) -> None:
    await connection.run_sync(queue_schema.check_database)
    await connection.execute(text(change))

    with pytest.raises(QueueSchemaError):
        await connection.run_sync(queue_schema.check_database)


def test_migration_of_ours_names_what_it_runs_of_the_librarys() -> None:
    first = "03.02.00_50_post_batch_defer_jobs.sql"
    last = "03.03.00_01_pre_priority_lock_fetch_job.sql"

    assert len(list(queue_schema.library_migrations(first, last))) == 1
    with pytest.raises(QueueSchemaError):
        list(queue_schema.library_migrations(first, "99.sql"))
