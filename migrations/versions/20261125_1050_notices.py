"""An inbox for every member of staff and every patient."""

import sqlalchemy as sa
from alembic import op

revision = "notices"
down_revision = "media_kinds"

OF_STAFF, OF_PATIENT = sa.text("staff_id is not null"), sa.text("patient_id is not null")


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject_feature", sa.Text(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("href", sa.Text(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(staff_id is null) <> (patient_id is null)", name=op.f("ck_notice_one_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_notice_staff_id_staff_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_notice_patient_id_patient"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    for who, only in (("staff", OF_STAFF), ("patient", OF_PATIENT)):
        op.create_index(
            f"uq_notice_{who}_key",
            "notice",
            [f"{who}_id", "key"],
            unique=True,
            postgresql_where=only,
        )
        op.create_index(
            f"ix_notice_{who}_id_created_at_id",
            "notice",
            [f"{who}_id", "created_at", "id"],
            postgresql_where=only,
        )
    op.create_index("ix_notice_created_at", "notice", ["created_at"])


def downgrade() -> None:
    raise NotImplementedError("forward only")
