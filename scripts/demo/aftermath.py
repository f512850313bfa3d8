"""What follows from the days: alerts as the worker raised them, and what doctors did then."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.alerts.models import Alert
from app.institutions.rights import RIGHTS, Right
from app.medication.alert_kinds import MISSES_IN_ALL, MISSES_IN_ROW, SEVERE_SIDE_EFFECT
from app.medication.service import doses as dose_service
from app.medication.service import misses
from scripts.demo.bookkeeping import Bookkeeper
from scripts.demo.district import District, Worker
from scripts.demo.enrolment import Enrolled
from scripts.demo.moments import CLINIC, days_ago, living

LOOKED_BACK_DAYS = 60
STILL_OPEN = timedelta(days=2)
ACTIONS = {
    MISSES_IN_ROW.code: (
        "打电话提醒，答应明天起按时吃。",
        "上门看过，家里没药了，已补取。",
        "联系家属督促，孩子会帮着拍视频。",
    ),
    MISSES_IN_ALL.code: ("已填漏服报告，约来卫生院面谈，调整服药时间。",),
    SEVERE_SIDE_EFFECT.code: ("当天到院查肝功能，轻度升高，继续服药，一周后复查。",),
}


async def raise_alerts(session: AsyncSession, now: datetime) -> None:
    """Let every past morning notice its misses, after the window has closed."""
    for days in range(LOOKED_BACK_DAYS, -1, -1):
        morning = days_ago(now, days, time(5, 30))
        if morning < now:
            async with living(session, morning):
                await misses.notice_misses(session, timedelta(days=1))
            session.expunge_all()


async def handle_alerts(session: AsyncSession, district: District, now: datetime) -> None:
    """Let doctors answer within a day; the newest are still on their desks, half of them seen."""
    found = await session.scalars(select(Alert).order_by(Alert.raised_at, Alert.id))
    teams = {team_id: key for key, team_id in district.teams.items()}
    rng = Random(1)  # noqa: S311  # whose words stand on which alert
    for number, alert in enumerate(found.all()):
        actor = _handler(district.readers_of(teams[alert.team_id])).actor
        at = min(alert.raised_at + timedelta(hours=rng.uniform(0.1, 20)), now)
        async with living(session, at):
            if alert.raised_at < now - STILL_OPEN:
                await _handle(session, actor, alert, rng.choice(ACTIONS[alert.kind]))
            elif number % 2:
                await alerts.mark_seen(session, actor, alert)


def _handler(readers: Sequence[Worker]) -> Worker:
    """Take the first who may also close a severe alert."""
    return next(w for w in readers if Right.CLOSE_SEVERE_ALERT in RIGHTS[w.person.title])


async def _handle(session: AsyncSession, actor: StaffActor, alert: Alert, action: str) -> None:
    await alerts.mark_seen(session, actor, alert)
    await alerts.handle(session, actor, alert, action)
    if alert.kind == SEVERE_SIDE_EFFECT.code and alert.subject_id:
        await dose_service.resume_after_severe(session, actor, alert.subject_id)


def book_visits(books: Bookkeeper, patients: Sequence[Enrolled]) -> None:
    """Open records now and then: every opening is on the trail."""
    rng = Random(2)  # noqa: S311  # when somebody looked
    for enrolled in patients:
        readers = books.district.readers_of(enrolled.villager.team)
        for _ in range(rng.randrange(2, 7)):
            days = rng.randrange(min(enrolled.villager.days_on, 60) + 1)
            hour = time(rng.randrange(8, 18), rng.randrange(60))
            at = days_ago(books.now, days, hour).astimezone(CLINIC)
            if at < books.now:
                books.book_visit(enrolled, rng.choice(readers).id, at)
