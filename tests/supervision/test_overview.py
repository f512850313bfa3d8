"""The supervisor's page: its frame, its sections and what they cost, whom it lets in."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import Role
from app.institutions.models import Institution
from app.supervision.sections import SECTIONS
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.institutions.factories import make_institution, make_staff

HOME = "/staff/supervision"
PAGES = (HOME, "/staff/medication/slipping", "/staff/medication/branches")
FRAME = 2  # who asks and is named, which institution with the way down to it
STATEMENTS_OF_MEDICATION = 3
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def city(session: AsyncSession) -> Institution:
    return await make_institution(session, name="市卫生健康委")


@pytest.fixture
async def district(session: AsyncSession, city: Institution) -> Institution:
    return await make_institution(session, parent=city, name="青山县人民医院")


@pytest.fixture
async def clinic(session: AsyncSession, district: Institution) -> Institution:
    return await make_institution(session, parent=district, name="上坪村卫生室")


async def _supervisor(app: FastAPI, session: AsyncSession, home: Institution) -> httpx.AsyncClient:
    staff = await make_staff(session, institution=home, roles=(Role.SUPERVISOR,))
    return await staff_client(app, session, staff.id)


@pytest.fixture
async def supervisor(
    app: FastAPI, session: AsyncSession, district: Institution
) -> AsyncIterator[httpx.AsyncClient]:
    async with await _supervisor(app, session, district) as client:
        yield client


async def test_statements_are_those_of_the_frame_and_of_each_section(
    supervisor: httpx.AsyncClient, connection: AsyncConnection, clinic: Institution
) -> None:
    for address in (HOME, f"{HOME}?institution_id={clinic.id}"):
        with counted(connection) as statements:
            answer = await supervisor.get(address)

        assert answer.status_code == 200
        assert len(statements) == FRAME + STATEMENTS_OF_MEDICATION * len(SECTIONS)


async def test_the_way_down_begins_at_the_own_institution(
    supervisor: httpx.AsyncClient, city: Institution, district: Institution, clinic: Institution
) -> None:
    page = (await supervisor.get(f"{HOME}?institution_id={clinic.id}&days=7")).text

    way = page.split('aria-label="机构层级"')[1].split("</nav>")[0]
    assert f"institution_id={district.id}&amp;days=7" in way
    assert district.name in way
    assert city.name not in page


async def test_tabs_keep_the_institution_and_the_period(
    supervisor: httpx.AsyncClient, clinic: Institution
) -> None:
    query = f"?institution_id={clinic.id}&amp;days=90"
    for address in PAGES:
        page = (await supervisor.get(f"{address}?institution_id={clinic.id}&days=90")).text

        tabs = page.split('aria-label="督导页面"')[1].split("</nav>")[0]
        for href in PAGES:
            assert f'href="{href}{query}"' in tabs
        assert tabs.count('aria-current="page"') == 1


async def test_nobody_looks_above_or_beside_their_subtree(
    app: FastAPI, session: AsyncSession, city: Institution, district: Institution
) -> None:
    beside = await make_institution(session, parent=city, name="白水县人民医院")

    async with await _supervisor(app, session, district) as client:
        for other in (city, beside):
            for address in PAGES:
                answer = await client.get(f"{address}?institution_id={other.id}")
                assert answer.status_code == 404
                assert other.name not in answer.text


async def test_a_doctor_without_the_role_is_refused(
    app: FastAPI, session: AsyncSession, district: Institution
) -> None:
    staff = await make_staff(session, institution=district, roles=(Role.DOCTOR,))
    async with await staff_client(app, session, staff.id) as doctor:
        assert (await doctor.get(HOME)).status_code == 403
