"""Find the films that a team received since a day, for the supervisor's page."""

from app.core.indexes import create_index_concurrently

revision = "recording_uploaded_index"
down_revision = "moved_dose_index"


def upgrade() -> None:
    create_index_concurrently(
        "ix_recording_team_id_uploaded_at", "recording", ["team_id", "uploaded_at"]
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
