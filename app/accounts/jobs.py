"""Forget what has served: codes on screens, old attempts, sessions, pushes; the trail's months."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginAttempt, ScanCode, StaffAccount, StaffSession, WechatPush
from app.accounts.service import trail
from app.core import clock
from app.core.items import PAGE, each_item, forget_rows, pages
from app.core.job_context import JobContext
from app.core.jobs import job

KEEP_CODES = timedelta(days=1)
KEEP_PUSHES = timedelta(days=30)  # a listener may be late; a delivery is not
KEEP_ATTEMPTS = timedelta(days=180)  # long enough to look into a break-in


@job("accounts.forget", cron="17 17 * * *", lock="accounts.forget")
async def forget(context: JobContext) -> None:
    """Delete log-in attempts, ended sessions, scan codes and WeChat's pushes that have served."""
    now = clock.now()
    async with each_item() as items:
        for key, at, kept in (
            (ScanCode.id, ScanCode.expires_at, KEEP_CODES),
            (LoginAttempt.id, LoginAttempt.created_at, KEEP_ATTEMPTS),
            (StaffSession.id, StaffSession.expires_at, KEEP_ATTEMPTS),
            (WechatPush.id, WechatPush.created_at, KEEP_PUSHES),
        ):
            await forget_rows(context.sessions, items, (key,), at, now - kept)
        async for attempts in pages(context.sessions, _typed_in_clear):
            await items.write(context.sessions, attempts, _forget_names)


async def _typed_in_clear(session: AsyncSession, last: UUID | None) -> Sequence[UUID]:
    """Names that are no account's, from a version that kept what was typed: perhaps a password."""
    nobodys = ~exists().where(StaffAccount.username == LoginAttempt.username)
    found = select(LoginAttempt.id).where(LoginAttempt.username.not_like("#%"), nobodys)
    if last is not None:
        found = found.where(LoginAttempt.id > last)
    return (await session.scalars(found.order_by(LoginAttempt.id).limit(PAGE))).all()


async def _forget_names(session: AsyncSession, attempt_ids: Sequence[UUID]) -> None:
    await session.execute(
        update(LoginAttempt).where(LoginAttempt.id.in_(attempt_ids)).values(username="#")
    )


@job("accounts.turn_trail", cron="47 17 * * *", lock="accounts.turn_trail")
async def turn_trail(context: JobContext) -> None:
    """Make the audit trail's next months, and drop those older than AUDIT_RETENTION_MONTHS."""
    today = clock.now().date()  # the months of the trail are those of UTC
    async with context.sessions.begin() as session:
        await trail.make_months(session, today)
    keep = context.settings.audit_retention_months
    if keep is not None:
        async with context.sessions.begin() as session:
            await trail.expire_months(session, today, keep)
