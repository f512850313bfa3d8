"""Figures of institutions with many teams, added up by the job medication.roll_up.

It fills the table the first time it runs; until then they are added up where they are asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "subtree_figures"
down_revision = "template_owner"


def upgrade() -> None:
    op.create_table(
        "subtree_figures",
        sa.Column(
            "institution_id",
            sa.Uuid(),
            sa.ForeignKey("institution.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("days", sa.SmallInteger(), primary_key=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("made_of", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
