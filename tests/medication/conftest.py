"""One team with a patient, a phone and a reviewer; the clock held at noon."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.models import Team, Title
from app.medication.models import Dose, Recording, Treatment
from app.patients.models import Condition, Patient
from tests.accounts.factories import staff_client
from tests.media.video.films import write_film
from tests.medication import factories as make
from tests.medication.desk import Desk, LogIn, desk_of, sampling
from tests.medication.phone import Phone, phone_of
from tests.medication.stopped import course


@pytest.fixture
async def team(session: AsyncSession, noon: datetime) -> Team:
    return await make.make_team(session, created_at=noon)


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make.make_patient(session, team=team)


@pytest.fixture
async def dose(session: AsyncSession, patient: Patient) -> Dose:
    return await make.make_dose(session, patient=patient)


@pytest.fixture
async def film(session: AsyncSession, dose: Dose) -> Recording:
    """Wait for its first reading."""
    return await make.make_recording(session, dose=dose)


@pytest.fixture
async def phone(app: FastAPI, patient: Patient) -> AsyncIterator[Phone]:
    made = phone_of(app, patient)
    yield made
    await made.http.aclose()


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    sampling(app, 0)  # only the tests of second readings want one
    made = await desk_of(app, session, await make.make_staff(session, team=team))
    yield made
    await made.http.aclose()


@pytest.fixture
async def colleague(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    """Open a second reviewer's browser, of the same team."""
    made = await desk_of(app, session, await make.make_staff(session, team=team, name="赵医生"))
    yield made
    await made.http.aclose()


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), FEATURES)


@pytest.fixture(scope="session")
def good_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_film(Path(tmp_path_factory.mktemp("film")) / "good.mp4").read_bytes()


@pytest.fixture
async def neighbour(session: AsyncSession, patient: Patient) -> Recording:
    """Put a film of another patient into the same queue: it must stay there."""
    theirs = await make.make_patient(session, team=None)
    theirs.team_id = patient.team_id
    await session.flush()
    dose = await make.make_dose(session, patient=theirs)
    return await make.make_recording(session, dose=dose, by_account_id=theirs.wechat_account_id)


@pytest.fixture
async def tb(session: AsyncSession, patient: Patient) -> Treatment:
    """Two days ago to ten days ahead, mornings and evenings; nothing is laid beyond."""
    return await course(session, patient, Condition.TUBERCULOSIS)


@pytest.fixture
async def pressure(session: AsyncSession, patient: Patient) -> Treatment:
    return await course(session, patient, Condition.HYPERTENSION)


@pytest.fixture
def log_in(app: FastAPI, session: AsyncSession, team: Team) -> LogIn:
    async def opened(title: Title) -> httpx.AsyncClient:
        staff = await make.make_staff(session, team=team, title=title)
        return await staff_client(app, session, staff.id)

    return opened
