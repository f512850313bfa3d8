"""Who reaches the PC pages of medication, what the audit notes, how many statements they send."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role
from app.alerts.audit import LIST_ALERTS
from app.institutions.models import Institution, Team
from app.medication.audit import VIEW_STILLS, VIEW_VIDEO
from app.medication.models import DoseReport, Evidence, SideEffectReport, Verdict
from app.patients.audit import READ_RECORD
from app.patients.models import Patient
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.desk import Desk

MOST_STATEMENTS = 6
# A patient's own pages: the head's team with guardian, and its flags (patients/frame.py).
HEAD = 2
WITHOUT_HEAD = {"alerts", "badge", "reviews", "film"}
# The composed page: six for its frame (the audit's row among them), and its sections.
OVERVIEW = 6 + 5
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def supervisor(
    app: FastAPI, session: AsyncSession, team: Team
) -> AsyncIterator[httpx.AsyncClient]:
    institution = await session.get_one(Institution, team.institution_id)
    staff = await make.make_staff(session, institution=institution, roles=(Role.SUPERVISOR,))
    async with await staff_client(app, session, staff.id) as client:
        yield client


@pytest.fixture
async def stranger(app: FastAPI, session: AsyncSession) -> AsyncIterator[httpx.AsyncClient]:
    """Open the browser of a supervisor of another place."""
    staff = await make.make_staff(session, roles=(Role.DOCTOR, Role.SUPERVISOR))
    async with await staff_client(app, session, staff.id) as client:
        yield client


async def a_course(session: AsyncSession, patient: Patient, days: int) -> dict[str, str]:
    """Lay out a treatment whose every page has `days` lines; answer the addresses of its pages."""
    treatment = await make.make_treatment(session, patient=patient, slot_times={"morning": "07:30"})
    doses = await make.make_doses(session, patient=patient, treatment=treatment, days=days)
    reviewer = await make.make_staff(session)
    for dose in doses:
        film = await make.make_recording(session, dose=dose)
        await make.make_review(session, recording=film, reviewer=reviewer)
        await make.make_alert(session, treatment=treatment)
        await make.make_hold(session, treatment=treatment, from_on=dose.due_on, to_on=dose.due_on)
        session.add(_felt(patient, dose.id))
        session.add(DoseReport(dose_id=dose.id, kind=Evidence.SELF_REPORT, taken=True))
    await make.make_recording(session, dose=await make.make_dose(session, patient=patient))
    await session.flush()
    home = f"/staff/patients/{patient.id}"
    return {
        "reviews": "/staff/reviews",
        "overview": home,
        "course": f"{home}/medication",
        "films": f"{home}/medication/films",
        "history": f"{home}/medication/history",
        "new treatment": f"{home}/treatments/new",
        "free plan": f"{home}/treatments/new?template=free",
        "treatment": f"/staff/treatments/{treatment.id}",
        "edit": f"/staff/treatments/{treatment.id}/edit",
        "dose": f"/staff/doses/{doses[-1].id}",
        "film": f"/staff/recordings/{doses[-1].recording_id}/film",
        "alerts": "/staff/alerts",
        "badge": "/staff/badges",
    }


def _felt(patient: Patient, dose_id: object) -> SideEffectReport:
    return SideEffectReport(
        patient_id=patient.id,
        dose_id=dose_id,
        symptoms=["nausea"],
        severe=False,
        reported_at=patient.created_at,
    )


SUPERVISION = {
    "supervision": "/staff/supervision",
    "slipping": "/staff/medication/slipping",
    "branches": "/staff/medication/branches",
}


@pytest.mark.parametrize("days", [3, 60])
async def test_no_page_sends_more_statements_for_a_longer_course(
    desk: Desk,
    supervisor: httpx.AsyncClient,
    session: AsyncSession,
    patient: Patient,
    connection: AsyncConnection,
    days: int,
) -> None:
    addresses = await a_course(session, patient, days)

    for name, address in (addresses | SUPERVISION).items():
        client = supervisor if name in SUPERVISION else desk.http
        with counted(connection) as statements:
            answer = await client.get(address)

        assert answer.status_code == 200, (name, answer.text)
        most = MOST_STATEMENTS + (0 if name in WITHOUT_HEAD | SUPERVISION.keys() else HEAD)
        most = OVERVIEW if name == "overview" else most
        assert len(statements) <= most, (name, statements)


async def test_every_page_of_a_record_is_noted_in_the_audit(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    addresses = await a_course(session, patient, 2)
    noted = ("overview", "course", "films", "history", "new treatment", "treatment", "edit", "dose")

    for name in noted:
        await desk.http.get(addresses[name])
    await desk.http.get(addresses["film"])
    await desk.http.get(addresses["alerts"])

    found = await session.execute(
        select(AuditEvent.action, AuditEvent.patient_id).where(AuditEvent.actor_id == desk.staff.id)
    )
    events = found.all()
    assert events.count((READ_RECORD.code, patient.id)) == len(noted)
    assert events.count((VIEW_VIDEO.code, patient.id)) == 1
    assert events.count((LIST_ALERTS.code, patient.id)) == 1
    assert events.count((VIEW_STILLS.code, patient.id)) == 2  # the films, and those of a dose


async def test_pages_open_to_every_doctor_show_nothing_of_a_stranger(
    desk: Desk, stranger: httpx.AsyncClient, session: AsyncSession, patient: Patient
) -> None:
    addresses = await a_course(session, patient, 2)

    for name in ("alerts", "badge"):
        own, strange = [await who.get(addresses[name]) for who in (desk.http, stranger)]

        assert (own.status_code, strange.status_code) == (200, 200), name
        assert own.text != strange.text, name
        assert patient.name not in strange.text, name


@pytest.mark.parametrize("address", SUPERVISION.values())
async def test_only_supervisors_see_supervision(desk: Desk, address: str) -> None:
    assert (await desk.http.get(address)).status_code == 403


async def test_a_supervisor_does_not_leave_their_subtree(
    stranger: httpx.AsyncClient, supervisor: httpx.AsyncClient, team: Team
) -> None:
    address = f"/staff/supervision?institution_id={team.institution_id}"

    assert (await supervisor.get(address)).status_code == 200
    assert (await stranger.get(address)).status_code == 404


async def test_an_operator_sees_no_record(
    app: FastAPI, session: AsyncSession, patient: Patient
) -> None:
    staff = await make.make_staff(session, roles=(Role.OPERATOR,))
    async with await staff_client(app, session, staff.id) as operator:
        answer = await operator.get(f"/staff/patients/{patient.id}")

    assert answer.status_code == 403


async def test_without_a_session_one_is_sent_to_log_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/staff/reviews")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/staff/login")


async def test_htmx_gets_the_part_and_a_browser_the_whole(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    addresses = await a_course(session, patient, 2)
    del addresses["badge"]

    for name, address in addresses.items():
        whole = await desk.http.get(address)
        part = await desk.http.get(address, headers={"HX-Request": "true"})

        assert "<html" in whole.text, name
        assert "<html" not in part.text, name
        assert part.headers["vary"] == "HX-Request"


async def test_a_film_that_was_deleted_cannot_be_played(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)
    film = await make.make_recording(session, dose=dose, film_deleted_at=patient.created_at)
    await make.make_review(session, recording=film, verdict=Verdict.REJECTED)

    page = await desk.http.get(f"/staff/patients/{patient.id}/medication/films")

    assert "视频已不在" in page.text
    assert "播放视频" not in page.text
    assert (await desk.http.get(f"/staff/recordings/{film.id}/film")).status_code == 404
