"""Closing an account: every feature's hook in the same transaction, listeners told."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.assembly import assemble
from app.core.feature import Feature
from app.features import FEATURES
from app.patients.models import Patient
from app.patients.problems import NotBound
from app.patients.service import closing
from tests.patients.factories import make_patient

JOBS = text("select args from procrastinate_jobs where task_name = 'toy.closed'")


async def test_hooks_see_the_closed_record_and_listeners_hear_of_it(session: AsyncSession) -> None:
    seen: list[tuple[UUID, bool]] = []

    async def hook(inner: AsyncSession, patient_id: UUID) -> None:
        stored = await inner.get_one(Patient, patient_id, populate_existing=True)
        seen.append((patient_id, stored.closed_at is not None))

    patient, neighbour = await make_patient(session), await make_patient(session)
    assert patient.wechat_account_id is not None
    session.info["listeners"] = {closing.CLOSED: ("toy.closed",)}
    features = assemble([Feature("toy", closes=hook)])

    await closing.close_account(session, features, patient.wechat_account_id, patient)

    assert seen == [(patient.id, True)]
    assert (await session.execute(JOBS)).scalars().all() == [{"patient_id": str(patient.id)}]
    await session.refresh(neighbour)
    assert (neighbour.closed_at, neighbour.wechat_account_id is None) == (None, False)


async def test_an_account_unbound_meanwhile_closes_nothing(session: AsyncSession) -> None:
    patient, other = await make_patient(session), await make_patient(session)
    assert other.wechat_account_id is not None
    mine = patient.wechat_account_id

    with pytest.raises(NotBound):
        await closing.close_account(session, FEATURES, other.wechat_account_id, patient)

    assert (patient.closed_at, patient.wechat_account_id) == (None, mine)


async def test_a_hook_that_fails_closes_nothing(session: AsyncSession) -> None:
    async def hook(_: AsyncSession, __: UUID) -> None:
        raise ZeroDivisionError

    patient = await make_patient(session)
    account_id = patient.wechat_account_id
    assert account_id is not None
    features = assemble([Feature("toy", closes=hook)])

    with pytest.raises(ZeroDivisionError):
        async with session.begin_nested():
            await closing.close_account(session, features, account_id, patient)

    await session.refresh(patient)
    assert (patient.closed_at, patient.wechat_account_id) == (None, account_id)
