"""Who said of late that something is felt, for the desk, without reading each patient's answers."""

from app.core.indexes import create_index_concurrently

revision = "felt_of_late"
down_revision = "guide_voices"


def upgrade() -> None:
    create_index_concurrently(
        "ix_side_effect_report_felt_at",
        "side_effect_report",
        ["reported_at", "patient_id"],
        where="cardinality(symptoms) > 0",
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
