"""The operator sees who did what, and which jobs gave up."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts import audit
from app.accounts.models import ActorKind, AuditEvent, Role
from app.core import clock
from app.core.ids import uuid7
from app.institutions.models import Institution, StaffMember
from app.institutions.queries import trail
from app.patients.audit import READ_RECORD
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.jobs.queue import failed_job
from tests.patients.factories import make_patient

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


async def test_audit_can_be_narrowed_to_an_actor(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, doctor: StaffMember
) -> None:
    other = await make_staff(session, institution=home)
    await note(session, doctor, patient_id=uuid7())
    second = await note(session, other, patient_id=uuid7())

    of_actor = (await admin.get(AUDIT, params={"actor_id": str(other.id)})).json()

    assert [e["event_id"] for e in of_actor["items"]] == [str(second.id)]


async def test_audit_of_an_actor_elsewhere_is_empty(
    admin: httpx.AsyncClient, session: AsyncSession
) -> None:
    stranger = await make_staff(session)
    await note(session, stranger)

    answer = await admin.get(AUDIT, params={"actor_id": str(stranger.id)})

    assert answer.json()["items"] == []


async def test_audit_of_a_patient_is_for_operators_of_their_team_s_place(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, doctor: StaffMember
) -> None:
    team = await make_team(session, institution=home)
    own = await make_patient(session, team=team)
    neighbour = await make_patient(session, team=team)
    foreign = await make_patient(session)
    event = await note(session, doctor, patient_id=own.id)
    await note(session, doctor, patient_id=neighbour.id)
    await note(session, doctor, patient_id=foreign.id)
    await note(session, await make_staff(session), patient_id=own.id)  # of another place

    answer = await admin.get(f"/api/admin/patients/{own.id}/audit")
    beyond = await admin.get(f"/api/admin/patients/{foreign.id}/audit")

    assert [e["event_id"] for e in answer.json()["items"]] == [str(event.id)]
    assert beyond.status_code == 404


@pytest.mark.parametrize("few", [0, 100])
async def test_audit_pages_on_at_equal_times_for_few_and_for_many_staff(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution, doctor: StaffMember,
    few: int, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(trail, "FEW", few)
    other = await make_staff(session, institution=home)
    stranger = await make_staff(session)
    with clock.frozen(clock.now()):
        made = [await note(session, who) for who in (doctor, other, doctor, stranger, other)]

    first = (await admin.get(AUDIT, params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await admin.get(AUDIT, params=query)).json()

    own = sorted((str(e.id) for e in made if e.actor_id != stranger.id), reverse=True)
    assert [e["event_id"] for e in first["items"]] == own[:2]
    assert [e["event_id"] for e in second["items"]] == own[2:]
    assert second["next_cursor"] is None


async def test_the_audit_of_few_staff_reads_none_of_the_rows_of_others(
    admin: httpx.AsyncClient, session: AsyncSession, connection: AsyncConnection,
    doctor: StaffMember,
) -> None:  # fmt: skip
    """Backwards through everybody's rows it would read them all."""
    stranger = await make_staff(session)
    await note(session, doctor)
    for _ in range(300):
        await note(session, stranger)
    await session.execute(text("analyze audit_event"))
    await session.execute(text("set local enable_seqscan = off"))

    with counted(connection) as statements:
        await admin.get(AUDIT)
    listed = next(s for s in statements if "LATERAL" in s.upper())

    assert "ORDER BY audit_event.created_at DESC" in listed
    assert len(statements) <= 6


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


async def test_jobs_are_for_operators_of_the_topmost_institution(
    app: FastAPI, session: AsyncSession, home: Institution
) -> None:
    """They carry ids of patients and films of any place."""
    job_id = await failed_job(session, "one")
    below = await make_institution(session, parent=home)
    operator = await make_staff(session, institution=below, roles=[Role.OPERATOR])
    browser = await staff_client(app, session, operator.id)

    answers = [await browser.get(JOBS), await browser.post(f"{JOBS}/{job_id}/retry")]

    assert [a.status_code for a in answers] == [403, 403]


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
