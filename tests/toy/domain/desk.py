"""The toy's line on the desk."""

from datetime import datetime

from app.toy.queries import count_thirsty
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.assembly import Features
from app.core.pages import DeskLine
from app.core.severity import Severity


async def lines(
    session: AsyncSession, actor: StaffActor, _at: datetime, _: Features
) -> list[DeskLine]:
    count = await count_thirsty(session, actor)
    return [DeskLine("喝水少的患者", count, "/staff/patients", Severity.NOTICE, None)]
