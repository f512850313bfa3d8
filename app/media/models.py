"""One row per object that a phone may put into the storage, or that we made of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Row


class MediaState(StrEnum):
    PRESIGNED = "presigned"
    STORED = "stored"
    DELETED = "deleted"
    NEVER_CAME = "never_came"


class MediaObject(Row):
    """A key that a phone was given, and what came of it.

    `announce_job` is enqueued with this id when the storage confirms the object, whether the
    phone said so or the reconciling job found it.
    """

    __tablename__ = "media_object"
    __table_args__ = (
        Index(
            "ix_media_object_presigned",
            "checked_at",
            postgresql_where=text("state = 'presigned'"),
        ),
        Index(
            "ix_media_object_delete_at",
            "delete_at",
            postgresql_where=text("state = 'stored' and delete_at is not null"),
        ),
    )

    key: Mapped[str] = mapped_column(unique=True)
    content_type: Mapped[str]
    state: Mapped[MediaState]
    announce_job: Mapped[str]
    patient_id: Mapped[UUID]
    presigned_until: Mapped[datetime]
    checked_at: Mapped[datetime] = mapped_column(default=now)
    size: Mapped[int | None] = mapped_column(BigInteger)
    stored_at: Mapped[datetime | None]
    delete_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
