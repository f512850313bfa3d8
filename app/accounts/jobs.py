"""Forget what has served: codes on screens, old attempts, sessions, pushes; the trail's months."""

from datetime import timedelta

from sqlalchemy import Update, delete, exists, update

from app.accounts.models import LoginAttempt, ScanCode, StaffAccount, StaffSession, WechatPush
from app.accounts.service import trail
from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import job

KEEP_CODES = timedelta(days=1)
KEEP_PUSHES = timedelta(days=30)  # a listener may be late; a delivery is not
KEEP_ATTEMPTS = timedelta(days=180)  # long enough to look into a break-in


@job("accounts.forget", cron="17 17 * * *", lock="accounts.forget")
async def forget(context: JobContext) -> None:
    """Delete log-in attempts, ended sessions, scan codes and WeChat's pushes that have served."""
    now = clock.now()
    async with context.sessions.begin() as session:
        await session.execute(delete(ScanCode).where(ScanCode.expires_at < now - KEEP_CODES))
        await session.execute(
            delete(LoginAttempt).where(LoginAttempt.created_at < now - KEEP_ATTEMPTS)
        )
        await session.execute(
            delete(StaffSession).where(StaffSession.expires_at < now - KEEP_ATTEMPTS)
        )
        await session.execute(delete(WechatPush).where(WechatPush.created_at < now - KEEP_PUSHES))
        await session.execute(_typed_in_clear())


def _typed_in_clear() -> Update:
    """Names that are no account's, from a version that kept what was typed: perhaps a password."""
    nobodys = ~exists().where(StaffAccount.username == LoginAttempt.username)
    written = LoginAttempt.username.not_like("#%")
    return update(LoginAttempt).where(written, nobodys).values(username="#")


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
