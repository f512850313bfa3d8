"""Who is late: each team's films that wait, who read one last, and whom to call."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.institutions.models import Institution, StaffMember, Team
from app.medication.audit import LIST_LATE
from app.medication.models import Recording
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
PAGE = "/staff/medication/waiting"
HOUR = timedelta(hours=1)


@pytest.fixture
async def district(session: AsyncSession) -> Institution:
    return await make.make_institution(session, name="青山县人民医院", phone="02311112222")


@pytest.fixture
async def supervisor(
    app: FastAPI, session: AsyncSession, district: Institution
) -> AsyncIterator[httpx.AsyncClient]:
    staff = await make.make_staff(session, institution=district, roles=(Role.SUPERVISOR,))
    async with await staff_client(app, session, staff.id) as client:
        yield client


async def team_of(session: AsyncSession, above: Institution, name: str, **columns: object) -> Team:
    clinic = await make.make_institution(session, parent=above, name=f"{name}卫生室", phone=None)
    return await make.make_team(session, institution=clinic, name=name, **columns)


async def film(session: AsyncSession, team: Team, due_in: int, name: str = "王秀英") -> Recording:
    """Let a film wait that is due in so many hours; it arrived a day before."""
    patient = await make.make_patient(session, team=team, name=name)
    dose = await make.make_dose(session, patient=patient)
    due_by = clock.now() + due_in * HOUR
    return await make.make_recording(
        session, dose=dose, due_by=due_by, uploaded_at=due_by - 24 * HOUR
    )


async def read_by(session: AsyncSession, team: Team, reader: StaffMember, hours_ago: int) -> None:
    recording = await film(session, team, 1)
    await make.make_review(session, recording=recording, reviewer=reader)
    recording.pending_reading = None
    recording.first_reviewed_at = clock.now() - hours_ago * HOUR
    recording.first_reviewer_id = reader.id
    await session.flush()


def rows_of(page: str) -> list[list[str]]:
    """Read the table of teams, cell by cell."""
    table = page.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]*>", " ", cell).split())
            for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in rows
    ]


async def test_the_most_overdue_team_first_with_its_reader_and_phone(
    supervisor: httpx.AsyncClient, session: AsyncSession, district: Institution
) -> None:
    slow = await team_of(session, district, "慢团队", phone="13900000001")
    quick = await team_of(session, district, "快团队")
    for due_in in (-5, -30, 3):
        await film(session, slow, due_in)
    await film(session, quick, 6)
    reader, before = [
        await make.make_staff(session, team=slow, name=n) for n in ("赵医生", "钱医生")
    ]
    await read_by(session, slow, before, 50)
    await read_by(session, slow, reader, 2)
    await film(session, await make.make_team(session), -90)

    page = (await supervisor.get(PAGE)).text

    first, second = rows_of(page)
    assert first[:4] == ["慢团队", "慢团队卫生室", "3", "2"]
    assert first[4] == "9月8日 06:00"
    assert first[5] == "赵医生 9月10日 10:00"
    assert "13900000001" in first[6]
    assert second[:4] == ["快团队", "快团队卫生室", "1", "0"]
    assert second[5:] == ["还没有审过", "没有登记"]


async def test_the_films_of_a_team_the_longest_due_first(
    supervisor: httpx.AsyncClient, session: AsyncSession, district: Institution
) -> None:
    slow = await team_of(session, district, "慢团队")
    other = await team_of(session, district, "邻团队")
    later = await film(session, slow, -1, "贝后到")
    sooner = await film(session, slow, -9, "贝先到")
    await film(session, other, -20, "贝邻居")

    page = (await supervisor.get(f"{PAGE}?team_id={slow.id}")).text

    films = page.split('id="films"')[1]
    assert re.findall(r'class="row-link" href="[^"]*">([^<]*)</a>', films) == ["贝先到", "贝后到"]
    assert films.index(f"/staff/doses/{sooner.dose_id}") < films.index(
        f"/staff/doses/{later.dose_id}"
    )
    assert "超时" in films
    shown = await session.scalars(
        select(AuditEvent.patient_id).where(AuditEvent.action == LIST_LATE.code)
    )
    assert set(shown) == {sooner.patient_id, later.patient_id}


async def test_of_a_team_elsewhere_nothing_is_shown(
    supervisor: httpx.AsyncClient, session: AsyncSession
) -> None:
    elsewhere = await make.make_team(session, name="别处团队")
    await film(session, elsewhere, -9, "贝别处")

    page = await supervisor.get(f"{PAGE}?team_id={elsewhere.id}")

    assert page.status_code == 200
    assert "别处团队" not in page.text
    assert "贝别处" not in page.text
    assert "没有等着审核的视频" in page.text


async def test_what_is_not_to_be_read_does_not_wait(
    supervisor: httpx.AsyncClient, session: AsyncSession, district: Institution
) -> None:
    team = await team_of(session, district, "团队")
    deleted = await film(session, team, -5)
    deleted.film_deleted_at = clock.now()
    await film(session, team, -5)
    await session.flush()

    page = (await supervisor.get(PAGE)).text

    assert [row[2:4] for row in rows_of(page)] == [["1", "1"]]


async def test_few_statements_whatever_waits(
    supervisor: httpx.AsyncClient,
    session: AsyncSession,
    connection: AsyncConnection,
    district: Institution,
) -> None:
    teams = [await team_of(session, district, f"团队{n}") for n in range(4)]
    for team in teams:
        await film(session, team, -2)

    with counted(connection) as statements:
        await supervisor.get(f"{PAGE}?team_id={teams[0].id}")

    assert len(statements) <= 6, statements
