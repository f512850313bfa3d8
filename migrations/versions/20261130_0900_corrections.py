"""A wrong entry or verdict is struck through, with author and reason; the row stays."""

import sqlalchemy as sa
from alembic import op

revision = "corrections"
down_revision = "severe_stop"

AUTHOR = "withdrawn_by"


def upgrade() -> None:
    op.add_column("dose_report", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    for table in ("dose_report", "review_withdrawal"):
        op.add_column(table, sa.Column(AUTHOR, sa.Uuid()))
        op.add_column(table, sa.Column("withdrawn_why", sa.Text()))
        name = op.f(f"fk_{table}_{AUTHOR}_staff_member")
        # Checked without a lock that stops writing: no row has one yet.
        op.execute(
            f'alter table {table} add constraint "{name}" foreign key ({AUTHOR})'
            " references staff_member (id) on delete restrict not valid"
        )
        op.execute(f'alter table {table} validate constraint "{name}"')


def downgrade() -> None:
    raise NotImplementedError("forward only")
