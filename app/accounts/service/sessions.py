"""Staff sessions live on the server, so that each can be ended at once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import StaffSession
from app.core import clock
from app.core.crypto import new_token, token_hash

SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "Mac OS": "Mac",
    "Linux": "Linux",
}
BROWSERS = {"Edg/": "Edge", "Chrome/": "Chrome", "Firefox/": "Firefox", "Safari/": "Safari"}


def device_name(user_agent: str) -> str:
    """Enough for a person to recognise their own; the whole header would be a fingerprint."""
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "其他系统")
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "其他浏览器")
    return f"{system} · {browser}"


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
    statement = update(StaffSession).where(
        StaffSession.staff_account_id == account_id, StaffSession.ended_at.is_(None)
    )
    if but is not None:
        statement = statement.where(StaffSession.id != but)
    await session.execute(statement.values(ended_at=clock.now()))
