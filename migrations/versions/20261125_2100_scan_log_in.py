"""Scan codes say where and what asks and carry a number; sessions end when nobody acts.

Codes of the version before are dropped: they live for three minutes, and no phone could say yes
to them any more. A session that is open counts as used now.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "scan_log_in"
down_revision = "alerts"


def upgrade() -> None:
    op.execute("delete from scan_code")
    for column in (
        sa.Column("device", sa.Text(), nullable=False, server_default=""),
        sa.Column("network", sa.Text(), nullable=False, server_default=""),
        sa.Column("number", sa.Text(), nullable=False, server_default=""),
        sa.Column("numbers", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("wechat_account_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("same_network", sa.Boolean(), nullable=True),
    ):
        op.add_column("scan_code", column)
    op.create_foreign_key(
        op.f("fk_scan_code_wechat_account_id_wechat_account"),
        "scan_code",
        "wechat_account",
        ["wechat_account_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(
        "ix_scan_code_staff_account_id_open",
        "scan_code",
        ["staff_account_id"],
        postgresql_where=sa.text("used_at is null"),
    )
    op.add_column(
        "staff_account", sa.Column("wechat_linked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "staff_session",
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
