"""A member of staff who can really log in, and a WeChat that answers from memory."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.core import clock
from tests.accounts.factories import TOTP_SECRET
from tests.fake_wechat import FakeWeChat
from tests.institutions.factories import make_staff

PASSWORD = "correct horse battery"
PASSWORD_HASH = PasswordHasher().hash(PASSWORD)


@dataclass(frozen=True)
class Known:
    id: UUID
    username: str

    def code(self, steps_ahead: int = 0) -> str:
        at = clock.now() + timedelta(seconds=30 * steps_ahead)
        return pyotp.TOTP(TOTP_SECRET).at(at)

    def form(self, **changes: str) -> dict[str, str]:
        given = {"username": self.username, "password": PASSWORD, "code": self.code()}
        return given | changes


@pytest.fixture
async def doctor(session: AsyncSession) -> Known:
    return await make_known(session)


async def make_known(session: AsyncSession, username: str = "wang", **columns: object) -> Known:
    member = await make_staff(session, roles=[Role.DOCTOR])
    account = await session.get_one(StaffAccount, member.id)
    account.username = username
    account.password_hash = PASSWORD_HASH
    for name, value in columns.items():
        setattr(account, name, value)
    await session.flush()
    return Known(member.id, username)


@pytest.fixture
def wechat(app: FastAPI) -> FakeWeChat:
    fake = FakeWeChat()
    app.state.wechat = fake
    return fake
