"""The operator sees who did what, and which jobs gave up."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.models import ActorKind, AuditEvent, Role
from app.core.ids import uuid7
from app.institutions.models import Institution, StaffMember
from app.patients.audit import READ_RECORD
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_institution, make_staff
from tests.jobs.queue import failed_job

AUDIT, JOBS = "/api/admin/audit", "/api/admin/jobs"


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def doctor(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, name="王医生")


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession, home: Institution) -> httpx.AsyncClient:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    return await staff_client(app, session, operator.id)


async def note(session: AsyncSession, actor: StaffMember, **columns: object) -> AuditEvent:
    event = AuditEvent(
        actor_kind=ActorKind.STAFF, actor_id=actor.id, action=READ_RECORD.code, **columns
    )
    session.add(event)
    await session.flush()
    return event


async def test_audit_tells_who_did_what_in_the_subtree(
    admin: httpx.AsyncClient, session: AsyncSession, doctor: StaffMember
) -> None:
    detail = {"code": "changed", "fields": ["name", "phone"], "before": None, "after": "2026-01-02"}
    event = await note(session, doctor, patient_id=uuid7(), detail=detail)
    await note(session, await make_staff(session))  # of another place

    answer = (await admin.get(AUDIT)).json()

    assert [e["event_id"] for e in answer["items"]] == [str(event.id)]
    assert answer["items"][0]["actor_name"] == "王医生"
    told = [answer["items"][0][name] for name in ("action", "action_word", "detail_words")]
    assert set(told[2].split("；")) == {
        "变更：修改", "改了哪些项：姓名、电话", "之前：无", "之后：2026-01-02",
    }  # fmt: skip
    assert told[:2] == ["read_record", "查看档案"]


async def test_what_the_system_did_about_no_patient_is_everybodys(
    admin: httpx.AsyncClient, session: AsyncSession
) -> None:
    audit.record_of_system(session, audit.EXPIRE_TRAIL, detail={"kept_months": 60})
    audit.record_of_system(session, READ_RECORD, patient_id=uuid7())
    await session.flush()

    items = (await admin.get(AUDIT)).json()["items"]

    assert [(e["actor_name"], e["action"]) for e in items] == [("系统", "expire_trail")]


async def test_audit_can_be_narrowed_to_a_patient_or_an_actor(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, doctor: StaffMember
) -> None:
    other = await make_staff(session, institution=home)
    patient_id = uuid7()
    first = await note(session, doctor, patient_id=patient_id)
    second = await note(session, other, patient_id=uuid7())

    of_patient = (await admin.get(AUDIT, params={"patient_id": str(patient_id)})).json()
    of_actor = (await admin.get(AUDIT, params={"actor_id": str(other.id)})).json()

    assert [e["event_id"] for e in of_patient["items"]] == [str(first.id)]
    assert [e["event_id"] for e in of_actor["items"]] == [str(second.id)]


async def test_jobs_that_gave_up_are_listed_newest_first(
    admin: httpx.AsyncClient, session: AsyncSession
) -> None:
    for name in ("one", "two", "three"):
        await failed_job(session, name, '{"dose_id": "x"}')

    first = (await admin.get(JOBS, params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await admin.get(JOBS, params=query)).json()

    assert [j["name"] for j in first["items"]] == ["three", "two"]
    assert [j["name"] for j in second["items"]] == ["one"]
    assert first["items"][0]["failed_at"] is not None
    assert first["items"][0]["args"] == {"dose_id": "x"}


async def test_job_is_tried_again_once(admin: httpx.AsyncClient, session: AsyncSession) -> None:
    job_id = await failed_job(session, "one")

    done = await admin.post(f"{JOBS}/{job_id}/retry")
    again = await admin.post(f"{JOBS}/{job_id}/retry")

    status = await session.scalar(
        text("select status::text from procrastinate_jobs where id = :id"), {"id": job_id}
    )
    assert (done.status_code, again.status_code) == (204, 404)
    assert status == "todo"
    events = (await session.scalars(select(AuditEvent))).all()
    assert [(e.action, e.detail) for e in events] == [("retry_job", {"job_id": job_id})]


async def test_cursor_of_nonsense_is_refused(admin: httpx.AsyncClient) -> None:
    answer = await admin.get(JOBS, params={"cursor": "x"})

    assert (answer.status_code, answer.json()["type"]) == (422, "cursor-invalid")
