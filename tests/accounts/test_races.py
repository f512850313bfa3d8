"""What needs real commits: two at once, revocation in between, and hashing without a connection."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import STAFF_COOKIE
from app.accounts.models import ScanPurpose, StaffAccount, StaffSession, WechatAccount
from app.accounts.service import credentials, links, logins, scans
from app.accounts.service import wechat as wechat_accounts
from app.accounts.service.passwords import HASHING
from app.accounts.service.sessions import end_all_sessions
from app.core import clock
from app.core.db import Sessionmaker, get_locked
from app.core.problems import NotLoggedIn
from app.core.settings import Settings
from tests.accounts.committed import Linked, app, browser_at, linked, until
from tests.accounts.conftest import make_known
from tests.accounts.factories import HANDED_OUT, actor_of, make_wechat_account
from tests.accounts.scanning import CLAIM, HTMX, handset, link, show

__all__ = ["app", "linked"]  # fixtures
NEW = "a password nobody knows"
BROWSER = logins.Browser(address="127.0.0.1", device="Linux · Chrome", hours=12)


async def shown_code(session: AsyncSession, purpose: ScanPurpose, account_id: UUID | None) -> str:
    asking = scans.Asking("secret", "Windows", "127.0.0.1")
    return await scans.show(session, purpose, "ABCDEFGH2345", asking, account_id)


async def say_yes(session: AsyncSession, linked: Linked, number: str) -> None:
    phone = scans.Phone(linked.phone.id, "安卓手机", "127.0.0.1", None)
    await scans.confirm(session, phone, "ABCDEFGH2345", number)


async def ask_for_a_link(sessions: Sessionmaker, linked: Linked) -> None:
    """Cut the link, and let the phone say yes to a new one that the PC has not accepted yet."""
    async with sessions.begin() as session:
        await links.unlink(session, actor_of(linked.id))
    async with sessions.begin() as session:
        await say_yes(session, linked, await shown_code(session, ScanPurpose.LINK, linked.id))


async def open_sessions(sessions: Sessionmaker, account_id: UUID) -> int:
    mine = (StaffSession.staff_account_id == account_id, StaffSession.ended_at.is_(None))
    async with sessions() as session:
        return (
            await session.scalar(select(func.count()).select_from(StaffSession).where(*mine)) or 0
        )


async def has_to_wait(task: "asyncio.Task[Any]") -> bool:
    done, _ = await asyncio.wait([task], timeout=0.3)
    return not done


async def renew(sessions: Sessionmaker, account_id: UUID) -> None:
    async with sessions.begin() as session:
        await credentials.renew(session, account_id, HANDED_OUT)


async def end_all(sessions: Sessionmaker, account_id: UUID) -> None:
    async with sessions.begin() as session:
        await end_all_sessions(session, account_id)


async def test_one_wrong_number_spends_this_code_and_no_other(app: FastAPI, linked: Linked) -> None:
    phone = handset(app, linked.phone.id)
    async with browser_at(app) as spoilt, browser_at(app) as good:
        wechat = app.state.wechat
        first, second = await show(spoilt, wechat), await show(good, wechat)
        offered = (await phone.look_up(first.code)).json()["numbers"]
        wrong = next(n for n in offered if n != first.number)

        refused = await phone.confirm(first, wrong)
        corrected = await phone.confirm(first)
        polled = await spoilt.post(CLAIM, headers=HTMX)
        await phone.confirm(second)
        await good.post(CLAIM, headers=HTMX)

    assert (refused.status_code, refused.json()["type"]) == (409, "scan-number-wrong")
    assert corrected.json()["type"] == "scan-unknown"
    assert "已经不能用了" in polled.text
    assert STAFF_COOKIE not in spoilt.cookies
    assert STAFF_COOKIE in good.cookies


async def test_two_claims_at_once_open_one_session(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    async with committed_database.begin() as session:
        number = await shown_code(session, ScanPurpose.LOGIN, None)
        await say_yes(session, linked, number)

    async def claim() -> bool:
        async with committed_database.begin() as session:
            return await logins.log_in_by_scan(session, "secret", BROWSER) is not None

    let_in = await asyncio.gather(*(claim() for _ in range(6)))

    assert sum(let_in) == 1
    assert await open_sessions(committed_database, linked.id) == 1


async def test_revocation_waits_for_a_claim_and_ends_what_it_opened(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    async with committed_database.begin() as session:
        await say_yes(session, linked, await shown_code(session, ScanPurpose.LOGIN, None))

    async with committed_database.begin() as session:
        assert await logins.log_in_by_scan(session, "secret", BROWSER)
        await session.flush()
        revoking = asyncio.create_task(end_all(committed_database, linked.id))
        waits = await has_to_wait(revoking)
    await revoking

    assert waits
    assert await open_sessions(committed_database, linked.id) == 0


async def test_a_closed_wechat_waits_for_a_link_and_cuts_it(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    await ask_for_a_link(committed_database, linked)

    async def close() -> None:
        async with committed_database.begin() as session:
            await wechat_accounts.close_account(session, linked.phone.id)

    async with committed_database.begin() as session:
        await links.accept(session, actor_of(linked.id), "secret")
        closing = asyncio.create_task(close())
        waits = await has_to_wait(closing)
    await closing

    assert waits
    async with committed_database() as session:
        account = await session.get_one(StaffAccount, linked.id)
    assert account.wechat_account_id is None


async def test_a_link_waits_for_a_wechat_that_is_being_closed_and_is_refused(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    await ask_for_a_link(committed_database, linked)

    async def accept() -> None:
        async with committed_database.begin() as session:
            await links.accept(session, actor_of(linked.id), "secret")

    async with committed_database.begin() as session:
        await get_locked(session, WechatAccount, linked.phone.id)
        accepting = asyncio.create_task(accept())
        waits = await has_to_wait(accepting)
        await wechat_accounts.close_account(session, linked.phone.id)

    with pytest.raises(NotLoggedIn):
        await accepting
    assert waits


@pytest.mark.parametrize("revoke", [end_all, renew])
async def test_revocation_waits_for_a_yes_and_spends_it(
    committed_database: Sessionmaker, linked: Linked, revoke: Any
) -> None:
    async with committed_database.begin() as session:
        number = await shown_code(session, ScanPurpose.LOGIN, None)

    async with committed_database.begin() as session:
        await say_yes(session, linked, number)
        await session.flush()
        revoking = asyncio.create_task(revoke(committed_database, linked.id))
        waits = await has_to_wait(revoking)
    await revoking
    async with committed_database.begin() as session:
        let_in = await logins.log_in_by_scan(session, "secret", BROWSER)

    assert waits
    assert let_in is None


async def test_a_yes_waits_for_a_revocation_and_is_refused(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    async with committed_database.begin() as session:
        number = await shown_code(session, ScanPurpose.LOGIN, None)

    async def confirm() -> None:
        async with committed_database.begin() as session:
            await say_yes(session, linked, number)

    async with committed_database.begin() as session:
        await credentials.renew(session, linked.id, HANDED_OUT)
        await session.flush()
        confirming = asyncio.create_task(confirm())
        waits = await has_to_wait(confirming)

    with pytest.raises(scans.StaffNotLinked):
        await confirming
    assert waits


async def test_of_two_phones_that_say_yes_at_once_the_second_is_refused(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    async with committed_database.begin() as session:
        other = await make_known(session, "li")
        theirs = await make_wechat_account(session)
        await link(session, other.id, theirs.id)
        number = await shown_code(session, ScanPurpose.LOGIN, None)

    async def second() -> None:
        async with committed_database.begin() as session:
            await say_yes(session, Linked(other, theirs), number)

    async with committed_database.begin() as session:
        await say_yes(session, linked, number)
        await session.flush()
        confirming = asyncio.create_task(second())
        waits = await has_to_wait(confirming)

    with pytest.raises(scans.ScanUnknown):
        await confirming
    assert waits
    async with committed_database.begin() as session:
        let_in = await logins.log_in_by_scan(session, "secret", BROWSER)
        assert let_in is not None
        assert let_in.account.id == linked.id


async def test_a_link_and_a_change_of_password_at_once_leave_no_link(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    actor = actor_of(linked.id)
    async with committed_database.begin() as session:
        await links.unlink(session, actor)
        number = await shown_code(session, ScanPurpose.LINK, linked.id)
        await say_yes(session, linked, number)
        account = await session.get_one(StaffAccount, linked.id)

    async with committed_database.begin() as session:
        await links.accept(session, actor, "secret")
        changing = asyncio.create_task(
            logins.change_password(committed_database, actor, account, NEW)
        )
        await asyncio.wait([changing], timeout=0.6)
    await changing

    async with committed_database() as session:
        now = await session.get_one(StaffAccount, linked.id)
        assert now.wechat_account_id is None


async def test_one_code_logs_in_once_however_often_it_is_sent(
    app: FastAPI, committed_database: Sessionmaker, linked: Linked
) -> None:
    form = linked.doctor.form()

    async def log_in() -> int:
        async with browser_at(app) as browser:
            return (await browser.post("/staff/login", data=form)).status_code

    answers = await asyncio.gather(*(log_in() for _ in range(3)))

    assert sorted(answers) == [303, 401, 401]
    assert await open_sessions(committed_database, linked.id) == 1


async def test_credentials_renewed_while_the_password_is_checked_refuse_the_login(
    app: FastAPI, committed_database: Sessionmaker, linked: Linked
) -> None:
    async with committed_database.begin() as session, browser_at(app) as browser:
        await get_locked(session, StaffAccount, linked.id)
        logging_in = asyncio.create_task(browser.post("/staff/login", data=linked.doctor.form()))
        waits = await has_to_wait(logging_in)
        await until(lambda: HASHING.statistics().borrowed_tokens == 0)
        await credentials.renew(session, linked.id, HANDED_OUT)
        await session.commit()
        answer = await logging_in

    assert waits
    assert answer.status_code == 401
    assert await open_sessions(committed_database, linked.id) == 0


async def test_a_renewal_that_is_dropped_meanwhile_is_not_applied(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    async def confirm() -> None:
        async with committed_database.begin() as session:
            await credentials.apply_renewal(session, linked.id, keep_phone=True)

    async with committed_database.begin() as session:
        until_then = clock.now() + timedelta(hours=1)
        await credentials.prepare_renewal(session, linked.id, HANDED_OUT, until_then)
    async with committed_database.begin() as session:
        await credentials.drop_renewal(session, linked.id)
        await session.flush()
        confirming = asyncio.create_task(confirm())
        waits = await has_to_wait(confirming)

    with pytest.raises(credentials.RenewalGone):
        await confirming
    assert waits
    async with committed_database() as session:
        account = await session.get_one(StaffAccount, linked.id)
    assert account.password_hash != HANDED_OUT.password_hash


async def test_password_changed_while_another_change_is_hashed_is_noticed(
    committed_database: Sessionmaker, linked: Linked
) -> None:
    async with committed_database() as session:
        seen = await session.get_one(StaffAccount, linked.id)
    actor = actor_of(linked.id)

    results = await asyncio.gather(
        *(logins.change_password(committed_database, actor, seen, f"{NEW} {n}") for n in range(2)),
        return_exceptions=True,
    )

    assert sorted(str(type(r).__name__) for r in results) == [
        "NoneType",
        "PasswordChangedMeanwhile",
    ]


async def test_one_ticket_sets_one_password(
    committed_database: Sessionmaker, settings: Settings
) -> None:
    async with committed_database.begin() as session:
        fresh = await make_known(session, must_change_password=True)
        account = await session.get_one(StaffAccount, fresh.id)
    ticket = logins.first_password_ticket(settings, account)

    async def change(password: str) -> bool:
        try:
            await logins.set_first_password(committed_database, settings, ticket, password, BROWSER)
        except NotLoggedIn:
            return False
        return True

    taken = await asyncio.gather(*(change(f"{NEW} {n}") for n in range(4)))

    assert sum(taken) == 1
    assert await open_sessions(committed_database, fresh.id) == 1


async def test_credentials_renewed_while_a_first_password_is_hashed_win(
    committed_database: Sessionmaker, settings: Settings
) -> None:
    async with committed_database.begin() as session:
        fresh = await make_known(session, must_change_password=True)
        account = await session.get_one(StaffAccount, fresh.id)
    ticket = logins.first_password_ticket(settings, account)

    async with committed_database.begin() as session:
        await credentials.renew(session, fresh.id, HANDED_OUT)
        await session.flush()
        changing = asyncio.create_task(
            logins.set_first_password(committed_database, settings, ticket, NEW, BROWSER)
        )
        waits = await has_to_wait(changing)
        await until(lambda: HASHING.statistics().borrowed_tokens == 0)
        await asyncio.wait([changing], timeout=0.2)

    with pytest.raises(NotLoggedIn):
        await changing
    assert waits
    assert await open_sessions(committed_database, fresh.id) == 0
