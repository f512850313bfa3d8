"""Compare the objects of the database with the storage's list, which is in the order of bytes."""

from app.core.indexes import create_index_concurrently

revision = "stored_key_index"
down_revision = "film_rounds"


def upgrade() -> None:
    create_index_concurrently(
        "ix_media_object_stored_key",
        "media_object",
        ["key"],
        ops={"key": "text_pattern_ops"},
        where="state = 'stored'",
    )


def downgrade() -> None:
    raise NotImplementedError("forward only")
