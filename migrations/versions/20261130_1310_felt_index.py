"""The answers in which something was felt, by patient: few among many that say nothing was."""

from app.core.indexes import create_index_concurrently

revision = "felt_index"
down_revision = "stops_by_end"


def upgrade() -> None:
    create_index_concurrently(
        "ix_side_effect_report_felt",
        "side_effect_report",
        ["patient_id", "reported_at"],
        where="cardinality(symptoms) > 0",
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
