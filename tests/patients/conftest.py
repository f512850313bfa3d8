"""A team, its doctor, and the doctor's browser."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.institutions.models import StaffMember, Team
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_staff, make_team


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make_team(session)


@pytest.fixture
async def doctor(session: AsyncSession, team: Team) -> StaffMember:
    return await make_staff(session, team=team)


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, doctor: StaffMember) -> httpx.AsyncClient:
    return await staff_client(app, session, doctor.id)
