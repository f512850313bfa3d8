"""Rows that are no longer needed are deleted; those that may still be read stay."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.jobs import forget
from app.accounts.models import LoginAttempt, ScanCode, ScanPurpose, StaffSession
from app.accounts.service.attempts import name_of
from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.patients.jobs import forget_attempts
from app.patients.models import BindingAttempt
from tests.accounts.factories import make_staff_account, make_wechat_account, staff_cookie


@pytest.fixture
def context(sessions: Sessionmaker) -> JobContext:
    unused: Any = None
    return JobContext(unused, sessions, unused, unused)


async def count(session: AsyncSession, model: Any) -> int | None:
    return await session.scalar(select(func.count()).select_from(model))


async def arrange(session: AsyncSession) -> None:
    account = await make_staff_account(session)
    await staff_cookie(session, account.id)
    session.add(LoginAttempt(username="x", address="y", succeeded=False, reason="password"))
    session.add(
        ScanCode(
            purpose=ScanPurpose.LOGIN,
            code_hash="c",
            browser_hash="b",
            expires_at=clock.now() + timedelta(minutes=3),
        )
    )
    phone = await make_wechat_account(session)
    session.add(BindingAttempt(wechat_account_id=phone.id))
    await session.commit()


KEPT = (LoginAttempt, ScanCode, StaffSession, BindingAttempt)


@pytest.mark.parametrize(
    ("days", "left"), [(0, [1, 1, 1, 1]), (2, [1, 0, 1, 0]), (181, [0, 0, 0, 0])]
)
async def test_each_thing_is_forgotten_in_its_own_time(
    session: AsyncSession, context: JobContext, days: int, left: list[int]
) -> None:
    await arrange(session)

    with clock.frozen(clock.now() + timedelta(days=days)):
        for _ in range(2):  # a job may run twice
            await forget(context)
            await forget_attempts(context)

    assert [await count(session, model) for model in KEPT] == left


async def test_names_that_are_nobodys_are_not_kept_in_clear(
    session: AsyncSession, context: JobContext
) -> None:
    """A version that kept what was typed may run beside this one for a while."""
    account = await make_staff_account(session)
    hashed = name_of("typed", known=False)
    for username in (account.username, hashed, "a password in the wrong field"):
        session.add(LoginAttempt(username=username, address="y", succeeded=False, reason="x"))
    await session.commit()

    await forget(context)

    kept = await session.scalars(select(LoginAttempt.username))
    assert sorted(kept) == sorted([account.username, hashed, "#"])
