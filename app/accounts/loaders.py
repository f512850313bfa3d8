"""Row access in this domain: what is the actor's own, 404 for anybody else's."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import select

from app.accounts.access import AnyStaffActor
from app.accounts.models import StaffAccount, StaffSession
from app.core.db import Session
from app.core.problems import NotFound


async def own_staff_session(
    session: Session, actor: AnyStaffActor, session_id: UUID
) -> StaffSession:
    row = await session.scalar(
        select(StaffSession).where(
            StaffSession.id == session_id, StaffSession.staff_account_id == actor.account_id
        )
    )
    if row is None:
        raise NotFound
    return row


async def own_staff_account(session: Session, actor: AnyStaffActor) -> StaffAccount:
    return (
        await session.scalars(select(StaffAccount).where(StaffAccount.id == actor.account_id))
    ).one()


OwnStaffSession = Annotated[StaffSession, Depends(own_staff_session)]
OwnStaffAccount = Annotated[StaffAccount, Depends(own_staff_account)]
