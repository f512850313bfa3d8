"""The job queue's own schema, by the migrations that its library ships, up to a named one."""

from alembic import op

from app.core.queue_schema import library_migrations

revision = "job_queue"
down_revision = None
LAST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def upgrade() -> None:
    # By the driver's cursor without parameters: the schema has per cent signs of its own.
    with op.get_bind().connection.cursor() as cursor:
        for migration in library_migrations("", LAST):
            cursor.execute(migration)


def downgrade() -> None:
    raise NotImplementedError("forward only")
