"""Find the films that a team first read on a day, and its alerts by severity."""

import sqlalchemy as sa
from alembic import op

revision = "first_reviewed_index"
down_revision = "figures"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_recording_team_id_first_reviewed_at",
            "recording",
            ["team_id", "first_reviewed_at"],
            postgresql_where=sa.text("first_reviewed_at is not null"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    raise NotImplementedError("forward only")
