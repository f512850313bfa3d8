"""The WeChat of a member of staff: linked when the PC has asked back, and cut."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.models import ScanCode, ScanPurpose, StaffAccount
from app.accounts.service import scans, wechat
from app.core import clock
from app.core.crypto import token_hash
from app.core.db import for_update, get_locked


def _confirmed(account_id: UUID, browser: str) -> Select[ScanCode]:
    return select(ScanCode).where(
        ScanCode.purpose == ScanPurpose.LINK,
        ScanCode.staff_account_id == account_id,
        ScanCode.browser_hash == token_hash(browser),
        ScanCode.confirmed_at.is_not(None),
        ScanCode.used_at.is_(None),
        ScanCode.expires_at > clock.now(),
    )


async def find_confirmed(
    session: AsyncSession, account_id: UUID, browser: str | None
) -> ScanCode | None:
    """Find the code that a phone has said yes to and that this browser has to answer."""
    return await session.scalar(_confirmed(account_id, browser)) if browser else None


async def accept(session: AsyncSession, actor: StaffActor, browser: str | None) -> None:
    """Make the link hold; ScanUnknown if there is nothing to answer any more."""
    seen = await find_confirmed(session, actor.account_id, browser)
    if seen is None or seen.wechat_account_id is None or browser is None:
        raise scans.ScanUnknown
    await wechat.refuse_closed(session, seen.wechat_account_id)
    account = await get_locked(session, StaffAccount, actor.account_id)
    scan = await session.scalar(for_update(_confirmed(account.id, browser)))
    if scan is None:
        raise scans.ScanUnknown
    scan.used_at = account.wechat_linked_at = clock.now()
    account.wechat_account_id = scan.wechat_account_id
    await session.flush()  # another account may have this WeChat: say so now
    detail = {"scan_id": str(scan.id), "same_network": scan.same_network}
    audit.record_own(session, account.id, audit.LINK_WECHAT, actor.request_id, detail=detail)


async def refuse(session: AsyncSession, actor: StaffActor, browser: str | None) -> None:
    """Spend the code: it was another phone, and nothing is linked."""
    await scans.lock_account(session, actor.account_id)
    if scan := await find_confirmed(session, actor.account_id, browser):
        scan.used_at = clock.now()


def cut(session: AsyncSession, account: StaffAccount, request_id: UUID | None, reason: str) -> None:
    """Of an account that is locked; its codes are spent by the caller."""
    if account.wechat_account_id is None:
        return
    account.wechat_account_id = account.wechat_linked_at = None
    detail = {"code": reason}
    audit.record_own(session, account.id, audit.UNLINK_WECHAT, request_id, detail=detail)


async def unlink(session: AsyncSession, actor: StaffActor) -> None:
    account = await get_locked(session, StaffAccount, actor.account_id)
    await scans.spend_codes(session, account.id)
    cut(session, account, actor.request_id, "by_owner")
