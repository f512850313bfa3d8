"""Find the dose that was moved to another without reading the whole table.

An edit deletes doses, and each deletion asks who points at the row: without this index that is a
scan of every dose of everybody.
"""

from app.core.indexes import create_index_concurrently

revision = "moved_dose_index"
down_revision = "standard_templates"


def upgrade() -> None:
    create_index_concurrently(
        "ix_dose_moved_to_id", "dose", ["moved_to_id"], where="moved_to_id is not null"
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
