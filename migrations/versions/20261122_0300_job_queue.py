"""The job queue's own schema, as its library ships it."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "job_queue"
down_revision = None


def upgrade() -> None:
    # By the driver's cursor without parameters: the schema has per cent signs of its own.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())


def downgrade() -> None:
    raise NotImplementedError("forward only")
