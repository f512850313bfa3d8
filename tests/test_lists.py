"""Every list of the API, over rows that only their ids part, and by exactly full pages."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import ActorKind, AuditEvent, Role
from app.core import clock
from app.institutions.models import Institution, Tier
from app.medication.models import VoiceState
from app.medication.service.verdict_notices import FILM_NOT_ACCEPTED
from app.notifications.service import notify_patient
from app.patients.audit import READ_RECORD
from app.patients.models import Patient
from tests.accounts.factories import staff_client
from tests.institutions.factories import (
    make_absence,
    make_access_change,
    make_institution,
    make_staff,
    make_team,
)
from tests.medication.voices import make_voice
from tests.paging import assert_pages_agree
from tests.patients.factories import make_patient, patient_client
from tests.routes import json_contexts

pytestmark = pytest.mark.usefixtures("noon")
ROWS = 4
Fill = Callable[[AsyncSession, Institution, Patient], Awaitable[None]]


async def _institutions(session: AsyncSession, top: Institution, _: Patient) -> None:
    for _number in range(ROWS):
        await make_institution(session, parent=top, tier=Tier.VILLAGE_CLINIC, name="同名卫生室")


async def _teams(session: AsyncSession, top: Institution, _: Patient) -> None:
    for _number in range(ROWS):
        await make_team(session, institution=top, name="同名团队")


async def _staff(session: AsyncSession, top: Institution, _: Patient) -> None:
    for _number in range(ROWS):
        await make_staff(session, institution=top, name="王医生")


async def _absences(session: AsyncSession, top: Institution, _: Patient) -> None:
    for _number in range(ROWS):
        await make_absence(session, staff=await make_staff(session, institution=top))


async def _audit(session: AsyncSession, top: Institution, patient: Patient) -> None:
    doctor = await make_staff(session, institution=top)
    at = clock.now() - timedelta(hours=1)
    for _number in range(ROWS):
        session.add(_view(doctor.id, patient.id, at=at))


def _view(actor_id: UUID, patient_id: UUID, **columns: object) -> AuditEvent:
    return AuditEvent(
        created_at=columns["at"],
        actor_kind=ActorKind.STAFF,
        actor_id=actor_id,
        action=READ_RECORD.code,
        patient_id=patient_id,
        subject_id=None,
        request_id=None,
    )


async def _jobs(session: AsyncSession, _: Institution, __: Patient) -> None:
    await session.execute(
        text(
            "insert into procrastinate_jobs (queue_name, task_name, args, status)"
            " select 'default', 'of.a.test', '{}', 'failed' from generate_series(1, :rows)"
        ),
        {"rows": ROWS},
    )


async def _notices(session: AsyncSession, _: Institution, patient: Patient) -> None:
    for number in range(ROWS):
        await notify_patient(session, patient.id, FILM_NOT_ACCEPTED, key=f"same-time-{number}")


async def _access_changes(session: AsyncSession, top: Institution, _: Patient) -> None:
    asking = await make_staff(session, institution=top, roles=[Role.OPERATOR])
    for _number in range(ROWS):
        await make_access_change(session, requested_by=asking)


async def _guide_voices(session: AsyncSession, top: Institution, _: Patient) -> None:
    author = await make_staff(session, institution=top, roles=[Role.OPERATOR])
    for _number in range(ROWS):
        voice = await make_voice(session, author=author)
        voice.state = VoiceState.REMOVED  # only one of a step is ready
        await session.flush()


OF_OPERATORS: dict[str, Fill] = {
    "/api/admin/absences": _absences,
    "/api/admin/access-changes": _access_changes,
    "/api/admin/confirmations": _access_changes,
    "/api/admin/patients/{patient_id}/audit": _audit,
    "/api/admin/audit": _audit,
    "/api/admin/institutions": _institutions,
    "/api/admin/institutions/{institution_id}/guide-voices": _guide_voices,
    "/api/admin/jobs": _jobs,
    "/api/admin/staff": _staff,
    "/api/admin/teams": _teams,
}
OF_PATIENTS: dict[str, Fill] = {"/api/me/views": _audit, "/api/notices": _notices}


@pytest.fixture
async def top(session: AsyncSession) -> Institution:
    return await make_institution(session, tier=Tier.DISTRICT_HOSPITAL)


@pytest.fixture
async def patient(session: AsyncSession, top: Institution) -> Patient:
    return await make_patient(session, team=await make_team(session, institution=top))


async def _filled(session: AsyncSession, fill: Fill, top: Institution, patient: Patient) -> None:
    await fill(session, top, patient)
    await session.flush()


@pytest.mark.parametrize("path", OF_OPERATORS)
async def test_pages_of_an_operators_list_agree(
    app: FastAPI, session: AsyncSession, top: Institution, patient: Patient, path: str
) -> None:
    operator = await make_staff(session, institution=top, roles=[Role.OPERATOR])
    await _filled(session, OF_OPERATORS[path], top, patient)
    http: httpx.AsyncClient = await staff_client(app, session, operator.id)

    await assert_pages_agree(http, path.format(patient_id=patient.id, institution_id=top.id))


@pytest.mark.parametrize("path", OF_PATIENTS)
async def test_pages_of_a_patients_list_agree(
    app: FastAPI, session: AsyncSession, top: Institution, patient: Patient, path: str
) -> None:
    await _filled(session, OF_PATIENTS[path], top, patient)

    await assert_pages_agree(patient_client(app, patient), path)


def test_no_list_is_left_out(app: FastAPI) -> None:
    """Found by the cursor that a list takes."""
    lists = {
        str(context.path)
        for context in json_contexts(app)
        if any(field.name == "cursor" for field in context.dependant.query_params)
    }

    assert lists == OF_OPERATORS.keys() | OF_PATIENTS.keys()
