"""Count the rounds of a film whose job gives up, so that the last one can be told to people."""

import sqlalchemy as sa
from alembic import op

revision = "film_rounds"
down_revision = "recording_leased_at"


def upgrade() -> None:
    op.add_column(
        "recording", sa.Column("rounds", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("recording", sa.Column("next_round_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    raise NotImplementedError("forward only")
