"""Every writing route of medication, of a record that is closed: no dose is asked for after it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core.db import Sessionmaker
from app.medication.models import Dose, DoseHold, Expectation, Treatment
from app.medication.queries.treatments import get_plan
from app.medication.service import changes, layouts
from app.patients.models import Patient
from app.patients.problems import RecordEnded, RecordIsClosed
from tests.accounts.factories import actor_of
from tests.every_call import Scene, make_scene
from tests.medication.plans import TODAY, ZONE, day, stopping
from tests.medication.stopped import stop_at
from tests.patients.ending import end_record
from tests.routes import Route, routes_of
from tests.test_audited import name_of, undone

pytestmark = pytest.mark.usefixtures("noon")
PLAN, TAKEN, PHONE = "refused as a change of plan", "taken in all the same", "refused to its phone"
# What `service.closed_records` says, route by route. A new one goes here.
SAYS = {
    "/api/admin/guide-voices/{voice_id}/remove": TAKEN,
    "/api/admin/guide-voices/{voice_id}/uploaded": TAKEN,
    "/api/admin/institutions/{institution_id}/guide-voices": TAKEN,
    "/api/doses/{dose_id}/recordings": PHONE,
    "/api/doses/{dose_id}/reports": PHONE,
    "/api/doses/{dose_id}/side-effects": PHONE,
    "/api/recordings/{recording_id}/uploaded": PHONE,
    "/api/reviews/keep": TAKEN,
    "/api/reviews/next": TAKEN,
    "/api/reviews/release": TAKEN,
    "/api/reviews/{recording_id}/verdict": TAKEN,
    "/api/reviews/{review_id}/undo": TAKEN,
    "/api/treatment-templates": TAKEN,
    "/api/treatment-templates/{template_id}/withdraw": TAKEN,
    "/staff/dose-reports/{report_id}/correct": TAKEN,
    "/staff/doses/{dose_id}/reschedule": PLAN,
    "/staff/doses/{dose_id}/seen": TAKEN,
    "/staff/holds/{hold_id}/end": PLAN,
    "/staff/patients/{patient_id}/severe": TAKEN,
    "/staff/patients/{patient_id}/treatments/new": PLAN,
    "/staff/reviews/{review_id}/correct": TAKEN,
    "/staff/treatments/{treatment_id}/correct-stop": PLAN,
    "/staff/treatments/{treatment_id}/edit": PLAN,
    "/staff/treatments/{treatment_id}/hold": PLAN,
    "/staff/treatments/{treatment_id}/stop": TAKEN,
}


def writing(app: FastAPI) -> list[Route]:
    """Routes of medication that write, whatever their address."""
    own = {
        str(context.path_format or context.path)
        for context in iter_route_contexts(app.routes)
        if (of := getattr(context.endpoint, "__module__", "")) and of.startswith("app.medication.")
    }
    return [r for r in routes_of(app) if r.method != "GET" and r.path in own]


@pytest.fixture
async def scene(app: FastAPI, sessions: Sessionmaker) -> AsyncIterator[Scene]:
    """Make a patient under a plan that is laid out for ten days."""
    made = await make_scene(app, sessions)
    async with sessions.begin() as session:
        treatment, patient = await get_plan(session, _id(made, "treatment_id"))
        await layouts.lay_out(session, treatment, patient.zone, day(10))
    yield made
    await made.close()


def _id(scene: Scene, name: str) -> UUID:
    return UUID(str(scene.world.own[name]))


async def _before(session: AsyncSession, scene: Scene, route: Route) -> dict[str, Any]:
    """Bring about what this route is for; answer what its form says besides."""
    treatment = await session.get_one(Treatment, _id(scene, "treatment_id"))
    doctor = actor_of(_id(scene, "staff_id"))
    if route.path.endswith("/correct-stop"):
        await changes.stop(session, doctor, treatment, ZONE, stopping(3))
        return {"version": str(treatment.version), "another": "yes"}
    if route.path.endswith("/severe"):
        own = select(Dose).where(Dose.treatment_id == treatment.id, Dose.due_on == TODAY)
        await stop_at(session, (await session.scalars(own)).one())
        waits = (
            select(DoseHold)
            .join(Treatment, Treatment.id == DoseHold.treatment_id)
            .where(Treatment.patient_id == treatment.patient_id, DoseHold.held_by.is_(None))
        )
        holds = (await session.scalars(waits)).all()
        acts = {f"act.{hold.treatment_id}": "go_on" for hold in holds}
        return {"seen": str(holds[0].answer_id)} | acts
    return {}


async def _send(scene: Scene, route: Route, more: dict[str, Any]) -> httpx.Response:
    if not more:
        return await scene.send(route, 0)
    data = scene.body(route, 0) | more
    return await scene.client(route).request(route.method, scene.path(route), data=data)


async def _asked_for(session: AsyncSession, patient_id: UUID) -> Sequence[UUID]:
    asked = Dose.expectation.in_([Expectation.EXPECTED, Expectation.HELD])
    own = select(Dose.id).where(Dose.patient_id == patient_id, Dose.due_on >= TODAY, asked)
    return (await session.scalars(own)).all()


async def _laid(session: AsyncSession, patient_id: UUID) -> set[UUID]:
    return set(await session.scalars(select(Dose.id).where(Dose.patient_id == patient_id)))


def test_it_is_said_of_every_writing_route(app: FastAPI) -> None:
    assert {name_of(route) for route in writing(app)} == SAYS.keys()


async def test_each_does_what_it_is_for_while_the_record_is_open(
    scene: Scene, session: AsyncSession, connection: AsyncConnection
) -> None:
    wrong = []
    _ = await session.connection()  # its savepoint lies outside of those that are undone
    for route in writing(scene.app):
        async with undone(connection):
            more = await _before(session, scene, route)
            await session.flush()
            answer = await _send(scene, route, more)
            if route.path != "/api/recordings/{recording_id}/uploaded" and answer.is_error:
                wrong.append(f"{route.path}: {answer.status_code} {answer.text[-300:]}")
        session.expunge_all()

    assert wrong == []


async def test_of_a_closed_record_none_has_a_dose_asked_for(
    scene: Scene, session: AsyncSession, connection: AsyncConnection
) -> None:
    wrong = []
    _ = await session.connection()  # its savepoint lies outside of those that are undone
    for route in writing(scene.app):
        async with undone(connection):
            more = await _before(session, scene, route)
            patient = await session.get_one(Patient, _id(scene, "patient_id"))
            await end_record(session, actor_of(_id(scene, "staff_id")), patient, on=TODAY)
            laid = await _laid(session, patient.id)
            answer = await _send(scene, route, more)

            if _said(answer) != SAYS[route.path]:
                wrong.append(f"{route.path}: {answer.status_code} {answer.text[:600]}")
            if await _asked_for(session, patient.id) or await _laid(session, patient.id) != laid:
                wrong.append(f"{route.path}: doses are asked for")
        session.expunge_all()

    assert wrong == []


def _said(answer: httpx.Response) -> str | None:
    if RecordIsClosed.title in answer.text:
        return PLAN
    if answer.status_code == RecordEnded.status and RecordEnded.type in answer.text:
        return PHONE
    return None if answer.is_error else TAKEN
