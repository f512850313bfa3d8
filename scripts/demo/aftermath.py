"""What staff did: looked at alerts, handled them or handed them over, called and visited."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.alerts.models import WAITING, Alert
from app.core.severity import Severity
from app.institutions.rights import RIGHTS, Right
from app.medication.alert_kinds import MISSES_IN_ALL, MISSES_IN_ROW, SEVERE_SIDE_EFFECT
from app.medication.schemas.severe import SevereDecision
from app.medication.service import severe
from app.patients.models import ContactKind, Patient
from app.patients.service.contacts import log_contact
from scripts.demo.bookkeeping import Bookkeeper
from scripts.demo.days import LOOKED_BACK_DAYS, Days
from scripts.demo.district import District, Worker
from scripts.demo.enrolment import Enrolled
from scripts.demo.habits import LOST_SINCE
from scripts.demo.moments import CLINIC, days_ago
from scripts.demo.people import Habit

# Younger alerts are still on the desks; these teams are slow, so that theirs are told above.
STILL_OPEN = timedelta(days=2)
DECIDED_AFTER = timedelta(hours=3)  # when the liver values are back
DAY, NIGHT_ENDS = range(8, 19), 9
SLOW = {"taoping", "gudu"}


class Act(NamedTuple):
    """What was written under the alert, and the line of the contact log that goes with it."""

    words: str
    contact: ContactKind
    note: str | None = None


ACTS = {
    MISSES_IN_ROW.code: (
        Act("打电话提醒，答应明天起按时吃。", ContactKind.CALLED, "说忙农活忘了，答应按时吃。"),
        Act("上门看过，家里没药了，已补取。", ContactKind.VISITED, "药盒空了，陪着去取了药。"),
        Act("联系家属督促，孩子会帮着拍视频。", ContactKind.CALLED, "本人不接，和女儿说好了。"),
        Act("电话没人接，请村医明天上门。", ContactKind.NO_ANSWER),
    ),
    MISSES_IN_ALL.code: (
        Act(
            "已填漏服报告，约来卫生院面谈，调整服药时间。", ContactKind.NOTE, "约好周四上午来面谈。"
        ),
    ),
    SEVERE_SIDE_EFFECT.code: (
        Act(
            "当天到院查肝功能，轻度升高，继续服药，一周后复查。",
            ContactKind.CALLED,
            "请她马上来院查肝功能，家人陪同。",
        ),
    ),
}


NOT_REACHED = Act("电话打不通，已请村医和家里人去找。", ContactKind.NO_ANSWER)


class Staff:
    """The people who look at alerts: some hours after they were raised, by a lot of their own."""

    def __init__(self, days: Days, district: District, patients: Sequence[Enrolled]) -> None:
        self.days, self.district = days, district
        self._lost = {p.id for p in patients if p.villager.habit is Habit.LOST}
        self._lost_since = days.now - timedelta(days=LOST_SINCE)
        self._teams = {team_id: key for key, team_id in district.teams.items()}
        self._planned: set[tuple[UUID, int]] = set()
        self._rng = Random(1)  # noqa: S311  # whose words stand on which alert

    def plan(self, rings: Sequence[datetime]) -> None:
        """Open the list twice a day, and at once when something severe `rings`."""
        for at in rings:
            self.days.plan(at, self.look)
        for days in range(LOOKED_BACK_DAYS, -1, -1):
            for hour in (time(5, 45), time(14, 5)):
                self.days.plan(days_ago(self.days.now, days, hour), self.look)

    async def look(self, session: AsyncSession, at: datetime) -> None:
        """Plan for every alert that is new, or was raised again, what becomes of it."""
        waiting = await session.scalars(
            select(Alert).where(Alert.state.in_(WAITING)).order_by(Alert.raised_at, Alert.id)
        )
        for alert in waiting:
            key = (alert.id, alert.times_raised)
            if key not in self._planned:
                self._planned.add(key)
                self._plan_for(alert, at)

    def _plan_for(self, alert: Alert, seen_at: datetime) -> None:
        team = self._teams[alert.team_id]
        if alert.raised_at >= self.days.now - STILL_OPEN:
            self._leave_open(alert, team, seen_at)
            return
        act = self._rng.choice(ACTS[alert.kind])
        if alert.patient_id in self._lost and alert.raised_at > self._lost_since:
            act = NOT_REACHED
        handler = _handler(self.district.readers_of(team)).actor
        at = max(seen_at, self._in_the_day(alert.raised_at + self._delay(alert, team)))
        later = at + timedelta(minutes=self._rng.uniform(6, 40))
        self.days.plan(at, partial(_see, alert_id=alert.id, actor=handler))
        if alert.kind == SEVERE_SIDE_EFFECT.code:
            decide = partial(_decide, actor=handler, patient_id=alert.patient_id, act=act.words)
            self.days.plan(later + DECIDED_AFTER, decide)
        else:
            self.days.plan(later, partial(_handle, alert_id=alert.id, actor=handler, act=act))

    def _in_the_day(self, at: datetime) -> datetime:
        """Nobody is called at night about a missed dose: the morning after will do."""
        hour = at.astimezone(CLINIC).hour
        return (
            at + timedelta(hours=(NIGHT_ENDS - hour) % 24)
            if not DAY.start <= hour < DAY.stop
            else at
        )

    def _delay(self, alert: Alert, team: str) -> timedelta:
        if alert.severity is Severity.SEVERE:
            return timedelta(minutes=self._rng.uniform(4, 40))
        slowest_h = 110 if team in SLOW else 20
        return timedelta(hours=self._rng.uniform(1, slowest_h))

    def _leave_open(self, alert: Alert, team: str, seen_at: datetime) -> None:
        """Of three one is not opened yet, one is seen, one is handed over to a colleague."""
        readers = self.district.readers_of(team)
        number = len(self._planned)
        at = max(seen_at, alert.raised_at + timedelta(hours=self._rng.uniform(3, 8)))
        if alert.severity is Severity.SEVERE or not number % 3 or alert.times_raised > 1:
            return
        self.days.plan(at, partial(_see, alert_id=alert.id, actor=readers[0].actor))
        if number % 3 == 2 and len(readers) > 1:
            to_id = readers[1].id
            later = at + timedelta(minutes=20)
            self.days.plan(
                later, partial(_hand_over, alert_id=alert.id, actor=readers[0].actor, to_id=to_id)
            )


async def _decide(
    session: AsyncSession, _at: datetime, *, actor: StaffActor, patient_id: UUID, act: str
) -> None:
    """Let everything go on that a severe symptom stopped."""
    patient = await session.get_one(Patient, patient_id)
    stops, answers = await severe.what_stands(session, patient_id)
    until = dict.fromkeys(stop.treatment_id for stop in stops)
    decision = SevereDecision(seen=answers[0].id, until=until, note=act, come_in=False)
    if stops:
        await severe.decide(session, actor, patient, decision)


def _handler(readers: Sequence[Worker]) -> Worker:
    """Take the first who may also close a severe alert."""
    return next(w for w in readers if Right.CLOSE_SEVERE_ALERT in RIGHTS[w.person.title])


async def _see(session: AsyncSession, _at: datetime, *, alert_id: UUID, actor: StaffActor) -> None:
    alert = await session.get_one(Alert, alert_id)
    if alert.state in WAITING:
        await alerts.mark_seen(session, actor, alert)


async def _handle(
    session: AsyncSession, _at: datetime, *, alert_id: UUID, actor: StaffActor, act: Act
) -> None:
    alert = await session.get_one(Alert, alert_id)
    if alert.state not in WAITING:
        return
    patient = await session.get_one(Patient, alert.patient_id)
    key = f"demo-{alert.id}-{alert.times_raised}"
    await log_contact(session, actor, patient, act.contact, act.note, key)
    await alerts.handle(session, actor, alert, act.words)


async def _hand_over(
    session: AsyncSession, _at: datetime, *, alert_id: UUID, actor: StaffActor, to_id: UUID
) -> None:
    alert = await session.get_one(Alert, alert_id)
    if alert.state in WAITING:
        await alerts.hand_over(session, actor, alert, to_id, alert.team_id)


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
