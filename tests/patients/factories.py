"""Patients, bound to a phone unless told otherwise, and their phones."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.institutions.models import Team
from app.medication import consents as film_consent
from app.patients import consents
from app.patients.models import Condition, Patient, Sex
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


async def _phone(session: AsyncSession) -> Any:
    account = await make_wechat_account(session)
    for purpose in (consents.PURPOSE, film_consent.PURPOSE):
        await make_consent(session, account.id, purpose)
    return account.id


def patient_client(app: FastAPI, patient: Patient) -> httpx.AsyncClient:
    assert patient.wechat_account_id is not None
    return wechat_client(app, patient.wechat_account_id)
