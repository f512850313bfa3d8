"""A severe stop knows that the end of its treatment set its end, and nobody decided it.

Stops of old that an end decided stay as they are: who decided them is not known any more.
"""

from alembic import op

revision = "stops_by_end"
down_revision = "films_behind"


def upgrade() -> None:
    op.execute(
        "alter table dose_hold add column if not exists by_end boolean not null default false"
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
