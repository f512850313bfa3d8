"""Rows about who is asking, and clients that ask in their name."""

from collections.abc import Iterable
from itertools import count
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import tokens
from app.accounts.access import STAFF_COOKIE, StaffActor
from app.accounts.models import Consent, Role, StaffAccount, WechatAccount
from app.accounts.service import sessions
from app.accounts.service.credentials import NewSecrets
from app.core import clock
from app.core.consents import ConsentDocument
from app.core.ids import uuid7
from app.core.settings import Settings
from app.features import FEATURES

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# What an operator hands out, where no test is about its hash.
HANDED_OUT = NewSecrets("a-new-password", "no-real-hash", TOTP_SECRET)
_numbers = count(1)


async def make_wechat_account(session: AsyncSession, **columns: Any) -> WechatAccount:
    at = clock.now()
    usual = {
        "openid": f"openid-{next(_numbers)}",
        "session_key": "session-key",
        "session_key_at": at,
        "last_login_at": at,
    }
    account = WechatAccount(**usual | columns)
    session.add(account)
    await session.flush()
    return account


def documents(retention_days: int) -> list[ConsentDocument]:
    """List the texts of every feature, as a phone is offered them."""
    settings = cast("Settings", SimpleNamespace(video_retention_days=retention_days))
    return FEATURES.consents(settings)


async def make_consent(
    session: AsyncSession, account_id: UUID, purpose: str, **columns: Any
) -> Consent:
    version = next(d.version for d in documents(90) if d.purpose == purpose)
    usual = {"wechat_account_id": account_id, "purpose": purpose, "version": version}
    consent = Consent(**usual | columns)
    session.add(consent)
    await session.flush()
    return consent


async def make_staff_account(
    session: AsyncSession, *, roles: Iterable[Role] = (Role.DOCTOR,), **columns: Any
) -> StaffAccount:
    """Without a usable password: tests of logging in set their own `password_hash`."""
    usual = {
        "username": f"staff-{next(_numbers)}",
        "password_hash": "not-a-hash",
        "totp_secret": TOTP_SECRET,
        "roles": sorted(roles),
    }
    account = StaffAccount(**usual | columns)
    session.add(account)
    await session.flush()
    return account


def actor_of(staff_id: UUID, *roles: Role) -> StaffActor:
    """For services called without HTTP."""
    return StaffActor(staff_id, uuid7(), frozenset(roles or (Role.DOCTOR,)), None)


async def staff_cookie(session: AsyncSession, staff_id: UUID) -> str:
    token = await sessions.open_session(session, staff_id, "Linux · Chrome", 12)
    await session.flush()
    return token


def _client(app: FastAPI) -> httpx.AsyncClient:
    """Raise an error of ours in the test that met it."""
    settings: Settings = app.state.settings
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url=settings.origin,
        headers={"origin": settings.origin},
    )


async def staff_client(app: FastAPI, session: AsyncSession, staff_id: UUID) -> httpx.AsyncClient:
    """Open a browser in which this member of staff is logged in."""
    client = _client(app)
    client.cookies.set(STAFF_COOKIE, await staff_cookie(session, staff_id))
    return client


def wechat_client(app: FastAPI, account_id: UUID) -> httpx.AsyncClient:
    """Take a phone in which this WeChat account is logged in."""
    client = _client(app)
    client.headers["authorization"] = f"Bearer {tokens.issue(app.state.settings, account_id)}"
    return client
