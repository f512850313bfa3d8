"""When a film was processed, whatever came of it: for a patient's budget of one day."""

import sqlalchemy as sa
from alembic import op

revision = "film_processed_at"
down_revision = "waiting_films_of_account"


def upgrade() -> None:
    op.add_column("recording", sa.Column("processed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    raise NotImplementedError("forward only")
