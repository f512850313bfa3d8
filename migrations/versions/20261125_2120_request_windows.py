"""How often an address or an account has called, shared by all processes."""

import sqlalchemy as sa
from alembic import op

revision = "request_windows"
down_revision = "typed_user_names"


def upgrade() -> None:
    op.create_table(
        "request_window",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "subject", "began_at", name="pk_request_window"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_request_window_began_at", "request_window", ["began_at"])


def downgrade() -> None:
    raise NotImplementedError("forward only")
