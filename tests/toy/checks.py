"""Run within the copied house: whatever the toy declares is alive, through the public surface."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from app.toy import jobs
from app.toy.models import ToyCup
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.core.db import Sessionmaker
from app.core.ids import uuid7
from app.core.job_context import JobContext
from app.core.refs import Ref, RefUnknown, describe
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.models import Institution, Team
from app.patients import jobs as patient_jobs
from app.patients.models import Condition, Patient
from app.patients.service import records
from tests.accounts.factories import actor_of, staff_client
from tests.institutions.factories import make_staff, make_team
from tests.patients.factories import make_patient, patient_client

CUPS = "/api/toy/cups"
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make_team(session)


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make_patient(session, team=team)


@pytest.fixture
def phone(app: FastAPI, patient: Patient) -> httpx.AsyncClient:
    return patient_client(app, patient)


@pytest.fixture
async def doctor(
    app: FastAPI, session: AsyncSession, team: Team
) -> AsyncIterator[httpx.AsyncClient]:
    client = await staff_client(app, session, (await make_staff(session, team=team)).id)
    yield client
    await client.aclose()


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), FEATURES)


async def drink(phone: httpx.AsyncClient, cups: int, key: str) -> httpx.Response:
    return await phone.post(CUPS, json={"cups": cups}, headers={"idempotency-key": key})


async def test_api_card_and_revision(
    session: AsyncSession, app: FastAPI, phone: httpx.AsyncClient
) -> None:
    neighbour = patient_client(app, await make_patient(session))
    first = [await drink(phone, 1, "first-key"), await drink(phone, 1, "first-key")]
    await drink(phone, 2, "second-key")

    (card,) = [
        i for i in (await phone.get("/api/today")).json()["items"] if i["kind"] == "toy_cups"
    ]
    listed = (await phone.get(CUPS)).json()

    assert [answer.status_code for answer in first] == [201, 201]
    assert (card["cups"], card["rank"], card["revision"]) == (3, "done", 1)
    assert [row["cups"] for row in listed["items"]] == [3]
    assert (await neighbour.get(CUPS)).json()["items"] == []


async def test_page_tab_section_flag_desk_line_and_badge(
    doctor: httpx.AsyncClient, phone: httpx.AsyncClient, patient: Patient
) -> None:
    await drink(phone, 1, "only-one-cup")

    page = (await doctor.get(f"/staff/patients/{patient.id}/toy")).text
    overview = (await doctor.get(f"/staff/patients/{patient.id}")).text
    views = (await phone.get("/api/me/views")).json()["items"]

    assert "喝了 1 杯" in page
    assert "只喝了 1 杯" in page  # the flag, in the head
    assert f'href="/staff/patients/{patient.id}/toy"' in overview  # tab and button
    assert "<h2>喝水</h2>" in overview
    assert "喝水少的患者" in (await doctor.get("/staff")).text
    assert 'id="badge-toy"' in (await doctor.get("/staff/badges")).text
    assert "查看喝水记录" in [view["what"] for view in views]


async def test_alert_and_notice_of_a_job(
    doctor: httpx.AsyncClient, phone: httpx.AsyncClient, context: JobContext
) -> None:
    await drink(phone, 1, "only-one-cup")

    with clock.frozen(clock.now() + timedelta(days=1)):
        await jobs.look(context)
        await jobs.look(context)

    assert (await doctor.get("/staff/alerts")).text.count("没有喝水") == 1
    assert [n["title"] for n in (await phone.get("/api/notices")).json()["items"]] == ["该喝水了"]


async def test_references_are_of_this_patient_only(
    session: AsyncSession, phone: httpx.AsyncClient, patient: Patient
) -> None:
    await drink(phone, 2, "two-cups-of-tea")
    cups_id = (await phone.get(CUPS)).json()["items"][0]["id"]
    ref = Ref("toy", "cups", type(patient.id)(cups_id))

    known = await describe(FEATURES.describers, session, patient.id, [ref])

    assert known[ref].state == "2 杯"
    with pytest.raises(RefUnknown):
        await describe(FEATURES.describers, session, uuid7(), [ref])


async def test_export_and_close(
    session: AsyncSession, app: FastAPI, phone: httpx.AsyncClient
) -> None:
    neighbour = patient_client(app, await make_patient(session))
    await drink(phone, 2, "two-cups-of-tea")
    await drink(neighbour, 2, "two-cups-of-tea")

    taken = (await phone.get("/api/me/export")).json()["parts"]["toy"]["cups"]
    closed = await phone.post("/api/me/close", json={"confirm": True})

    assert [row["cups"] for row in taken] == [2]
    assert closed.status_code == 204
    assert len((await session.execute(text("select id from toy_cup"))).all()) == 1


async def test_a_move_reaches_the_listener(
    session: AsyncSession,
    team: Team,
    phone: httpx.AsyncClient,
    patient: Patient,
    context: JobContext,
) -> None:
    await drink(phone, 2, "two-cups-of-tea")
    home = await session.get_one(Institution, team.institution_id)
    other = await make_team(session, institution=home)
    staff = await make_staff(session, institution=home, roles=(Role.SUPERVISOR,))
    moved = records.Particulars(
        name=patient.name, phone=patient.phone, sex=patient.sex, birth_on=patient.birth_on,
        id_number=None, weight_kg=None, conditions=[Condition.TUBERCULOSIS], team_id=other.id,
    )  # fmt: skip

    await records.change_patient(
        session, FEATURES, actor_of(staff.id, Role.SUPERVISOR), patient, moved
    )
    queued = await session.execute(
        text("select args from procrastinate_jobs where task_name = 'toy.patient_moved'")
    )
    await jobs.patient_moved(context, **queued.scalar_one())

    assert (await phone.get(CUPS)).json()["items"] == []


async def test_the_nightly_comparison_repairs_a_flag(
    session: AsyncSession, doctor: httpx.AsyncClient, phone: httpx.AsyncClient, patient: Patient,
    context: JobContext,
) -> None:  # fmt: skip
    await drink(phone, 1, "only-one-cup")
    row = (await session.execute(ToyCup.__table__.select())).one()
    await session.execute(ToyCup.__table__.update().values(cups=5))
    before = (await doctor.get(f"/staff/patients/{patient.id}")).text

    await patient_jobs.compare_flags(context)

    assert row.cups == 1
    assert "只喝了 1 杯" in before
    assert "只喝了" not in (await doctor.get(f"/staff/patients/{patient.id}")).text


def test_it_is_one_of_the_features() -> None:
    (toy,) = [feature for feature in FEATURES.all if feature.name == "toy"]

    assert replace(toy, name="other").merges is toy.merges
    assert "toy.look" in FEATURES.jobs
