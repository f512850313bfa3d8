"""Row access: a line of one's own inbox, 404 for anybody else's."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.problems import NotFound
from app.notifications.models import Notice


async def own_notice(session: AsyncSession, own: ColumnElement[bool], notice_id: UUID) -> Notice:
    notice = await session.scalar(select(Notice).where(own, Notice.id == notice_id))
    if notice is None:
        raise NotFound
    return notice
