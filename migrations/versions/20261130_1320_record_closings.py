"""Staff close records, with a reason, and take it back; both lines stay.

Records closed until now were left by their holders or joined to others: they have no reason.
"""

import sqlalchemy as sa
from alembic import op

revision = "record_closings"
down_revision = "felt_index"

REASONS = "('died', 'moved_away', 'not_ours', 'mistake', 'other')"


def upgrade() -> None:
    op.add_column("patient", sa.Column("closed_why", sa.String(40)))
    # Checked without a lock that stops writing: no row has one yet.
    name = op.f("ck_patient_recordend")
    op.execute(
        f'alter table patient add constraint "{name}" check (closed_why in {REASONS}) not valid'
    )
    op.execute(f'alter table patient validate constraint "{name}"')
    op.create_table(
        "record_closing",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("taken_back_at", sa.DateTime(timezone=True)),
        sa.Column("taken_back_by", sa.Uuid()),
        sa.Column("taken_back_why", sa.Text()),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"reason in {REASONS}", name=op.f("ck_record_closing_recordend")),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_record_closing_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_record_closing_staff_id_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by"],
            ["staff_member.id"],
            name=op.f("fk_record_closing_taken_back_by_staff_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_closing")),
    )
    op.create_index("ix_record_closing_patient_id", "record_closing", ["patient_id"])


def downgrade() -> None:
    raise NotImplementedError("forward only")
