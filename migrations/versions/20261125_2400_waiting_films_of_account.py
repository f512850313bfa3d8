"""Find the films that wait from one phone, for when its holder withdraws."""

from app.core.indexes import create_index_concurrently

revision = "waiting_films_of_account"
down_revision = "district_indexes"


def upgrade() -> None:
    create_index_concurrently(
        "ix_recording_waiting_by_account_id",
        "recording",
        ["by_account_id"],
        where="state in ('requested', 'uploaded', 'processing') or pending_reading is not null",
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
