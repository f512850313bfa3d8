"""Who slips, of each team in the order of the list, without reading the rows themselves."""

from app.core.indexes import create_index_concurrently, drop_index_concurrently

revision = "slipping_by_rank"
down_revision = "closed_records"


def upgrade() -> None:
    create_index_concurrently(
        "ix_slipping_patient_by_rank",
        "slipping_patient",
        ["team_id", "days", "rank", "at_best", "patient_id"],
        include=["is_worst", "condition"],
    )
    drop_index_concurrently("ix_slipping_patient_order", "slipping_patient")


def downgrade() -> None:
    raise NotImplementedError("forward only")
