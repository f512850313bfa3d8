"""What a list of patients shows of their medication, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, and_, any_, cast, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json_rows import json_text, typed
from app.core.statements import Prepared
from app.medication.models import Treatment, TreatmentPhase
from app.medication.queries.patient_page import doses_of, last_film
from app.medication.running import dose_day_in, running, running_on
from app.medication.schemas.patient_page import LastFilm, RunningCourse, TodayDose
from app.patients.models import Patient

MOST_COURSES = 2


class Listed(NamedTuple):
    """`last_film` is the newest that arrived; `courses` run today, the newest first."""

    doses: list[TodayDose]
    last_film: LastFilm | None
    courses: list[RunningCourse]


def is_treated(at: datetime) -> ColumnElement[bool]:
    """Select patients with a treatment that runs."""
    return exists().where(Treatment.patient_id == Patient.id, running(at))


def _courses(today: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    now = and_(
        TreatmentPhase.treatment_id == Treatment.id,
        TreatmentPhase.starts_on <= today,
        TreatmentPhase.ends_on >= today,
    )
    return (
        select(
            Treatment.name,
            TreatmentPhase.name.label("phase"),
            TreatmentPhase.starts_on.label("phase_starts_on"),
            TreatmentPhase.ends_on.label("phase_ends_on"),
        )
        .outerjoin(TreatmentPhase, now)
        .where(Treatment.patient_id == Patient.id, running_on(today))
        .order_by(Treatment.starts_on.desc(), Treatment.id)
        .limit(MOST_COURSES)
    )


@Prepared
def _listed(*, patient_ids: Sequence[UUID], at: datetime) -> Select[UUID, str, str, str]:
    today = dose_day_in(at, Patient.zone)
    return select(
        Patient.id,
        json_text(doses_of(Patient.id, today).correlate(Patient)),
        json_text(last_film(Patient.id).correlate(Patient)),
        json_text(_courses(today).correlate(Patient)),
    ).where(Patient.id == any_(cast(patient_ids, ARRAY(Uuid))))


async def listed_of(
    session: AsyncSession, patient_ids: Sequence[UUID], at: datetime
) -> dict[UUID, Listed]:
    """Read it for each of these patients; each day is that of the patient's zone."""
    rows = await _listed.execute(session, patient_ids=patient_ids, at=at)
    return {
        patient_id: Listed(
            typed(TodayDose, doses),
            next(iter(typed(LastFilm, films)), None),
            typed(RunningCourse, courses),
        )
        for patient_id, doses, films, courses in rows
    }
