"""Whom the desk names in each line: the first to call, on the telephone that answers."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent
from app.core import clock
from app.desk.audit import LIST_ON_DESK
from app.institutions.models import Team
from app.medication import flags
from app.medication.models import Dose, SideEffectReport
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of
from tests.patients.factories import make_guardian

pytestmark = pytest.mark.usefixtures("noon")
MISSING, FELT, ENDING = "连续漏服", "两天内说不舒服的患者", "七天内结束的疗程"
UNBOUND = "建档两天还没绑定手机的患者"


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    made = await desk_of(app, session, await make.make_staff(session, team=team))
    yield made
    await made.http.aclose()


async def felt(
    session: AsyncSession, patient: Patient, hours: float, *symptoms: str, severe: bool = False
) -> SideEffectReport:
    """Let the patient answer so many hours ago."""
    on = clock.today_in(patient.zone) - timedelta(days=int(hours * 10))
    dose: Dose = await make.make_dose(session, patient=patient, due_on=on)
    answer = SideEffectReport(
        patient_id=patient.id,
        dose_id=dose.id,
        symptoms=[*symptoms],
        severe=severe,
        note=None,
        reported_at=clock.now() - timedelta(hours=hours),
    )
    session.add(answer)
    await session.flush()
    return answer


async def missed(session: AsyncSession, patient: Patient, days: int) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    await make.make_doses(session, patient=patient, treatment=treatment, days=days)
    await flags.refresh(session, [patient.id])


async def line_of(desk: Desk, word: str) -> str:
    page = (await desk.http.get("/staff")).text
    [line] = [row for row in page.split("<tr>") if f">{word}</a>" in row]
    return line


async def test_who_misses_most_is_named_with_the_phone_and_the_act(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    for name, days, phone in (("贝四次", 4, "13800000004"), ("贝两次", 2, "13800000002")):
        patient = await make.make_patient(session, team=team, name=name, phone=phone)
        await missed(session, patient, days)
    most = await session.scalar(select(Patient).order_by(Patient.id).limit(1))
    assert most is not None

    line = await line_of(desk, MISSING)

    assert "贝四次" in line
    assert 'data-copy="13800000004"' in line
    assert "贝两次" not in line
    assert f'href="/staff/patients/{most.id}/contacts"' in line
    shown = await session.scalars(
        select(AuditEvent.patient_id).where(AuditEvent.action == LIST_ON_DESK.code)
    )
    assert list(shown) == [most.id]


async def test_of_a_child_the_guardians_telephone_is_named(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    born = clock.today_in("Asia/Shanghai") - timedelta(days=8 * 365)
    child = await make.make_patient(session, team=team, birth_on=born, phone="13800000001")
    await make_guardian(session, patient=child, phone="13900000009", name="王芳")
    await missed(session, child, 2)

    line = await line_of(desk, MISSING)

    assert 'data-copy="13900000009"' in line
    assert "王芳" in line


async def test_each_other_line_names_its_first(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    old = clock.now() - timedelta(days=9)
    await make.make_patient(
        session, team=team, name="贝后建", bound=False, created_at=old + timedelta(days=1)
    )
    unbound = await make.make_patient(
        session, team=team, name="贝先建", bound=False, created_at=old
    )
    later, sooner = [await make.make_patient(session, team=team, name=n) for n in ("贝晚", "贝早")]
    await make.make_treatment(session, patient=later, days=6)
    course = await make.make_treatment(session, patient=sooner, days=3)

    first, ending = await line_of(desk, UNBOUND), await line_of(desk, ENDING)

    assert "贝先建" in first
    assert f'href="/staff/patients/{unbound.id}/binding"' in first
    assert "贝早" in ending
    assert f'href="/staff/treatments/{course.id}"' in ending


async def test_who_felt_something_of_late_is_listed_once_the_newest_first(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    names = ("贝昨天", "贝刚才", "贝很久", "贝严重", "贝没有", "贝走了")
    yesterday, now, long_ago, severe, nothing, left = [
        await make.make_patient(session, team=team, name=name) for name in names
    ]
    await felt(session, yesterday, 20, "nausea")
    await felt(session, yesterday, 30, "itch_or_rash")
    await felt(session, now, 1, "dizziness")
    await felt(session, long_ago, 48, "nausea")
    await felt(session, severe, 2, "yellow_skin", severe=True)
    await felt(session, nothing, 2)
    await felt(session, left, 2, "nausea")
    left.closed_at = clock.now()
    await session.flush()

    line = await line_of(desk, FELT)
    page = (await desk.http.get("/staff/medication/felt")).text

    assert "<b>2</b>" in line
    assert "贝刚才" in line
    listed = re.findall(r'class="row-link" href="[^"]*">([^<]*)</a>', page)
    assert listed == ["贝刚才", "贝昨天"]
    assert "恶心" in page
    assert "皮疹" not in page


async def test_who_felt_it_just_within_two_days_is_listed_and_no_neighbours(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    mine = await make.make_patient(session, team=team, name="贝两天")
    other = await make.make_patient(session, name="贝别队")
    for patient in (mine, other):
        await felt(session, patient, 47.9, "nausea")

    page = (await desk.http.get("/staff/medication/felt")).text

    assert "贝两天" in page
    assert "贝别队" not in page
    assert "<b>1</b>" in await line_of(desk, FELT)
