"""Of a patient who slips, which treatment: the list is made anew by the next roll-up."""

import sqlalchemy as sa
from alembic import op

revision = "slipping_treatment"
down_revision = "documents_and_births"


def upgrade() -> None:
    # Figures of a night, not facts. A team is rolled up anew once it is not known how far it was.
    op.execute("delete from slipping_patient")
    op.execute("update team_standing set closed_until = null")
    op.add_column(
        "slipping_patient",
        sa.Column(
            "treatment_id",
            sa.Uuid(),
            sa.ForeignKey("treatment.id", ondelete="CASCADE"),
            nullable=False,
        ),
    )
    op.add_column("slipping_patient", sa.Column("by_film", sa.Boolean(), nullable=False))
    op.add_column("slipping_patient", sa.Column("reported", sa.Integer(), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("forward only")
