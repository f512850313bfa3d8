"""Eight digits beside the QR of a binding code; what was printed before keeps its QR alone."""

import sqlalchemy as sa
from alembic import op

revision = "typed_binding_codes"
down_revision = "record_closings"


def upgrade() -> None:
    op.create_table(
        "typed_binding_code",
        sa.Column("binding_code_id", sa.Uuid(), nullable=False),
        sa.Column("digits_hash", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["binding_code_id"],
            ["binding_code.id"],
            name=op.f("fk_typed_binding_code_binding_code_id_binding_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typed_binding_code")),
        sa.UniqueConstraint("binding_code_id", name=op.f("uq_typed_binding_code_binding_code_id")),
        sa.UniqueConstraint("digits_hash", name=op.f("uq_typed_binding_code_digits_hash")),
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
