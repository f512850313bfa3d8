"""A dependency made by `scoped` lets through who may do this, and nobody else."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.assembly import assemble
from app.core.db import Sessionmaker
from app.core.feature import FamilyScope, Feature
from app.core.limits import Limits
from app.core.settings import Settings
from app.features import ALL, FEATURES
from app.main import create_app, dispose_engines
from app.patients.loaders import OwnRecord, scoped
from tests.accounts.factories import wechat_client
from tests.patients.factories import make_guardian, make_patient, patient_client

pytestmark = pytest.mark.usefixtures("noon")
SCOPE = FamilyScope("water_the_flowers", "浇花")
ADDRESS = "/api/flowers"


@pytest.fixture
async def app(settings: Settings, sessions: Sessionmaker) -> AsyncIterator[FastAPI]:
    """Bring one feature more: a scope, and a route that asks for it."""
    router = APIRouter()

    @router.get(ADDRESS)
    async def water(record: Annotated[OwnRecord, scoped(SCOPE.code)]) -> str:
        return f"{record.relation} {record.patient.id}"

    flowers = Feature("flowers", api=(router,), scopes=(SCOPE,))
    made = create_app(settings, assemble([*ALL, flowers]))
    made.state.sessions = sessions
    made.state.limits = Limits(None)
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


async def test_a_patient_and_a_guardian_are_let_through_to_their_own_record(
    app: FastAPI, session: AsyncSession
) -> None:
    patient, child = await make_patient(session), await make_patient(session, bound=False)
    guardian = await make_guardian(session, patient=child)
    assert guardian.wechat_account_id is not None

    of_patient = await patient_client(app, patient).get(ADDRESS)
    of_guardian = await wechat_client(app, guardian.wechat_account_id).get(ADDRESS)

    assert of_patient.json() == f"self {patient.id}"
    assert of_guardian.json() == f"guardian {child.id}"


async def test_what_was_not_allowed_is_refused_by_name(app: FastAPI, session: AsyncSession) -> None:
    phone = patient_client(app, await make_patient(session))
    app.state.features = FEATURES  # allowed to nobody any more

    answer = await phone.get(ADDRESS)

    assert answer.status_code == 403
    assert (answer.json()["type"], answer.json()["scope"]) == ("scope-not-granted", SCOPE.code)


async def test_nobody_is_let_through_without_a_login(client: httpx.AsyncClient) -> None:
    assert (await client.get(ADDRESS)).status_code == 401
