"""When a film was handed to the reviewer who holds it: the bound of what their browser says."""

import sqlalchemy as sa
from alembic import op

revision = "recording_leased_at"
down_revision = "audit_append_only"


def upgrade() -> None:
    op.add_column("recording", sa.Column("leased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("forward only")
