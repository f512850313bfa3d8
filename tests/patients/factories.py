"""Patients, bound to a phone unless told otherwise, and their phones."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.institutions.models import Team
from app.medication import consents as film_consent
from app.patients import consents
from app.patients.models import Condition, Guardian, GuardianRelation, Patient, Sex
from tests.accounts.factories import make_consent, make_wechat_account, wechat_client
from tests.institutions.factories import make_team


async def make_patient(
    session: AsyncSession, *, team: Team | None = None, bound: bool = True, **columns: Any
) -> Patient:
    """Bound: with a WeChat account that has given both consents."""
    team = team or await make_team(session)
    usual = {
        "team_id": team.id,
        "wechat_account_id": await _phone(session) if bound else None,
        "name": "李桂英",
        "phone": "13800001234",
        "search_keys": [],
        "sex": Sex.FEMALE,
        "birth_on": date(1958, 3, 2),
        "weight_kg": Decimal("52.5"),
        "conditions": [Condition.TUBERCULOSIS],
    }
    patient = Patient(**usual | columns)
    session.add(patient)
    await session.flush()
    return patient


async def make_guardian(
    session: AsyncSession, *, patient: Patient, bound: bool = True, **columns: Any
) -> Guardian:
    """Bound: with a WeChat account that has given both consents for the child."""
    usual = {
        "patient_id": patient.id,
        "wechat_account_id": await _phone(session) if bound else None,
        "name": "王芳",
        "phone": "13900005678",
        "relation": GuardianRelation.MOTHER,
    }
    guardian = Guardian(**usual | columns)
    session.add(guardian)
    await session.flush()
    return guardian


async def make_child(session: AsyncSession, *, bound: bool = True, **columns: Any) -> Patient:
    """Make a patient of ten, on the day on which the clock is held, with a guardian."""
    birth_on = clock.today_in("Asia/Shanghai").replace(day=1)
    born = birth_on.replace(year=birth_on.year - 10)
    usual: dict[str, Any] = {"name": "王小明", "birth_on": born, "phone": "13800001111"}
    child = await make_patient(session, bound=False, **usual | columns)
    await make_guardian(session, patient=child, bound=bound)
    return child


async def _phone(session: AsyncSession) -> Any:
    account = await make_wechat_account(session)
    for purpose in (consents.PURPOSE, film_consent.PURPOSE):
        await make_consent(session, account.id, purpose)
    return account.id


def patient_client(app: FastAPI, patient: Patient) -> httpx.AsyncClient:
    assert patient.wechat_account_id is not None
    return wechat_client(app, patient.wechat_account_id)
