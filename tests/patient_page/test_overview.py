"""The first page of one patient: whose sections, in which order, at what cost, for whom."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.problems import NotFound
from app.features import FEATURES
from app.institutions.models import Team
from app.medication.alert_kinds import MISSES_IN_ROW
from app.medication.models import Evidence, SideEffectReport, Verdict
from app.patient_page.pages import PAGE
from app.patients.audit import READ_RECORD
from app.patients.models import Patient
from app.patients.problems import RecordMerged
from tests.accounts.factories import actor_of
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of

pytestmark = pytest.mark.usefixtures("noon")
PARTS = ("今天的服药", "不良反应", "治疗", "服药率")


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make.make_patient(session, team=team)


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    made = await desk_of(app, session, await make.make_staff(session, team=team))
    yield made
    await made.http.aclose()


class Course(NamedTuple):
    today: date
    home: str


@pytest.fixture
async def course(session: AsyncSession, patient: Patient) -> Course:
    """Ten days of a treatment of sixty; today's dose is the eleventh, an alert is open."""
    today = clock.today_in(patient.zone)
    treatment = await make.make_treatment(
        session, patient=patient, starts_on=today - timedelta(days=10), days=60
    )
    earlier = [
        await make.make_dose(
            session, patient=patient, treatment=treatment, due_on=today - timedelta(days=days_ago)
        )
        for days_ago in range(10, 0, -1)
    ]
    dose = earlier[-1]
    film = await make.make_recording(session, dose=dose)
    await make.make_review(session, recording=film, verdict=Verdict.REJECTED)
    await make.make_dose(session, patient=patient, treatment=treatment, due_on=today)
    await make.make_alert(session, treatment=treatment, kind=MISSES_IN_ROW)
    session.add(
        SideEffectReport(
            patient_id=patient.id,
            dose_id=dose.id,
            symptoms=["nausea"],
            severe=False,
            reported_at=clock.now(),
        )
    )
    await session.flush()
    return Course(today, f"/staff/patients/{patient.id}")


async def test_it_shows_today_the_last_film_and_where_the_treatment_stands(
    desk: Desk, course: Course
) -> None:
    page = (await desk.http.get(course.home)).text

    assert "等待服药" in page or "今天待服" in page
    assert "退回" in page
    assert "第 <b>11</b> / 60 天" in page
    assert "恶心" in page


async def test_sections_stand_in_their_order_and_alerts_before_them(
    desk: Desk, course: Course
) -> None:
    page = (await desk.http.get(course.home)).text

    places = [page.find(f'aria-label="{part}"') for part in ("未处理的提醒", *PARTS)]
    assert -1 not in places
    assert places == sorted(places)


async def test_without_an_open_alert_no_alerts_are_shown(desk: Desk, patient: Patient) -> None:
    page = (await desk.http.get(f"/staff/patients/{patient.id}")).text

    assert "未处理的提醒" not in page
    assert "还没有治疗方案" in page
    assert "还没有收到过视频" in page


async def test_the_head_and_every_section_are_read_in_one_statement(
    desk: Desk, connection: AsyncConnection, course: Course
) -> None:
    with counted(connection) as statements:
        answer = await desk.http.get(course.home)

    sections = answer.text.count('<section class="card')
    assert sections == 2 + len(PARTS)  # the alerts and the contacts
    # Who asks and is named; the record and its page, with the look that it notes.
    assert len(statements) == 2


async def test_it_is_the_first_tab_and_the_title_has_the_name(desk: Desk, patient: Patient) -> None:
    page = (await desk.http.get(f"/staff/patients/{patient.id}")).text

    assert f"<title>{patient.name} · 患者概况 · 微步之约</title>" in page
    tabs = page.split('aria-label="患者页面"')[1].split("</nav>")[0]
    assert [word for word in ("概况", "服药", "视频与审核", "服药记录") if word in tabs] == [
        "概况",
        "服药",
        "视频与审核",
        "服药记录",
    ]
    assert tabs.index("概况") < tabs.index("服药")
    assert tabs.split('aria-current="page"')[1].startswith(">概况")


async def looks(session: AsyncSession) -> list[UUID | None]:
    noted = select(AuditEvent.patient_id).where(AuditEvent.action == READ_RECORD.code)
    return list(await session.scalars(noted))


async def test_each_opening_is_noted(desk: Desk, session: AsyncSession, patient: Patient) -> None:
    for _ in range(2):
        await desk.http.get(f"/staff/patients/{patient.id}")

    assert await looks(session) == [patient.id] * 2


async def test_a_stranger_finds_nobody(app: FastAPI, session: AsyncSession, course: Course) -> None:
    other = await make.make_staff(session, team=await make.make_team(session))
    stranger = await desk_of(app, session, other)

    answer = await stranger.http.get(course.home)
    await stranger.http.aclose()

    assert answer.status_code == 404


async def test_a_merged_record_leads_to_the_other(
    desk: Desk, session: AsyncSession, team: Team, patient: Patient
) -> None:
    kept = await make.make_patient(session, team=team)
    patient.merged_into_id, patient.closed_at = kept.id, clock.now()
    await session.flush()

    answer = await desk.http.get(f"/staff/patients/{patient.id}")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/patients/{kept.id}")


async def test_what_is_refused_is_not_noted_as_read(
    session: AsyncSession, team: Team, patient: Patient
) -> None:
    # Asked of the page itself: the request of a test would roll the look back with its savepoint.
    own, other = [
        await make.make_staff(session, team=t) for t in (team, await make.make_team(session))
    ]
    old = await make.make_patient(session, team=team)
    old.merged_into_id = patient.id
    await session.flush()

    with pytest.raises(NotFound):
        await PAGE.open(session, actor_of(other.id), patient.id, FEATURES, clock.now())
    with pytest.raises(RecordMerged):
        await PAGE.open(session, actor_of(own.id), old.id, FEATURES, clock.now())

    assert await looks(session) == []


async def test_a_supervisor_opens_a_record_of_the_subtree(
    app: FastAPI, session: AsyncSession, team: Team, course: Course
) -> None:
    roles = (Role.DOCTOR, Role.SUPERVISOR)
    staff = await make.make_staff(session, institution_id=team.institution_id, roles=roles)
    supervisor = await desk_of(app, session, staff)

    answer = await supervisor.http.get(course.home)
    await supervisor.http.aclose()

    assert answer.status_code == 200


async def test_an_operator_sees_no_record(
    app: FastAPI, session: AsyncSession, course: Course
) -> None:
    staff = await make.make_staff(session, roles=(Role.OPERATOR,))
    operator = await desk_of(app, session, staff)

    answer = await operator.http.get(course.home)
    await operator.http.aclose()

    assert answer.status_code == 403


async def test_what_staff_saw_counts_today(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    await make.make_dose(session, patient=patient, evidence=Evidence.IN_PERSON)

    page = (await desk.http.get(f"/staff/patients/{patient.id}")).text

    today = page.split('aria-label="今天的服药"')[1].split("</section>")[0]
    assert "当面" in today
