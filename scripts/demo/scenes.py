"""Scenes that no rule brings about by itself: two severities, calls, inboxes that were read."""

from collections.abc import Sequence
from datetime import datetime, time
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.alerts.models import Alert
from app.core.severity import Severity
from app.medication.alert_kinds import MISSES_IN_ALL, MISSES_IN_ROW, SOURCE
from app.medication.models import Dose
from app.medication.queries.described import treatment_ref
from app.medication.rates import missed
from app.notifications.models import Notice
from app.notifications.queries import of_patient, of_staff
from app.notifications.service import read_until
from app.patients.models import ContactKind, Patient
from app.patients.service.contacts import log_contact
from scripts.demo.days import Days
from scripts.demo.district import District
from scripts.demo.enrolment import Enrolled
from scripts.demo.moments import days_ago


class Call(NamedTuple):
    days_ago: int
    hour: time
    kind: ContactKind
    note: str | None = None


CALLS: dict[str, Sequence[Call]] = {
    "wuxinggui": (
        Call(8, time(9, 15), ContactKind.NO_ANSWER),
        Call(7, time(16, 40), ContactKind.NO_ANSWER, "换号码打，关机"),
        Call(6, time(10, 5), ContactKind.VISITED, "上门，邻居说去重庆主城儿子家了"),
        Call(5, time(11, 20), ContactKind.NOTE, "儿子电话已问到，今晚再联系，劝他就近取药"),
    ),
    "zhangguohua": (
        Call(24, time(8, 50), ContactKind.CALLED, "昨天进城忘带药，提醒随身带一天的量"),
        Call(10, time(15, 30), ContactKind.VISITED, "家访，药盒和记录对得上，精神好"),
    ),
    "liuguilan": (Call(2, time(10, 10), ContactKind.CALLED, "教她把手机靠在水杯上拍，脸要全"),),
}
# Who read their inbox, and up to how many days ago.
READ_BY = {"liuguilan": 2, "zhangguohua": 1, "huangsuzhen": 4}
READ_BY_STAFF = {"chenlixin": 1, "tanyulan": 2, "lixiuying": 1, "luojianjun": 3}
SILENT = "wuxinggui"
# So many misses in all are worth a line, long before the seven that are reported.
FEW, MANY = 4, 6


def plan_scenes(days: Days, district: District, patients: Sequence[Enrolled]) -> None:
    by_user = {p.villager.user: p for p in patients if p.villager.user}
    for user, calls in CALLS.items():
        enrolled = by_user[user]
        caller = district.doctor_of(enrolled.villager.team).actor
        for call in calls:
            at = days_ago(days.now, call.days_ago, call.hour)
            deed = partial(_call, actor=caller, patient_id=enrolled.id, call=call)
            days.plan(at, deed)
    evening = days_ago(days.now, 1, time(18, 10))
    days.plan(evening, partial(_alarm, patient_id=by_user[SILENT].id))
    days.plan(evening, partial(_remark, patient_ids=[p.id for p in patients]))
    for user, ago in READ_BY.items():
        own = of_patient(by_user[user].id)
        days.plan(days_ago(days.now, ago, time(21)), partial(_read_inbox, own=own))
    for username, ago in READ_BY_STAFF.items():
        worker = next(w for w in district.workers if w.person.username == username)
        own = of_staff(worker.id)
        days.plan(days_ago(days.now, ago, time(12, 30)), partial(_read_inbox, own=own))


async def _call(
    session: AsyncSession, at: datetime, *, actor: StaffActor, patient_id: UUID, call: Call
) -> None:
    patient = await session.get_one(Patient, patient_id)
    key = f"demo-{patient_id}-{at:%Y%m%d%H%M}"
    await log_contact(session, actor, patient, call.kind, call.note, key)


async def _alarm(session: AsyncSession, _at: datetime, *, patient_id: UUID) -> None:
    """Raise what stands about somebody silent to a danger: no rule of medication does so yet."""
    found = await session.scalars(
        select(Alert)
        .where(Alert.patient_id == patient_id, Alert.kind == MISSES_IN_ROW.code)
        .order_by(Alert.raised_at.desc())
        .limit(1)
    )
    for alert in found:
        await alerts.raise_alert(
            session,
            patient_id,
            MISSES_IN_ROW,
            source=SOURCE,
            episode=alert.episode,
            severity=Severity.DANGER,
            subject=alert.subject,
            level=alert.level,
            detail=alert.detail,
        )


async def _remark(session: AsyncSession, at: datetime, *, patient_ids: Sequence[UUID]) -> None:
    """Raise a notice of the misses that add up: no rule of medication does so yet."""
    found = await session.execute(
        select(Dose.patient_id, Dose.treatment_id, func.count())
        .where(Dose.patient_id.in_(patient_ids), missed(at))
        .group_by(Dose.patient_id, Dose.treatment_id)
        .having(func.count().between(FEW, MANY))
    )
    for patient_id, treatment_id, misses in found.all():
        await alerts.raise_alert(
            session,
            patient_id,
            MISSES_IN_ALL,
            source=SOURCE,
            episode=str(treatment_id),
            severity=Severity.NOTICE,
            subject=treatment_ref(treatment_id),
            detail={"count": misses},
        )


async def _read_inbox(session: AsyncSession, _at: datetime, *, own: ColumnElement[bool]) -> None:
    newest = await session.scalar(
        select(Notice).where(own).order_by(Notice.created_at.desc(), Notice.id.desc()).limit(1)
    )
    if newest is not None:
        await read_until(session, own, newest)
