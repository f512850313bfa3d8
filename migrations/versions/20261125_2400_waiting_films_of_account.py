"""Find the films that wait from one phone, for when its holder withdraws."""

from alembic import op

revision = "waiting_films_of_account"
down_revision = "district_indexes"

NAME = "ix_recording_waiting_by_account_id"


def upgrade() -> None:
    """Drop first what a build that was broken off may have left: it is never used."""
    with op.get_context().autocommit_block():
        op.execute(f"drop index concurrently if exists {NAME}")
        op.execute(
            f"create index concurrently {NAME} on recording (by_account_id)"
            " where state in ('requested', 'uploaded', 'processing')"
            " or pending_reading is not null"
        )


def downgrade() -> None:
    raise NotImplementedError("forward only")
