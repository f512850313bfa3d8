"""A patient's record: guardians, contacts, flags; records joined into others; a version."""

import sqlalchemy as sa
from alembic import op

from app.core.indexes import create_index_concurrently

revision = "patient_record"
down_revision = "dose_revision"


def _row() -> tuple[sa.Column, ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    # First: what ends here half done can be begun again.
    create_index_concurrently(
        "ix_dose_severe", "dose", ["treatment_id"], where="severe_at is not null"
    )
    op.add_column("patient", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.add_column(
        "patient", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_patient_merged_into_id_patient"),
        "patient",
        "patient",
        ["merged_into_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index(
        "ix_patient_merged_into_id",
        "patient",
        ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id is not null"),
    )
    _guardians()
    _contacts()
    _flags()


def _guardians() -> None:
    op.create_table(
        "guardian",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column(
            "relation",
            _enum("guardianrelation", "father", "mother", "grandparent", "other"),
            nullable=False,
        ),
        sa.Column("wechat_account_id", sa.Uuid(), nullable=True),
        *_row(),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_guardian_patient_id_patient"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["wechat_account_id"],
            ["wechat_account.id"],
            name=op.f("fk_guardian_wechat_account_id_wechat_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint("patient_id", name=op.f("uq_guardian_patient_id")),
        sa.UniqueConstraint("wechat_account_id", name=op.f("uq_guardian_wechat_account_id")),
    )


def _contacts() -> None:
    op.create_table(
        "contact_log",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _enum("contactkind", "called", "no_answer", "visited", "note"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("client_key", sa.Text(), nullable=False),
        *_row(),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_contact_log_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_contact_log_staff_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_log")),
        sa.UniqueConstraint(
            "staff_id", "client_key", name=op.f("uq_contact_log_staff_id_client_key")
        ),
    )
    op.create_index(
        "ix_contact_log_patient_id_created_at_id", "contact_log", ["patient_id", "created_at", "id"]
    )


def _flags() -> None:
    op.create_table(
        "patient_flag",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "severity",
            _enum("severity", "notice", "warning", "danger", "severe"),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        *_row(),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_patient_flag_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_flag")),
    )
    op.create_index(
        "uq_patient_flag_open",
        "patient_flag",
        ["patient_id", "source", "code", "subject_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("until is null"),
    )
    op.create_index("ix_patient_flag_patient_id", "patient_flag", ["patient_id"])


def downgrade() -> None:
    raise NotImplementedError("forward only")
