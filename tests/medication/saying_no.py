"""How a person takes back what they agreed to, and what is left of a film afterwards."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.job_context import JobContext
from app.features import FEATURES
from app.media.models import MediaObject
from app.medication.consents import PURPOSE
from app.medication.models import (
    Dose,
    Recording,
)
from tests.medication import factories as make
from tests.medication.phone import Phone

FILM = b"not looked at by these tests" * 100
Act = Callable[[Phone], Awaitable[None]]


async def withdraw(phone: Phone) -> None:
    answer = await phone.http.post(f"/api/consents/{PURPOSE}/withdraw")
    assert answer.status_code == 200


async def withdraw_all_health_data(phone: Phone) -> None:
    assert (await phone.http.post("/api/consents/health_record/withdraw")).status_code == 200


async def close(phone: Phone) -> None:
    answer = await phone.http.post("/api/me/close", json={"confirm": True})
    assert answer.status_code == 204


SAYS_NO = pytest.mark.parametrize("say_no", [withdraw, withdraw_all_health_data, close])


async def sent_film(session: AsyncSession, phone: Phone, dose: Dose, **columns: Any) -> Recording:
    """Make a film that this phone has sent."""
    return await make.make_recording(
        session, dose=dose, by_account_id=phone.patient.wechat_account_id, **columns
    )


async def film_now(session: AsyncSession, recording_id: object) -> Recording:
    return await session.get_one(Recording, UUID(str(recording_id)), populate_existing=True)


async def media_now(session: AsyncSession, film: Recording) -> MediaObject:
    return await session.get_one(MediaObject, film.media_id, populate_existing=True)


async def run_queued(context: JobContext, session: AsyncSession) -> None:
    """Run what was published, as the worker does a moment later."""
    rows = await session.execute(
        text(
            "delete from procrastinate_jobs where task_name in"
            " ('medication.consent_withdrawn', 'medication.phone_unbound')"
            " returning task_name, args"
        )
    )
    for name, args in rows.all():
        await FEATURES.jobs[name](context, **args)
