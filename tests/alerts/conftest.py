"""One team with a patient and two doctors, supervisors above; the clock held at noon."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.models import Institution, StaffMember, Team
from app.patients.models import Patient
from tests.accounts.factories import actor_of, staff_client
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.patients.factories import make_patient


@dataclass
class Place:
    """A team of a township, below a district; each with its people."""

    district: Institution
    township: Institution
    team: Team
    doctor: StaffMember
    colleague: StaffMember
    supervisor: StaffMember
    district_supervisor: StaffMember
    patient: Patient

    @property
    def actor(self) -> StaffActor:
        return actor_of(self.doctor.id)

    @property
    def second(self) -> StaffActor:
        return actor_of(self.colleague.id)

    @property
    def supervising(self) -> StaffActor:
        return actor_of(self.supervisor.id, Role.SUPERVISOR)


async def make_place(session: AsyncSession) -> Place:
    district = await make_institution(session)
    township = await make_institution(session, parent=district)
    team = await make_team(session, institution=township)
    supervising = (Role.SUPERVISOR,)
    return Place(
        district,
        township,
        team,
        await make_staff(session, team=team, name="王医生"),
        await make_staff(session, team=team, name="赵医生"),
        await make_staff(session, institution=township, roles=supervising, name="周督导"),
        await make_staff(session, institution=district, roles=supervising, name="区督导"),
        await make_patient(session, team=team),
    )


@pytest.fixture
async def place(session: AsyncSession) -> Place:
    return await make_place(session)


@pytest.fixture
async def doctor(
    app: FastAPI, session: AsyncSession, place: Place
) -> AsyncIterator[httpx.AsyncClient]:
    async with await staff_client(app, session, place.doctor.id) as client:
        yield client


@pytest.fixture
async def stranger(app: FastAPI, session: AsyncSession) -> AsyncIterator[httpx.AsyncClient]:
    staff = await make_staff(session, roles=(Role.DOCTOR, Role.SUPERVISOR))
    async with await staff_client(app, session, staff.id) as client:
        yield client


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), FEATURES)
