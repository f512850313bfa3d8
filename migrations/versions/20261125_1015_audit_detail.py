"""Let every domain name its own audit actions, and say in codes what changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "audit_detail"
down_revision = "recording_uploaded_index"


def upgrade() -> None:
    op.execute("alter table audit_event drop constraint if exists ck_audit_event_auditaction")
    op.alter_column(
        "audit_event", "action", type_=sa.Text(), existing_type=sa.String(40), nullable=False
    )
    op.add_column(
        "audit_event",
        sa.Column("detail", postgresql.JSONB(none_as_null=True, astext_type=sa.Text())),
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
