"""Forget what has served its purpose: codes on screens, old attempts, sessions and pushes."""

from datetime import timedelta

from app.accounts.models import LoginAttempt, ScanCode, StaffSession, WechatPush
from app.core import clock
from app.core.items import each_item, forget_rows
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
