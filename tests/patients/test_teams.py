"""Teams and their patients: who may be given to one, when it may close, where a merge leads."""

import asyncio
from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.problems import Problem
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.models import Institution, StaffMember, Team
from app.institutions.service import merging
from app.patients import jobs
from app.patients.models import Condition, Patient, Sex
from app.patients.service import records, teams
from tests.accounts.factories import actor_of, staff_client
from tests.institutions.factories import join_team, make_institution, make_staff, make_team
from tests.patients.factories import make_patient, patient_client

MOVED = text(
    "select args->>'patient_id' from procrastinate_jobs"
    " where task_name = 'medication.patient_moved'"
)
MERGED = text(
    "select args->>'from_team_id', args->>'to_team_id' from procrastinate_jobs"
    " where task_name = 'patients.follow_merged_team'"
)


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession, home: Institution) -> httpx.AsyncClient:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    return await staff_client(app, session, operator.id)


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), FEATURES)


def particulars(team: Team) -> records.Particulars:
    return records.Particulars(
        name="赵秀珍", phone="13800001234", sex=Sex.FEMALE, birth_on=date(1949, 12, 31),
        id_number=None, weight_kg=None, conditions=[Condition.TUBERCULOSIS], team_id=team.id,
    )  # fmt: skip


async def test_a_team_without_a_phone_takes_no_patient(app: FastAPI, session: AsyncSession) -> None:
    silent = await make_team(session, institution=await make_institution(session, phone=None))
    doctor = await make_staff(session, team=silent)
    browser = await staff_client(app, session, doctor.id)
    form = {
        "name": "赵秀珍", "phone": "13800001234", "sex": "female", "birth_on": "19491231",
        "conditions": "tuberculosis", "team_id": str(silent.id),
        "key": "a-key-of-a-form",
    }  # fmt: skip

    page = await browser.get("/staff/patients/new")
    refused = await browser.post("/staff/patients/new", data=form)
    silent.phone = "13700000001"
    await session.flush()
    taken = await browser.post("/staff/patients/new", data=form)

    assert str(silent.id) not in page.text
    assert (refused.status_code, taken.status_code) == (422, 303)
    assert "没有公布电话" in refused.text


async def test_a_patient_stays_where_they_are_though_the_phone_is_gone(
    app: FastAPI, session: AsyncSession, home: Institution
) -> None:
    team = await make_team(session, institution=home)
    doctor = await make_staff(session, team=team)
    patient = await make_patient(session, team=team)
    home.phone = None
    await session.flush()
    browser = await staff_client(app, session, doctor.id)
    form = {
        "name": "改名", "phone": "13800001234", "sex": "female", "birth_on": "19580302",
        "conditions": "tuberculosis", "team_id": str(team.id), "version": "1",
    }  # fmt: skip

    page = await browser.get(f"/staff/patients/{patient.id}/edit")
    answer = await browser.post(f"/staff/patients/{patient.id}/edit", data=form)

    await session.refresh(patient)
    assert str(team.id) in page.text
    assert (answer.status_code, patient.name) == (303, "改名")


async def test_a_team_closes_once_its_patients_and_members_are_gone(
    admin: httpx.AsyncClient, session: AsyncSession, home: Institution
) -> None:
    team, beside = [await make_team(session, institution=home, name=n) for n in "一二"]
    await make_staff(session, team=team)
    patients = [await make_patient(session, team=team) for _ in range(2)]
    await make_patient(session, team=team, closed_at=clock.now())
    await make_patient(session, team=beside)
    address = f"/api/admin/teams/{team.id}"

    full = await admin.post(f"{address}/close")
    for patient in patients:
        patient.team_id = beside.id
    await session.flush()
    await admin.put(f"{address}/members", json={"staff_ids": [], "version": 1})
    closed = await admin.post(f"{address}/close")
    again = await admin.post(f"{address}/close")

    assert (full.status_code, full.json()["type"]) == (409, "team-not-empty")
    assert (full.json()["patients"], full.json()["members"]) == (2, 1)
    assert (closed.status_code, closed.json()["takes_patients"]) == (200, False)
    assert again.json()["closed_at"] == closed.json()["closed_at"]
    codes = select(AuditEvent.detail["code"].astext).where(AuditEvent.subject_id == team.id)
    assert sorted(await session.scalars(codes)) == ["closed", "members_removed"]
    await session.refresh(beside)
    assert beside.closed_at is None


async def test_patients_follow_a_merged_team_in_batches(
    session: AsyncSession, context: JobContext, home: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOVED_AT_ONCE", 2)
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    old, new, beside = [await make_team(session, institution=home, name=n) for n in "旧新邻"]
    moved = [await make_patient(session, team=old) for _ in range(4)]  # exactly full batches
    closed = await make_patient(session, team=old, closed_at=clock.now())
    kept = await make_patient(session, team=beside)

    await merging.merge_teams(session, actor_of(operator.id, Role.OPERATOR), old.id, new.id)
    await session.flush()
    announced = (await session.execute(MERGED)).all()
    await jobs.follow_merged_team(context, from_team_id=str(old.id), to_team_id=str(new.id))
    await jobs.follow_merged_team(context, from_team_id=str(old.id), to_team_id=str(new.id))

    for patient in (*moved, closed, kept):
        await session.refresh(patient)
    assert announced == [(str(old.id), str(new.id))]
    assert {p.team_id for p in (*moved, closed)} == {new.id}
    assert kept.team_id == beside.id
    told = sorted((await session.scalars(MOVED)).all())
    assert told == sorted(str(p.id) for p in (*moved, closed))  # each once


async def test_a_member_reaches_the_patients_before_and_after_the_job(
    app: FastAPI, session: AsyncSession, context: JobContext, home: Institution
) -> None:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    old, new = [await make_team(session, institution=home, name=n) for n in "旧新"]
    of_old, of_new = await make_staff(session, team=old), await make_staff(session, team=new)
    address = f"/staff/patients/{(await make_patient(session, team=old)).id}"

    await merging.merge_teams(session, actor_of(operator.id, Role.OPERATOR), old.id, new.id)
    await session.flush()
    before = [await _status(app, session, member, address) for member in (of_old, of_new)]
    await jobs.follow_merged_team(context, from_team_id=str(old.id), to_team_id=str(new.id))
    after = [await _status(app, session, member, address) for member in (of_old, of_new)]

    assert (before, after) == ([200, 404], [200, 200])


async def _status(app: FastAPI, session: AsyncSession, member: StaffMember, address: str) -> int:
    return (await (await staff_client(app, session, member.id)).get(address)).status_code


async def test_a_team_merged_on_leads_to_the_last(
    session: AsyncSession, context: JobContext, home: Institution
) -> None:
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    actor = actor_of(operator.id, Role.OPERATOR)
    first, second, third = [await make_team(session, institution=home, name=n) for n in "一二三"]
    patient = await make_patient(session, team=first)
    await merging.merge_teams(session, actor, first.id, second.id)
    await merging.merge_teams(session, actor, second.id, third.id)
    await session.flush()

    for one, into in ((second, third), (first, second)):  # in whatever order
        await jobs.follow_merged_team(context, from_team_id=str(one.id), to_team_id=str(into.id))

    await session.refresh(patient)
    assert patient.team_id == third.id


async def test_a_team_that_was_not_merged_keeps_its_patients(
    session: AsyncSession, context: JobContext, home: Institution
) -> None:
    one, two = [await make_team(session, institution=home, name=n) for n in "一二"]
    patient = await make_patient(session, team=one)

    await jobs.follow_merged_team(context, from_team_id=str(one.id), to_team_id=str(two.id))

    await session.refresh(patient)
    assert patient.team_id == one.id


async def outcome(sessions: Sessionmaker, work: object) -> str:
    try:
        async with sessions.begin() as session:
            await work(session)  # type: ignore[operator]
            await asyncio.sleep(0.05)
    except Problem as problem:
        return problem.type
    return "ok"


async def test_a_patient_and_a_closing_do_not_miss_each_other(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
        doctor = await make_staff(session, institution=home, roles=[Role.SUPERVISOR])
        team = await make_team(session, institution=home)

    async def close(session: AsyncSession) -> None:
        row = await session.get_one(Team, team.id)
        await teams.close_team(session, actor_of(operator.id, Role.OPERATOR), row)

    async def join(session: AsyncSession) -> None:
        actor = actor_of(doctor.id, Role.SUPERVISOR)
        await records.create_patient(session, actor, particulars(team))

    results = sorted(await asyncio.gather(*(outcome(committed_database, w) for w in (close, join))))

    async with committed_database() as session:
        inside = await session.scalar(select(func.count()).select_from(Patient))
        closed = (await session.get_one(Team, team.id)).closed_at is not None
    assert results in (["ok", "team-not-empty"], ["ok", "team-takes-nobody"])
    assert (inside, closed) in ((1, False), (0, True))


async def test_a_patient_sees_how_to_call_the_team(app: FastAPI, session: AsyncSession) -> None:
    top = await make_institution(session, on_call_phone="13700000120")
    hours = {str(day): ["08:00-12:00"] for day in range(1, 6)}
    home = await make_institution(
        session, parent=top, address="中山路 8 号", phone="02368005678", opening_hours=hours
    )
    team = await make_team(session, institution=home, phone="13700000005")
    patient = await make_patient(session, team=team)

    me = (await patient_client(app, patient).get("/api/me")).json()

    assert {name: me[name] for name in (
        "team_phone", "institution_phone", "institution_address", "opening_hours", "on_call_phone",
    )} == {
        "team_phone": "13700000005",
        "institution_phone": "02368005678",
        "institution_address": "中山路 8 号",
        "opening_hours": ["周一至周五 08:00–12:00"],
        "on_call_phone": "13700000120",
    }  # fmt: skip


async def test_what_is_not_published_is_empty_and_not_invented(
    app: FastAPI, session: AsyncSession
) -> None:
    home = await make_institution(session, phone=None)
    patient = await make_patient(session, team=await make_team(session, institution=home))
    await join_team(session, await make_staff(session), await make_team(session))

    me = (await patient_client(app, patient).get("/api/me")).json()

    assert me["opening_hours"] == []
    assert [me[n] for n in ("team_phone", "institution_phone", "on_call_phone")] == [None] * 3
