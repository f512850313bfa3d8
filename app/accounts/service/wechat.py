"""Log a phone in: one row per openid; what WeChat may answer, as problems."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.models import ScanCode, StaffAccount, WechatAccount
from app.accounts.service import consents
from app.core import clock
from app.core.db import for_update, get_locked
from app.core.ids import uuid7
from app.core.problems import NotLoggedIn, Problem
from app.core.wechat import (
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatSession,
    WeChatTrouble,
    WeChatUserBlocked,
)


class WechatCodeRefused(Problem):
    type, title, status = "wechat-code-invalid", "微信登录没有成功，请再试一次。", 401


class WechatBusyNow(Problem):
    type, title, status = "wechat-busy", "微信暂时繁忙，请稍等片刻再试。", 503


class WechatLoginBlocked(Problem):
    type, title, status = (
        "wechat-login-blocked",
        "微信暂时不允许这个账号登录，请联系您的医生。",
        403,
    )


class WechatUnavailable(Problem):
    type, title, status = "wechat-unavailable", "暂时连不上微信，请稍后再试。", 503


def problem_of(trouble: WeChatTrouble) -> Problem:
    match trouble:
        case WeChatCodeInvalid():
            return WechatCodeRefused()
        case WeChatBusy():
            return WechatBusyNow(retry_after_s=trouble.retry_after_s)
        case WeChatUserBlocked():
            return WechatLoginBlocked()
        case _:
            return WechatUnavailable()


async def refuse_closed(session: AsyncSession, account_id: UUID) -> None:
    """Check the row: a token may outlive its account by two hours.

    It stays locked, so that one account with two codes at once binds one of them.
    """
    closed_at = select(WechatAccount.closed_at).where(WechatAccount.id == account_id)
    row = (await session.execute(for_update(closed_at, key_share=True))).first()
    if row is None or row[0] is not None:
        raise NotLoggedIn


async def close_account(session: AsyncSession, account_id: UUID) -> None:
    """Forget whose WeChat it was; the same person may come back as somebody new."""
    await consents.withdraw_all(session, account_id)
    account = await get_locked(session, WechatAccount, account_id)
    account.openid = f"closed:{account_id}"
    account.unionid = None
    account.session_key = ""
    account.closed_at = clock.now()
    await _leave_staff(session, account_id)


async def _leave_staff(session: AsyncSession, account_id: UUID) -> None:
    """Cut the link of a doctor's phone, and what it has said yes to on a PC.

    The phone's account is locked, so nobody confirms with it meanwhile; the doctor's comes next,
    as everywhere (`scans`).
    """
    linked = select(StaffAccount).where(StaffAccount.wechat_account_id == account_id)
    for staff in await session.scalars(for_update(linked)):
        staff.wechat_account_id = staff.wechat_linked_at = None
        detail = {"code": "wechat_closed"}
        audit.record_own(session, staff.id, audit.UNLINK_WECHAT, None, detail=detail)
    await session.execute(
        update(ScanCode)
        .where(ScanCode.wechat_account_id == account_id, ScanCode.used_at.is_(None))
        .values(used_at=clock.now())
    )


async def upsert_account(session: AsyncSession, known: WeChatSession) -> WechatAccount:
    """Overwrite the session_key: WeChat keeps only the newest valid."""
    at = clock.now()
    login = {
        "unionid": known.unionid,
        "session_key": known.session_key.get_secret_value(),
        "session_key_at": at,
        "last_login_at": at,
    }
    row = {"id": uuid7(), "created_at": at, "openid": known.openid, **login}
    statement = (
        insert(WechatAccount)
        .values(row)
        .on_conflict_do_update(index_elements=[WechatAccount.openid], set_=login)
        .returning(WechatAccount)
    )
    rows = select(WechatAccount).from_statement(statement)
    account: WechatAccount = (await session.scalars(rows)).one()
    return account
