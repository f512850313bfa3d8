"""Reads of an inbox: its lines, newest first, and how many are unread."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.feature import Declared, NoticeKind, StaffReader
from app.core.pagination import Key, paginate
from app.core.refs import Ref
from app.notifications.models import Notice

MOST_COUNTED = 100


class NoticeLine(NamedTuple):
    """One line as it is shown; `title` is that of its kind."""

    id: UUID
    created_at: datetime
    title: str
    href: str | None
    subject: Ref | None
    read_at: datetime | None


class Inbox(NamedTuple):
    lines: list[NoticeLine]
    next_cursor: str | None


def of_staff(staff_id: UUID) -> ColumnElement[bool]:
    return Notice.staff_id == staff_id


def of_patient(patient_id: UUID) -> ColumnElement[bool]:
    return Notice.patient_id == patient_id


async def list_notices(
    session: AsyncSession,
    own: ColumnElement[bool],
    kinds: Mapping[str, NoticeKind],
    cursor: str | None,
    limit: int,
) -> Inbox:
    """One page; a kind that no feature declares any more is left out."""
    statement = select(Notice, Notice.created_at, Notice.id).where(own, Notice.kind.in_(kinds))
    page = await paginate(session, statement, Key(Notice.created_at, Notice.id), cursor, limit)
    return Inbox([_line(row[0], kinds) for row in page.rows], page.next_cursor)


def _line(notice: Notice, kinds: Mapping[str, NoticeKind]) -> NoticeLine:
    subject = None
    if notice.subject_feature and notice.subject_kind and notice.subject_id:
        subject = Ref(notice.subject_feature, notice.subject_kind, notice.subject_id)
    title = kinds[notice.kind].title
    return NoticeLine(notice.id, notice.created_at, title, notice.href, subject, notice.read_at)


async def count_unread(
    session: AsyncSession, own: ColumnElement[bool], kinds: Mapping[str, NoticeKind]
) -> int:
    """Count at most a hundred: a badge says 99+ beyond that. Only what the inbox shows counts."""
    shown = select(Notice.id).where(own, Notice.kind.in_(kinds), Notice.read_at.is_(None))
    some = shown.limit(MOST_COUNTED).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def count_unread_of_staff(
    session: AsyncSession, actor: StaffReader, declared: Declared
) -> int:
    return await count_unread(session, of_staff(actor.account_id), declared.notices)
