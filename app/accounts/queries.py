"""Reads about who is asking."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Consent, StaffAccount, StaffSession
from app.core import clock


async def find_staff_account(session: AsyncSession, username: str) -> StaffAccount | None:
    return await session.scalar(select(StaffAccount).where(StaffAccount.username == username))


async def find_linked_staff(session: AsyncSession, wechat_account_id: UUID) -> StaffAccount | None:
    return await session.scalar(
        select(StaffAccount).where(StaffAccount.wechat_account_id == wechat_account_id)
    )


async def is_staff(session: AsyncSession, wechat_account_id: UUID) -> bool:
    linked = exists().where(
        StaffAccount.wechat_account_id == wechat_account_id, StaffAccount.is_active
    )
    return bool(await session.scalar(select(linked)))


async def open_sessions_of(
    session: AsyncSession, account_id: UUID, idle: datetime
) -> Sequence[StaffSession]:
    result = await session.scalars(
        select(StaffSession)
        .where(
            StaffSession.staff_account_id == account_id,
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > clock.now(),
            StaffSession.last_seen_at > idle,
        )
        .order_by(StaffSession.created_at.desc())
        .limit(100)
    )
    return result.all()


async def consents_of(session: AsyncSession, wechat_account_id: UUID) -> Sequence[Consent]:
    result = await session.scalars(
        select(Consent)
        .where(Consent.wechat_account_id == wechat_account_id)
        .order_by(Consent.created_at.desc(), Consent.id)
        .limit(100)
    )
    return result.all()
