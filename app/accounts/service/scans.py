"""A Mini Program code on a PC screen: the doctor's own phone says yes to it, once.

To log in, the phone is told what asks and from where, and picks the number that stands on the PC:
whoever was only shown a picture of the code does not know it, and one wrong pick spends the code.
To link, the phone says yes and shows a number; the PC asks for it back before the link holds, so
that a phone which only passed by is not linked.

Locks are taken in this order, here and by who revokes: the phone's account, the account of the
member of staff, the code, sessions.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit, queries
from app.accounts.access import UNKNOWN_NETWORK
from app.accounts.models import LoginAttempt, ScanCode, ScanPurpose, StaffAccount
from app.accounts.service import wechat
from app.core import clock
from app.core.crypto import new_code, normalise_code, token_hash
from app.core.db import find_locked, for_update, get_locked, independent_session
from app.core.problems import Problem

CODE_LENGTH = 12
LIFE = {ScanPurpose.LOGIN: timedelta(seconds=60), ScanPurpose.LINK: timedelta(minutes=3)}
# The page asks every two seconds: a yes in the last one must still be found.
CLAIM_GRACE = timedelta(seconds=10)
OFFERED = 3
PAGE = "packages/staff/staff-scan/index"


class ScanUnknown(Problem):
    type, title, status = "scan-unknown", "这个码不对或已过期，请在电脑上换一个新的码再扫。", 404


class ScanNumberWrong(Problem):
    type, status = "scan-number-wrong", 409
    title = "数字和电脑上的不一样，这个码已经作废。请在电脑上换一个新的码再扫。"


class StaffNotLinked(Problem):
    type, title, status = (
        "staff-not-linked",
        "这个微信还没有关联医生账号，请先用密码登录后关联。",
        403,
    )


class WechatAlreadyLinked(Problem):
    type, title, status = "wechat-already-linked", "这个微信已关联另一个医生账号。", 409
    constraint = "uq_staff_account_wechat_account_id"


@dataclass(frozen=True)
class Asking:
    """The PC that shows a code; only who holds `secret` gets what the phone confirms."""

    secret: str
    device: str
    network: str


@dataclass(frozen=True)
class Phone:
    """The phone that scanned it; `request_id` is for the audit trail."""

    wechat_account_id: UUID
    name: str
    network: str
    request_id: UUID | None


def scene_of(code: str) -> str:
    return f"s={code}"


def make_code() -> str:
    """Apart from `show`, so that WeChat can draw it before a transaction begins."""
    return new_code(CODE_LENGTH)


def _numbers() -> list[str]:
    return [str(n) for n in secrets.SystemRandom().sample(range(10, 100), OFFERED)]


async def show(
    session: AsyncSession,
    purpose: ScanPurpose,
    code: str,
    asking: Asking,
    staff_account_id: UUID | None = None,
) -> str:
    """Answer the number that belongs to the code."""
    offered = _numbers()
    session.add(
        ScanCode(
            purpose=purpose,
            code_hash=token_hash(code),
            browser_hash=token_hash(asking.secret),
            device=asking.device,
            network=asking.network,
            number=offered[0],
            numbers=sorted(offered),
            staff_account_id=staff_account_id,
            expires_at=clock.now() + LIFE[purpose],
        )
    )
    return offered[0]


def _alive(typed: str) -> Select[ScanCode]:
    return select(ScanCode).where(
        ScanCode.code_hash == token_hash(normalise_code(typed)),
        ScanCode.expires_at > clock.now(),
        ScanCode.used_at.is_(None),
    )


async def get_waiting(session: AsyncSession, typed: str) -> ScanCode:
    row = await session.scalar(_alive(typed).where(ScanCode.confirmed_at.is_(None)))
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


async def confirm(session: AsyncSession, phone: Phone, typed: str, picked: str | None) -> ScanCode:
    """Take the phone's yes; said twice by the same phone it is the same yes."""
    await wechat.refuse_closed(session, phone.wechat_account_id)
    seen = await session.scalar(_alive(typed))
    if seen is None or seen.wechat_account_id not in {None, phone.wechat_account_id}:
        raise ScanUnknown
    behind = await account_behind(session, seen, phone.wechat_account_id)
    account = await get_locked(session, StaffAccount, behind.id)
    if not _may_confirm(account, seen, phone):
        raise StaffNotLinked
    if seen.purpose is ScanPurpose.LOGIN and picked != seen.number:
        await _spend_for_wrong_number(session, seen)
        raise ScanNumberWrong
    if seen.purpose is ScanPurpose.LINK:
        await _refuse_linked_elsewhere(session, account, phone)
    scan = await session.scalar(for_update(_alive(typed)))
    if scan is None or scan.wechat_account_id not in {None, phone.wechat_account_id}:
        raise ScanUnknown
    if scan.confirmed_at is None:
        _note_yes(session, scan, account, phone)
    return scan


def _may_confirm(account: StaffAccount, scan: ScanCode, phone: Phone) -> bool:
    """Look again under the lock: the account may have been revoked a moment ago."""
    if not account.is_active or account.must_change_password:
        return False
    is_its_phone = account.wechat_account_id == phone.wechat_account_id
    return is_its_phone or scan.purpose is ScanPurpose.LINK


async def _spend_for_wrong_number(session: AsyncSession, scan: ScanCode) -> None:
    """Though the request is refused; the row is not locked by it yet."""
    async with independent_session(session) as own:
        await own.execute(
            update(ScanCode)
            .where(ScanCode.id == scan.id, ScanCode.confirmed_at.is_(None))
            .values(used_at=clock.now())
        )


async def _refuse_linked_elsewhere(
    session: AsyncSession, account: StaffAccount, phone: Phone
) -> None:
    linked = await queries.find_linked_staff(session, phone.wechat_account_id)
    if linked is not None and linked.id != account.id:
        raise WechatAlreadyLinked


def _note_yes(session: AsyncSession, scan: ScanCode, account: StaffAccount, phone: Phone) -> None:
    scan.confirmed_at = clock.now()
    scan.staff_account_id = account.id
    scan.wechat_account_id = phone.wechat_account_id
    scan.phone = phone.name
    scan.same_network = is_same_network(scan, phone.network)
    if scan.purpose is ScanPurpose.LOGIN:
        detail = {"scan_id": str(scan.id), "same_network": scan.same_network}
        audit.record_own(
            session, account.id, audit.CONFIRM_SCAN_LOGIN, phone.request_id, detail=detail
        )


def is_same_network(scan: ScanCode, network: str) -> bool:
    """As far as it can be known: both came from one address, or from one household of IPv6."""
    return scan.network == network != UNKNOWN_NETWORK


async def claim_login(session: AsyncSession, browser: str, address: str) -> StaffAccount | None:
    """Find the account that this browser may open now; works once.

    The account stays locked until the session that is opened for it is written.
    """
    ready = select(ScanCode).where(
        ScanCode.browser_hash == token_hash(browser),
        ScanCode.purpose == ScanPurpose.LOGIN,
        ScanCode.confirmed_at.is_not(None),
        ScanCode.used_at.is_(None),
        ScanCode.expires_at > clock.now() - CLAIM_GRACE,
    )
    seen = await session.scalar(ready)
    if seen is None or seen.staff_account_id is None:
        return None
    account = await find_locked(session, StaffAccount, seen.staff_account_id)
    scan = await session.scalar(for_update(ready))
    if account is None or scan is None:
        return None
    scan.used_at = clock.now()
    is_its_phone = account.wechat_account_id == scan.wechat_account_id
    if not account.is_active or account.must_change_password or not is_its_phone:
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


async def lock_account(session: AsyncSession, account_id: UUID) -> None:
    """Before anything that opens a way in is written or revoked."""
    await session.execute(for_update(select(StaffAccount.id).where(StaffAccount.id == account_id)))


async def spend_codes(session: AsyncSession, account_id: UUID) -> None:
    """Of an account that is locked: no yes of before opens anything any more."""
    await session.execute(
        update(ScanCode)
        .where(ScanCode.staff_account_id == account_id, ScanCode.used_at.is_(None))
        .values(used_at=clock.now())
    )
