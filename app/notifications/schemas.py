"""What comes in and goes out of a patient's inbox."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from app.core.refs import RefRead


class NoticeRead(BaseModel):
    """`subject` says what it is about, for the phone to open; null when there is nothing."""

    notice_id: UUID
    title: str
    created_at: AwareDatetime
    read_at: AwareDatetime | None
    subject: RefRead | None


class NoticesRead(BaseModel):
    """A page of the inbox, newest first; `unread` counts at most a hundred of all."""

    items: list[NoticeRead]
    next_cursor: str | None
    unread: int


class NoticesReadUntil(BaseModel):
    """The newest line that was seen: it and all older ones count as read."""

    model_config = ConfigDict(extra="forbid")

    until: UUID
