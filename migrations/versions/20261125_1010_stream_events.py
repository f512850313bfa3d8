"""Messages to open PC pages, kept for a day so that a page that lost its stream can catch up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "stream_events"
down_revision = "open_vocabularies"


def upgrade() -> None:
    op.create_table(
        "stream_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "tx",
            sa.BigInteger(),
            server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
            nullable=False,
        ),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_event")),
    )
    op.create_index("ix_stream_event_tx", "stream_event", ["tx"])
    op.create_index("ix_stream_event_topic_tx", "stream_event", ["topic", "tx"])


def downgrade() -> None:
    raise NotImplementedError("forward only")
