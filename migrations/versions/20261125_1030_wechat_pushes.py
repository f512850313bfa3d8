"""Keep what WeChat pushes: messages and events, each once."""

import sqlalchemy as sa
from alembic import op

revision = "wechat_pushes"
down_revision = "institution_contacts"


def upgrade() -> None:
    op.create_table(
        "wechat_push",
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("msg_type", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("wechat_account_id", sa.Uuid(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["wechat_account_id"],
            ["wechat_account.id"],
            name=op.f("fk_wechat_push_wechat_account_id_wechat_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_push")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_wechat_push_dedupe_key")),
    )
    op.create_index(op.f("ix_wechat_push_created_at"), "wechat_push", ["created_at"])


def downgrade() -> None:
    raise NotImplementedError("forward only")
