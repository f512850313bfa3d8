"""Records that staff ended: a death, a move away, and one that was taken back the same day."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.features import FEATURES
from app.medication.service.closing import open_record
from app.medication.service.layouts import last_day
from app.patients.models import Patient, RecordEnd
from app.patients.service import closing, reopening
from scripts.demo.days import Days
from scripts.demo.district import District
from scripts.demo.enrolment import Enrolled
from scripts.demo.moments import CLINIC, days_ago


class End(NamedTuple):
    """`learnt_ago`: days since staff entered it; `ended_before`: days between that and the end."""

    reason: RecordEnd
    learnt_ago: int
    ended_before: int
    note: str
    taken_back: str | None = None


ENDS = {
    "贾桂英": End(RecordEnd.DIED, 2, 3, "村医上门得知，上周在家里过世"),
    "程有才": End(RecordEnd.MOVED_AWAY, 4, 0, "搬到女儿家，转给当地卫生院"),
    "苏正国": End(RecordEnd.DIED, 5, 0, "邻居来电", "邻居说的是同名的人，本人还在"),
}


def plan_endings(days: Days, district: District, patients: Sequence[Enrolled]) -> None:
    by_name = {p.villager.name: p for p in patients}
    for name, end in ENDS.items():
        enrolled = by_name[name]
        actor = district.doctor_of(enrolled.villager.team).actor
        at = days_ago(days.now, end.learnt_ago, time(16, 20))
        days.plan(at, partial(_end, actor=actor, patient_id=enrolled.id, end=end))
        if end.taken_back:
            later = at + timedelta(minutes=50)
            horizon = days.settings.dose_horizon_days
            open_again = partial(
                _take_back, actor=actor, patient_id=enrolled.id, end=end, horizon=horizon
            )
            days.plan(later, open_again)


async def _end(
    session: AsyncSession, at: datetime, *, actor: StaffActor, patient_id: UUID, end: End
) -> None:
    patient = await session.get_one(Patient, patient_id)
    on = at.astimezone(CLINIC).date() - timedelta(days=end.ended_before)
    ending = closing.Ending(end.reason, on, end.note)
    await closing.close_record(session, FEATURES, actor, patient, ending, version=patient.version)


async def _take_back(
    session: AsyncSession,
    _at: datetime,
    *,
    actor: StaffActor,
    patient_id: UUID,
    end: End,
    horizon: int,
) -> None:
    """With what the worker would have done a moment later."""
    patient = await session.get_one(Patient, patient_id)
    why = str(end.taken_back)
    await reopening.take_back(session, actor, patient, why, version=patient.version)
    await session.flush()
    await open_record(session, patient_id, last_day(horizon))
    await alerts.reopen_with_record(session, patient_id, why)
