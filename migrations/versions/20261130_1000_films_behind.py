"""Several films of one dose may be on their way; of those that arrived one stands in front.

Until now a second announcement let go of the first, and with it of bytes that were being sent.
"""

from alembic import op

from app.core.indexes import create_index_concurrently, drop_index_concurrently

revision = "films_behind"
down_revision = "treatment_versions"


def upgrade() -> None:
    with op.get_context().autocommit_block():  # the indexes below read it
        op.execute(
            "alter table recording add column if not exists behind boolean not null default false"
        )
    create_index_concurrently(
        "uq_recording_front_of_dose",
        "recording",
        ["dose_id"],
        where="not behind and state in ('uploaded', 'processing') or pending_reading = 'first'",
        unique=True,
    )
    create_index_concurrently("ix_recording_behind", "recording", ["dose_id"], where="behind")
    drop_index_concurrently("uq_recording_live_dose", "recording")


def downgrade() -> None:
    raise NotImplementedError("forward only")
