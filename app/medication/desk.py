"""Medication's lines on the desk: films that wait, misses in a row, courses that end."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.pages import DeskLine
from app.core.severity import Severity
from app.medication.queries.attention import count_ending, count_missing
from app.medication.queries.waiting import waiting_films

QUEUE = "/staff/reviews"
MISSING = "/staff/medication/missing"
ENDING = "/staff/medication/ending"


async def lines(session: AsyncSession, actor: StaffActor, at: datetime) -> list[DeskLine]:
    """Three statements, whatever waits; what is overdue is counted among what waits, too."""
    films = await waiting_films(session, actor, at)
    missing = await count_missing(session, actor)
    ending = await count_ending(session, actor, at)
    return [
        DeskLine("连续漏服", missing, MISSING, Severity.DANGER),
        DeskLine("超时没审的视频", films.overdue, QUEUE, Severity.WARNING, films.oldest_at),
        DeskLine("等待审核的视频", films.waiting, QUEUE, Severity.NOTICE),
        DeskLine("七天内结束的疗程", ending, ENDING, Severity.NOTICE),
    ]
