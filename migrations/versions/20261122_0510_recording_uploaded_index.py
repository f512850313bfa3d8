"""Find the films that a team received since a day, for the supervisor's page."""

from alembic import op

revision = "recording_uploaded_index"
down_revision = "moved_dose_index"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_recording_team_id_uploaded_at",
            "recording",
            ["team_id", "uploaded_at"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    raise NotImplementedError("forward only")
