"""Staff sessions live on the server, so that each can be ended at once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import StaffSession
from app.accounts.service import scans
from app.core import clock
from app.core.crypto import new_token, token_hash

# In this order: most browsers name others beside themselves.
SYSTEMS = {
    "Windows": "Windows 电脑",
    "HarmonyOS": "鸿蒙设备",
    "OpenHarmony": "鸿蒙设备",
    "Android": "安卓手机",
    "iPhone": "苹果手机",
    "iPad": "苹果平板",
    "Mac OS": "苹果电脑",
    "Linux": "Linux 电脑",
}
BROWSERS = {
    "MicroMessenger": "微信",
    "Edg/": "微软浏览器",
    "QQBrowser/": "QQ 浏览器",
    "360SE": "360 浏览器",
    "360EE": "360 浏览器",
    "Chrome/": "谷歌浏览器",
    "Firefox/": "火狐浏览器",
    "Safari/": "苹果浏览器",
}


def _named(marks: dict[str, str], user_agent: str, other: str) -> str:
    return next((name for mark, name in marks.items() if mark in user_agent), other)


def device_name(user_agent: str) -> str:
    """Enough for a person to recognise their own; the whole header would be a fingerprint."""
    system = _named(SYSTEMS, user_agent, "其他系统")
    return f"{system} · {_named(BROWSERS, user_agent, '其他浏览器')}"


def phone_name(user_agent: str) -> str:
    return _named(SYSTEMS, user_agent, "手机")


async def open_session(session: AsyncSession, account_id: UUID, device: str, hours: int) -> str:
    """Return the cookie's value; only its hash is kept."""
    token = new_token()
    session.add(
        StaffSession(
            staff_account_id=account_id,
            token_hash=token_hash(token),
            expires_at=clock.now() + timedelta(hours=hours),
            device=device,
        )
    )
    return token


async def end_session(session: AsyncSession, account_id: UUID, session_id: UUID) -> None:
    await session.execute(
        update(StaffSession)
        .where(
            StaffSession.id == session_id,
            StaffSession.staff_account_id == account_id,
            StaffSession.ended_at.is_(None),
        )
        .values(ended_at=clock.now())
    )


async def end_all_sessions(
    session: AsyncSession, account_id: UUID, *, but: UUID | None = None
) -> None:
    """And what could open one: a scanned code whose phone has said yes already.

    The account is locked first, as by whoever opens a session, so that none slips in between.
    """
    await scans.lock_account(session, account_id)
    await scans.spend_codes(session, account_id)
    statement = update(StaffSession).where(
        StaffSession.staff_account_id == account_id, StaffSession.ended_at.is_(None)
    )
    if but is not None:
        statement = statement.where(StaffSession.id != but)
    await session.execute(statement.values(ended_at=clock.now()))
