"""Say of every uploaded object what it is and whose; look for late ones ever less often.

Until now every object was a film of a dose.
"""

import sqlalchemy as sa
from alembic import op

revision = "media_kinds"
down_revision = "wechat_pushes"

FAMILIES = ("film", "picture", "voice", "file")
# 180 days are what the films' kind says where no setting changes it: 90 days after a verdict, and
# 90 more, because that may be late.
FILMS = """
update media_object m set
    family = 'film', purpose = 'medication.film',
    owner_feature = 'medication', owner_kind = 'recording',
    owner_id = coalesce((select r.id from recording r where r.media_id = m.id), m.id),
    queue = 'video', deleted_job = 'medication.film_deleted',
    max_bytes = 50000000, keep_days = 180,
    next_check_at = m.checked_at + interval '1 minute', checks = 0,
    delete_at = case when state = 'stored'
        then least(delete_at, coalesce(stored_at, created_at) + interval '180 days')
        else delete_at end
"""
NEW = (
    sa.Column("purpose", sa.Text()),
    sa.Column("owner_feature", sa.Text()),
    sa.Column("owner_kind", sa.Text()),
    sa.Column("owner_id", sa.Uuid()),
    sa.Column("queue", sa.Text()),
    sa.Column("max_bytes", sa.BigInteger()),
    sa.Column("keep_days", sa.Integer()),
    sa.Column("next_check_at", sa.DateTime(timezone=True)),
    sa.Column("checks", sa.Integer()),
)


def upgrade() -> None:
    family = sa.Enum(
        *FAMILIES, name="mediafamily", native_enum=False, create_constraint=True, length=40
    )
    op.add_column("media_object", sa.Column("family", family))
    op.add_column("media_object", sa.Column("deleted_job", sa.Text()))
    for column in NEW:
        op.add_column("media_object", column)
    op.execute(FILMS)
    for name in ("family", *(column.name for column in NEW)):
        op.alter_column("media_object", name, nullable=False)
    op.drop_index("ix_media_object_presigned", table_name="media_object")
    op.drop_index("ix_media_object_delete_at", table_name="media_object")
    op.drop_column("media_object", "checked_at")
    op.create_index(
        "ix_media_object_presigned",
        "media_object",
        ["next_check_at"],
        postgresql_where=sa.text("state = 'presigned'"),
    )
    op.create_index(
        "ix_media_object_delete_at",
        "media_object",
        ["delete_at", "id"],
        postgresql_where=sa.text("state = 'stored' and delete_at is not null"),
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
