"""One row per object that a phone may put into the storage, or that we made of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Row
from app.core.media_kinds import MediaFamily
from app.core.refs import Ref


class MediaState(StrEnum):
    PRESIGNED = "presigned"
    STORED = "stored"
    DELETED = "deleted"
    NEVER_CAME = "never_came"


class MediaObject(Row):
    """A key that a phone was given, and what came of it.

    `purpose` is the code of the declared MediaKind, and with it come queue, jobs, bound and days
    as they were when the key was given. `announce_job` is enqueued with this id when the storage
    confirms the object, whether the phone said so or the reconciling job found it. Without a
    `patient_id` it is about no person.
    """

    __tablename__ = "media_object"
    __table_args__ = (
        Index(
            "ix_media_object_presigned",
            "next_check_at",
            postgresql_where=text("state = 'presigned'"),
        ),
        Index(
            "ix_media_object_delete_at",
            "delete_at",
            "id",
            postgresql_where=text("state = 'stored' and delete_at is not null"),
        ),
        # In the order of the storage's own list, to compare the two.
        Index(
            "ix_media_object_stored_key",
            "key",
            postgresql_ops={"key": "text_pattern_ops"},
            postgresql_where=text("state = 'stored'"),
        ),
    )

    key: Mapped[str] = mapped_column(unique=True)
    content_type: Mapped[str]
    family: Mapped[MediaFamily]
    purpose: Mapped[str]
    owner_feature: Mapped[str]
    owner_kind: Mapped[str]
    owner_id: Mapped[UUID]
    patient_id: Mapped[UUID | None]
    state: Mapped[MediaState]
    announce_job: Mapped[str]
    deleted_job: Mapped[str | None]
    queue: Mapped[str]
    max_bytes: Mapped[int] = mapped_column(BigInteger)
    keep_days: Mapped[int]
    presigned_until: Mapped[datetime]
    next_check_at: Mapped[datetime]
    checks: Mapped[int]
    size: Mapped[int | None] = mapped_column(BigInteger)
    stored_at: Mapped[datetime | None]
    delete_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    @property
    def owner(self) -> Ref:
        """What it belongs to; only the owner's loader may hand out a link."""
        return Ref(self.owner_feature, self.owner_kind, self.owner_id)
