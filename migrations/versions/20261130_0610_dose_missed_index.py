"""The index of doses that may be missed asks what the rule asks, not the evidence."""

from app.core.indexes import create_index_concurrently, drop_index_concurrently

revision = "dose_missed_index"
down_revision = "slipping_treatment"


def upgrade() -> None:
    create_index_concurrently(
        "ix_dose_closes_at_missed",
        "dose",
        ["closes_at"],
        where="expectation = 'expected' and verdict is null and progress in ('none', 'uploading')",
    )
    drop_index_concurrently("ix_dose_closes_at_open", "dose")


def downgrade() -> None:
    raise NotImplementedError("forward only")
