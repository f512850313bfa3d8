"""Live through the past weeks in order, so that every service sees what it would have seen.

What follows from an event (an alert that somebody looks at some hours later) is planned when it
happens; between two events the alerts that waited too long are told to those above, each at its
own minute.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import service as alerts
from app.alerts.models import WAITING, Alert
from app.core.settings import Settings
from app.features import FEATURES
from app.medication.service import misses, rollups
from app.medication.service.verdict_notices import tell_verdicts, untold_verdicts
from app.patients.models import Patient
from app.patients.service.flags import refresh_of
from scripts.demo.moments import days_ago, living

Deed = Callable[[AsyncSession, datetime], Awaitable[None]]

LOOKED_BACK_DAYS = 60
# Patients hear of a verdict within a minute; here after each sitting of the doctors.
TOLD_BACK_DAYS = 20
TOLD_AT = (time(9, 52), time(16, 2), time(20, 47))


class Days:
    def __init__(self, session: AsyncSession, settings: Settings, now: datetime) -> None:
        self.session, self.settings, self.now = session, settings, now
        self._todo: list[tuple[datetime, int, Deed]] = []
        self._number = count()
        self._lived_until = datetime.min.replace(tzinfo=UTC)

    def plan(self, at: datetime, deed: Deed) -> None:
        """Let it happen at that instant; what would be in the future does not happen."""
        if at <= self.now:
            heappush(self._todo, (at, next(self._number), deed))

    def plan_jobs(self) -> None:
        """Plan what the worker would have done, as often as it matters."""
        for days in range(LOOKED_BACK_DAYS, -1, -1):
            self.plan(days_ago(self.now, days, time(3, 41)), _close_handled)
            self.plan(days_ago(self.now, days, time(5, 30)), _notice_misses)
            self.plan(days_ago(self.now, days, time(5, 40)), _compare_flags)
        for days in range(TOLD_BACK_DAYS, -1, -1):
            for at in TOLD_AT:
                self.plan(days_ago(self.now, days, at), self._tell_verdicts)
        self.plan(self.now, self._tell_verdicts)
        self.plan(self.now, _compare_flags)

    async def live(self) -> None:
        while self._todo:
            at, _, deed = heappop(self._todo)
            if at < self._lived_until:
                raise ValueError(f"{deed} was planned for {at}, when that was over")
            self._lived_until = at
            await self._escalate_until(at)
            async with living(self.session, at):
                await deed(self.session, at)
            self.session.expunge_all()
        await self._escalate_until(self.now)
        for team_id in await rollups.teams(self.session):
            await rollups.roll_up_team(self.session, team_id, self.now)

    async def _tell_verdicts(self, session: AsyncSession, _at: datetime) -> None:
        untold = await untold_verdicts(session, self.settings, timedelta(days=2))
        await tell_verdicts(session, untold)

    async def _escalate_until(self, until: datetime) -> None:
        """Take each step at its own minute."""
        while (at := await self._next_step(until)) is not None:
            async with living(self.session, at):
                await alerts.escalate_due(self.session, at)
            self.session.expunge_all()

    async def _next_step(self, until: datetime) -> datetime | None:
        found: datetime | None = await self.session.scalar(
            select(func.min(Alert.escalate_at)).where(
                Alert.escalate_at <= until, Alert.state.in_(WAITING)
            )
        )
        return found


async def _notice_misses(session: AsyncSession, _at: datetime) -> None:
    await misses.notice_misses(session, timedelta(days=1))


async def _close_handled(session: AsyncSession, _at: datetime) -> None:
    await alerts.close_handled(session, await alerts.handled_long_ago(session, None))


async def _compare_flags(session: AsyncSession, at: datetime) -> None:
    """As the job patients.compare_flags, but in the one transaction of the load."""
    born = await session.scalars(select(Patient.id).where(Patient.created_at <= at))
    patient_ids = born.all()
    for feature in FEATURES.all:
        if feature.flag_truth is not None:
            await refresh_of(session, feature, feature.flag_truth, patient_ids)
