"""The desk: what waits, most severe first, counted to a hundred, and never another team's."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.desk.lines import LINES
from app.institutions.models import Team
from app.medication import flags
from app.medication.models import Dose, Evidence, Expectation, Verdict
from app.patients.models import Patient
from app.patients.search import search_keys_of
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of

pytestmark = pytest.mark.usefixtures("noon")
HOME = "/staff"
FRAME = 1  # who asks and is named
STATEMENTS = {"alerts": 1, "medication": 4, "patients": 1}
NAMED = 2  # the telephones of those whom the lines name, and that they were shown
EMPTY = "现在没有要处理的事"
OF_OPERATORS, FAILED = ("/docs", "/staff/asked-changes"), "/staff/failed-jobs"
MISSING, OVERDUE, WAITING = "连续漏服", "超时没审的视频", "等待审核的视频"
ENDING, UNBOUND = "七天内结束的疗程", "建档两天还没绑定手机的患者"


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    made = await desk_of(app, session, await make.make_staff(session, team=team))
    yield made
    await made.http.aclose()


async def lines(desk: Desk) -> dict[str, str]:
    """Read the page: the count of each line, in its order."""
    page = (await desk.http.get(HOME)).text
    found = re.findall(
        r'class="row-link" href="[^"]*">([^<]*)</a>.*?<b>([^<]*)</b>', page, re.DOTALL
    )
    return dict(found)


async def missed_days(session: AsyncSession, patient: Patient, *kept: bool) -> tuple[Dose, ...]:
    """Lay out one dose a day, oldest first, the last of them yesterday; True was seen."""
    treatment = await make.make_treatment(session, patient=patient)
    doses = await make.make_doses(session, patient=patient, treatment=treatment, days=len(kept))
    for dose, was_kept in zip(doses, kept, strict=True):
        if was_kept:
            dose.evidence, dose.verdict = Evidence.VIDEO, Verdict.OBSERVED
    await session.flush()
    await flags.refresh(session, [patient.id])
    return tuple(doses)


async def test_where_nothing_waits_it_says_so_and_what_would_appear(desk: Desk) -> None:
    page = await desk.http.get(HOME)

    assert page.status_code == 200
    assert EMPTY in page.text
    assert "连续漏服" in page.text
    assert await lines(desk) == {}


async def test_most_severe_first_and_each_line_is_a_link_to_its_rows(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    patient = await make.make_patient(session, team=team)
    await missed_days(session, patient, False, False)
    await make.make_treatment(session, patient=patient, days=5)
    dose = await make.make_dose(session, patient=patient)
    await make.make_recording(session, dose=dose, due_by=clock.now() - timedelta(hours=1))
    old = clock.now() - timedelta(days=3)
    await make.make_patient(session, team=team, bound=False, created_at=old)

    page = (await desk.http.get(HOME)).text

    assert await lines(desk) == {
        MISSING: "1",
        OVERDUE: "1",
        UNBOUND: "1",
        WAITING: "1",
        ENDING: "1",
    }
    assert list(await lines(desk))[:2] == [MISSING, OVERDUE]
    for href in re.findall(r'class="(?:row-link|button small)" href="([^"]*)"', page):
        assert (await desk.http.get(href)).status_code == 200


async def test_statements_are_those_of_each_feature(
    desk: Desk, connection: AsyncConnection, session: AsyncSession, team: Team
) -> None:
    await missed_days(session, await make.make_patient(session, team=team), False, False)

    with counted(connection) as statements:
        answer = await desk.http.get(HOME)

    assert answer.status_code == 200
    assert len(LINES) == len(STATEMENTS)
    assert len(statements) == FRAME + sum(STATEMENTS.values()) + NAMED


async def test_another_teams_lines_are_not_counted(desk: Desk, session: AsyncSession) -> None:
    other = await make.make_team(session)
    patient = await make.make_patient(
        session, team=other, bound=False, created_at=clock.now() - timedelta(days=3)
    )
    await missed_days(session, patient, False, False)
    await make.make_treatment(session, patient=patient, days=5)
    dose = await make.make_dose(session, patient=patient)
    await make.make_recording(session, dose=dose, due_by=clock.now() - timedelta(hours=1))

    assert await lines(desk) == {}
    for address in (HOME, *(f"/staff/medication/{one}" for one in ("missing", "ending", "felt"))):
        assert patient.name not in (await desk.http.get(address)).text


async def test_a_supervisor_sees_the_lines_of_the_subtree(
    app: FastAPI, session: AsyncSession
) -> None:
    home = await make.make_institution(session)
    below = await make.make_institution(session, parent=home)
    team = await make.make_team(session, institution=below)
    await missed_days(session, await make.make_patient(session, team=team), False, False)
    staff = await make.make_staff(session, institution=home, roles=(Role.SUPERVISOR,))
    supervisor = await desk_of(app, session, staff)

    assert await lines(supervisor) == {MISSING: "1"}
    await supervisor.http.aclose()


@pytest.mark.parametrize("topmost", [True, False])
async def test_an_operator_sees_what_there_is_to_do(
    app: FastAPI, session: AsyncSession, *, topmost: bool
) -> None:
    above = None if topmost else await make.make_institution(session)
    home = await make.make_institution(session, parent=above, name="竹溪镇卫生院")
    staff = await make.make_staff(session, institution=home, roles=(Role.OPERATOR,))
    operator = await desk_of(app, session, staff)

    answer = await operator.http.get(HOME)
    links = [href for href in (*OF_OPERATORS, FAILED) if f'href="{href}"' in answer.text]
    answers = [await operator.http.get(href) for href in links]
    await operator.http.aclose()

    assert "您是竹溪镇卫生院的管理员" in answer.text
    assert links == [*OF_OPERATORS, FAILED][: 3 if topmost else 2]
    assert [one.status_code for one in answers] == [200] * len(links)


@pytest.mark.parametrize(
    ("kept", "in_row"),
    [
        ((False,), 0),
        ((True, False), 0),
        ((True, False, False), 2),
        ((False, False, True), 0),
        ((False, True, False, False, False), 3),
    ],
)
async def test_two_in_a_row_up_to_now_are_missing(
    desk: Desk, session: AsyncSession, team: Team, kept: tuple[bool, ...], in_row: int
) -> None:
    patient = await make.make_patient(session, team=team)
    await missed_days(session, patient, *kept)

    page = (await desk.http.get("/staff/medication/missing")).text

    assert (await lines(desk)).get(MISSING) == ("1" if in_row else None)
    assert (patient.name in page) == bool(in_row)
    assert (f"</svg>{in_row} 次" in page) == bool(in_row)


async def test_a_held_day_between_two_misses_does_not_break_the_row(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    patient = await make.make_patient(session, team=team)
    _, held, _ = await missed_days(session, patient, False, False, False)
    held.expectation = Expectation.HELD
    await session.flush()
    await flags.refresh(session, [patient.id])

    assert await lines(desk) == {MISSING: "1"}


async def test_each_treatment_that_is_missed_is_a_row(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    patient = await make.make_patient(session, team=team)
    await missed_days(session, patient, False, False)
    await missed_days(session, patient, *(False,) * 4)
    await missed_days(session, patient, False, True)

    page = (await desk.http.get("/staff/medication/missing")).text

    assert await lines(desk) == {MISSING: "2"}
    assert page.index("</svg>4 次") < page.index("</svg>2 次")


@pytest.mark.parametrize(("last_in", "shown"), [(-1, False), (0, True), (7, True), (8, False)])
async def test_courses_end_soon_from_today_until_the_seventh_day(
    desk: Desk, session: AsyncSession, team: Team, last_in: int, shown: bool
) -> None:
    patient = await make.make_patient(session, team=team)
    today: date = clock.today_in(patient.zone)
    await make.make_treatment(
        session, patient=patient, starts_on=today - timedelta(days=20), days=21 + last_in
    )

    assert (ENDING in await lines(desk)) == shown
    page = (await desk.http.get("/staff/medication/ending")).text
    assert (patient.name in page) == shown


@pytest.mark.parametrize(
    ("age", "shown"),
    [(timedelta(days=2), True), (timedelta(days=2) - timedelta(minutes=1), False)],
)
async def test_a_phone_is_missed_after_two_days(
    desk: Desk, session: AsyncSession, team: Team, age: timedelta, shown: bool
) -> None:
    at = clock.now()
    old = at - timedelta(days=9)
    late = await make.make_patient(
        session, team=team, bound=False, name="贝晚晴", created_at=at - age
    )
    await make.make_patient(session, team=team, name="贝早绑", created_at=old)
    await make.make_patient(
        session, team=team, bound=False, name="贝已注销", created_at=old, closed_at=at
    )

    listed = (await desk.http.get("/staff/patients?show=unbound")).text

    assert (await lines(desk)).get(UNBOUND) == ("1" if shown else None)
    assert (late.name in listed) == shown
    assert "贝早绑" not in listed
    assert "贝已注销" not in listed


async def test_the_search_stays_within_what_is_shown(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    old = clock.now() - timedelta(days=3)
    for name, bound in (("贝晚晴", False), ("贝早绑", True)):
        keys = search_keys_of(name, "13800001234", None)
        await make.make_patient(
            session, team=team, bound=bound, name=name, search_keys=keys, created_at=old
        )

    only = await desk.http.post("/staff/patients/search", data={"q": "贝", "show": "unbound"})
    every = await desk.http.post("/staff/patients/search", data={"q": "贝"})

    assert ("贝晚晴" in only.text, "贝早绑" in only.text) == (True, False)
    assert ("贝晚晴" in every.text, "贝早绑" in every.text) == (True, True)


@pytest.mark.parametrize(("films", "said"), [(99, "99"), (100, "99+"), (101, "99+")])
async def test_counts_stop_at_a_hundred(
    desk: Desk, session: AsyncSession, team: Team, films: int, said: str
) -> None:
    patient = await make.make_patient(session, team=team)
    treatment = await make.make_treatment(session, patient=patient, days=200)
    first = clock.today_in(patient.zone)
    for number in range(films):
        dose = await make.make_dose(
            session, patient=patient, treatment=treatment, due_on=first + timedelta(days=number)
        )
        await make.make_recording(session, dose=dose)

    assert (await lines(desk))[WAITING] == said


async def test_it_is_the_first_tab_and_refreshes_itself(desk: Desk) -> None:
    page = (await desk.http.get(HOME)).text
    part = await desk.http.get(HOME, headers={"HX-Request": "true"})

    menu = page.split('aria-label="主菜单"')[1].split("</nav>")[0]
    assert menu.split('class="tab"')[1].split(">")[1].startswith("工作台")
    assert 'data-refresh-on="alerts.changed"' in page
    assert 'hx-trigger="refresh, every 120s"' in page
    assert "<html" not in part.text
    assert EMPTY in part.text
