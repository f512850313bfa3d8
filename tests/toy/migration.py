"""Cups of water."""

import sqlalchemy as sa
from alembic import op

revision = "toy"
down_revision = "HEAD"


def upgrade() -> None:
    op.create_table(
        "toy_cup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("cups", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("drunk_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "relation",
            sa.Enum(
                "self",
                "guardian",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_toy_cup_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"],
            ["wechat_account.id"],
            name=op.f("fk_toy_cup_by_account_id_wechat_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_toy_cup")),
        sa.UniqueConstraint("patient_id", "on", name=op.f("uq_toy_cup_patient_id_on")),
    )
    op.create_index(
        "ix_toy_cup_patient_id_created_at_id", "toy_cup", ["patient_id", "created_at", "id"]
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
