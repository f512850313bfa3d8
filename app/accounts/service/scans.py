"""A Mini Program code on a PC screen: the doctor's own phone says yes to it, once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import queries
from app.accounts.models import LoginAttempt, ScanCode, ScanPurpose, StaffAccount
from app.core import clock
from app.core.crypto import new_code, normalise_code, token_hash
from app.core.db import for_update
from app.core.problems import Problem

CODE_LENGTH = 12
LIFE = timedelta(minutes=3)
PAGE = "pages/staff-scan/index"


class ScanUnknown(Problem):
    type, title, status = "scan-unknown", "这个码不对或已过期，请在电脑上刷新后重新扫。", 404


class StaffNotLinked(Problem):
    type, title, status = (
        "staff-not-linked",
        "这个微信还没有关联医生账号，请先用密码登录后关联。",
        403,
    )


class WechatAlreadyLinked(Problem):
    type, title, status = "wechat-already-linked", "这个微信已关联另一个医生账号。", 409
    constraint = "uq_staff_account_wechat_account_id"


def scene_of(code: str) -> str:
    return f"s={code}"


def make_code() -> str:
    """Apart from `show`, so that WeChat can draw it before a transaction begins."""
    return new_code(CODE_LENGTH)


async def show(
    session: AsyncSession,
    purpose: ScanPurpose,
    code: str,
    browser: str,
    staff_account_id: UUID | None = None,
) -> None:
    """Only the browser that holds the secret `browser` will get what the phone confirms."""
    session.add(
        ScanCode(
            purpose=purpose,
            code_hash=token_hash(code),
            browser_hash=token_hash(browser),
            staff_account_id=staff_account_id,
            expires_at=clock.now() + LIFE,
        )
    )


async def get_waiting(session: AsyncSession, typed: str) -> ScanCode:
    row = await session.scalar(
        for_update(
            select(ScanCode).where(
                ScanCode.code_hash == token_hash(normalise_code(typed)),
                ScanCode.expires_at > clock.now(),
                ScanCode.confirmed_at.is_(None),
            )
        )
    )
    if row is None:
        raise ScanUnknown
    return row


async def account_behind(
    session: AsyncSession, scan: ScanCode, wechat_account_id: UUID
) -> StaffAccount:
    """Whose account the yes is about: the phone's own to log in, the screen's own to link."""
    if scan.purpose is ScanPurpose.LINK and scan.staff_account_id is not None:
        account = await session.get(StaffAccount, scan.staff_account_id)
    else:
        account = await queries.find_linked_staff(session, wechat_account_id)
    if account is None or not account.is_active:
        raise StaffNotLinked
    return account


async def confirm(session: AsyncSession, wechat_account_id: UUID, typed: str) -> None:
    scan = await get_waiting(session, typed)
    account = await account_behind(session, scan, wechat_account_id)
    scan.confirmed_at = clock.now()
    scan.staff_account_id = account.id
    if scan.purpose is ScanPurpose.LINK:
        scan.used_at = scan.confirmed_at
        account.wechat_account_id = wechat_account_id
        await session.flush()  # another account may have this WeChat: say so now


async def claim_login(session: AsyncSession, browser: str, address: str) -> StaffAccount | None:
    """Find the account that this browser may open now; works once."""
    claimed = await session.execute(
        update(ScanCode)
        .where(
            ScanCode.browser_hash == token_hash(browser),
            ScanCode.purpose == ScanPurpose.LOGIN,
            ScanCode.confirmed_at.is_not(None),
            ScanCode.used_at.is_(None),
            ScanCode.expires_at > clock.now(),
        )
        .values(used_at=clock.now())
        .returning(ScanCode.staff_account_id)
    )
    row = claimed.first()
    account = await session.get(StaffAccount, row[0]) if row else None
    if account is None or not account.is_active:
        return None
    session.add(
        LoginAttempt(username=account.username, address=address, succeeded=True, reason="scan")
    )
    return account


async def is_waiting(session: AsyncSession, browser: str, purpose: ScanPurpose) -> bool:
    """Tell whether a code shown to this browser can still be confirmed or claimed."""
    row = await session.scalar(
        select(ScanCode.id)
        .where(
            ScanCode.browser_hash == token_hash(browser),
            ScanCode.purpose == purpose,
            ScanCode.used_at.is_(None),
            ScanCode.expires_at > clock.now(),
        )
        .limit(1)
    )
    return row is not None


async def unlink(session: AsyncSession, account_id: UUID) -> None:
    await session.execute(
        update(StaffAccount).where(StaffAccount.id == account_id).values(wechat_account_id=None)
    )
