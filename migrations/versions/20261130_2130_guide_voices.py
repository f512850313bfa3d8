"""An institution's own spoken words for the steps of filming; objects that are of no patient."""

import sqlalchemy as sa
from alembic import op

revision = "guide_voices"
down_revision = "slipping_by_rank"

STEPS = ("face_and_code", "face", "palm", "tongue", "swallow", "mouth")
STATES = ("requested", "uploaded", "ready", "unusable", "removed")
PROBLEMS = (
    "empty", "too_large", "not_a_sound", "too_short", "too_long", "silent", "undecodable",
    "processing_limit",
)  # fmt: skip


def _one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.alter_column("media_object", "patient_id", nullable=True)
    op.create_table(
        "guide_voice",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("step", _one_of(*STEPS, name="voicestep"), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("state", _one_of(*STATES, name="voicestate"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("problem", _one_of(*PROBLEMS, name="soundproblem"), nullable=True),
        sa.Column("sound_key", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_guide_voice_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["media_object.id"],
            name=op.f("fk_guide_voice_media_id_media_object"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["staff_member.id"],
            name=op.f("fk_guide_voice_created_by_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_voice")),
        sa.UniqueConstraint("media_id", name=op.f("uq_guide_voice_media_id")),
    )
    op.create_index(
        "uq_guide_voice_ready",
        "guide_voice",
        ["institution_id", "step"],
        unique=True,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_guide_voice_institution_id_created_at",
        "guide_voice",
        ["institution_id", "created_at", "id"],
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
