"""Find the dose that was moved to another without reading the whole table.

An edit deletes doses, and each deletion asks who points at the row: without this index that is a
scan of every dose of everybody.
"""

import sqlalchemy as sa
from alembic import op

revision = "moved_dose_index"
down_revision = "standard_templates"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_dose_moved_to_id",
            "dose",
            ["moved_to_id"],
            postgresql_where=sa.text("moved_to_id is not null"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    raise NotImplementedError("forward only")
