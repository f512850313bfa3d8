"""A WeChat is linked only when its doctor has compared the number at the PC; and it can be cut."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.cookies import BROWSER_COOKIE
from app.accounts.models import AuditEvent, StaffAccount, WechatAccount
from app.accounts.service import wechat as phones
from app.core import clock
from tests.accounts.conftest import PASSWORD, Known, make_known
from tests.accounts.factories import make_wechat_account, staff_client
from tests.accounts.scanning import CLAIM, HTMX, LINK, Handset, handset, link, show
from tests.fake_wechat import FakeWeChat
from tests.institutions.factories import make_staff

NEW = "a password nobody knows"


@pytest.fixture
async def phone(session: AsyncSession) -> WechatAccount:
    return await make_wechat_account(session)


@pytest.fixture
def hand(app: FastAPI, phone: WechatAccount) -> Handset:
    return handset(app, phone.id)


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, doctor: Known) -> httpx.AsyncClient:
    return await staff_client(app, session, doctor.id)


async def account_of(session: AsyncSession, doctor: Known) -> StaffAccount:
    return await session.get_one(StaffAccount, doctor.id, populate_existing=True)


async def actions(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


async def test_link_holds_when_the_pc_has_asked_back(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
    hand: Handset,
) -> None:
    shown = await show(browser, wechat, LINK)
    waiting = await browser.get(LINK, headers=HTMX)
    asked = (await hand.look_up(shown.code)).json()
    confirmed = (await hand.confirm(shown)).json()
    asking = await browser.get(LINK, headers=HTMX)
    before = (await account_of(session, doctor)).wechat_account_id
    accepted = await browser.post(f"{LINK}/accept")
    page = (await browser.get("/staff/account")).text

    assert waiting.status_code == 204
    assert (asked["kind"], asked["staff_name"], asked["numbers"]) == ("link", "王医生", [])
    assert before is None
    assert "请核对是不是您的手机" in asking.text
    assert f"data-link-number>{confirmed['number']}<" in asking.text
    assert "安卓手机" in asking.text
    assert accepted.status_code == 303
    account = await account_of(session, doctor)
    assert account.wechat_account_id == phone.id
    assert account.wechat_linked_at is not None
    assert "已关联微信" in page
    assert await actions(session) == ["link_wechat"]


async def test_the_number_is_not_on_the_pc_before_the_phone_shows_it(
    browser: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset
) -> None:
    shown = await show(browser, wechat, LINK)

    number = (await hand.confirm(shown)).json()["number"]

    assert shown.number == ""
    assert len(number) == 2


async def test_a_phone_that_passed_by_is_not_linked(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    await hand.confirm(await show(browser, wechat, LINK))
    page = (await browser.get("/staff/account")).text

    await browser.post(f"{LINK}/refuse")
    late = await browser.post(f"{LINK}/accept")

    assert "请核对是不是您的手机" in page
    assert late.status_code == 303
    assert (await account_of(session, doctor)).wechat_account_id is None
    assert await actions(session) == []


async def test_the_phone_alone_links_nothing_and_logs_nobody_in(
    session: AsyncSession,
    client: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    await hand.confirm(await show(browser, wechat, LINK))
    login = await show(client, wechat)

    answer = await hand.confirm(login)

    assert answer.json()["type"] == "staff-not-linked"
    assert (await account_of(session, doctor)).wechat_account_id is None


async def test_another_browser_of_the_doctor_cannot_answer_for_the_one_that_asked(
    app: FastAPI,
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    await hand.confirm(await show(browser, wechat, LINK))
    other = await staff_client(app, session, doctor.id)
    await show(other, wechat, LINK)  # it has a secret of its own

    await other.post(f"{LINK}/accept")

    assert (await account_of(session, doctor)).wechat_account_id is None


async def test_whoever_logs_in_at_the_same_pc_next_does_not_get_the_link(
    app: FastAPI,
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    await hand.confirm(await show(browser, wechat, LINK))
    next_one = await make_known(session, "li")
    other = await staff_client(app, session, next_one.id)
    other.cookies.set(BROWSER_COOKIE, browser.cookies[BROWSER_COOKIE])

    await other.post(f"{LINK}/accept")

    for one in (doctor, next_one):
        assert (await account_of(session, one)).wechat_account_id is None


async def test_a_yes_to_link_runs_out(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    await hand.confirm(await show(browser, wechat, LINK))

    with clock.frozen(clock.now() + timedelta(minutes=3, seconds=1)):
        polled = await browser.get(LINK, headers=HTMX)
        await browser.post(f"{LINK}/accept")

    assert "换一个新的码" in polled.text
    assert (await account_of(session, doctor)).wechat_account_id is None


async def test_ending_all_sessions_spends_a_link_under_way(
    app: FastAPI,
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    await hand.confirm(await show(browser, wechat, LINK))
    other = await staff_client(app, session, doctor.id)

    await other.post("/staff/account/sessions/end-others")
    await browser.post(f"{LINK}/accept")

    assert (await account_of(session, doctor)).wechat_account_id is None


async def test_a_phone_whose_account_was_closed_is_not_linked(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
    hand: Handset,
) -> None:
    shown = await show(browser, wechat, LINK)
    await hand.confirm(shown)
    await phones.close_account(session, phone.id)
    await session.flush()

    await browser.post(f"{LINK}/accept")

    assert (await account_of(session, doctor)).wechat_account_id is None
    assert (await hand.confirm(await show(browser, wechat, LINK))).status_code == 401


async def test_closing_a_wechat_cuts_its_link_and_what_it_said_yes_to(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
    hand: Handset,
) -> None:
    await link(session, doctor.id, phone.id)
    await hand.confirm(await show(client, wechat))
    neighbour = await make_staff(session)
    theirs = await make_wechat_account(session)
    await link(session, neighbour.id, theirs.id)
    spent = client.cookies[BROWSER_COOKIE]
    client.cookies.clear()
    await handset(app, theirs.id).confirm(await show(client, wechat))

    await phones.close_account(session, phone.id)
    await session.flush()

    assert "hx-redirect" in (await client.post(CLAIM, headers=HTMX)).headers
    client.cookies.clear()
    client.cookies.set(BROWSER_COOKIE, spent)
    assert "hx-redirect" not in (await client.post(CLAIM, headers=HTMX)).headers
    assert (await account_of(session, doctor)).wechat_account_id is None
    other = await session.get_one(StaffAccount, neighbour.id, populate_existing=True)
    assert other.wechat_account_id == theirs.id
    assert sorted(await actions(session)) == [
        "confirm_scan_login",
        "confirm_scan_login",
        "unlink_wechat",
    ]


async def test_a_new_password_cuts_the_link_and_the_page_says_so_before(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    doctor: Known,
    phone: WechatAccount,
) -> None:
    await link(session, doctor.id, phone.id)
    page = (await browser.get("/staff/account")).text
    form = {"present": PASSWORD, "password": NEW, "repeated": NEW}

    await browser.post("/staff/account/password", data=form)

    assert "微信也要重新关联" in page
    account = await account_of(session, doctor)
    assert (account.wechat_account_id, account.wechat_linked_at) == (None, None)
    assert sorted(await actions(session)) == ["change_own_password", "unlink_wechat"]


async def test_doctor_unlinks_their_own_wechat(
    session: AsyncSession, browser: httpx.AsyncClient, doctor: Known, phone: WechatAccount
) -> None:
    await link(session, doctor.id, phone.id)
    neighbour = await make_staff(session)
    theirs = await make_wechat_account(session)
    await link(session, neighbour.id, theirs.id)

    await browser.post(f"{LINK}/unlink")
    await browser.post(f"{LINK}/unlink")

    assert (await account_of(session, doctor)).wechat_account_id is None
    other = await session.get_one(StaffAccount, neighbour.id, populate_existing=True)
    assert other.wechat_account_id == theirs.id
    assert await actions(session) == ["unlink_wechat"]


async def test_link_code_runs_out(browser: httpx.AsyncClient, wechat: FakeWeChat) -> None:
    await show(browser, wechat, LINK)

    with clock.frozen(clock.now() + timedelta(minutes=4)):
        answer = await browser.get(LINK, headers=HTMX)

    assert "换一个新的码" in answer.text


async def test_one_wechat_serves_one_account(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    phone: WechatAccount,
    hand: Handset,
) -> None:
    other = await make_staff(session)
    await link(session, other.id, phone.id)

    answer = await hand.confirm(await show(browser, wechat, LINK))

    assert answer.status_code == 409
    assert answer.json()["type"] == "wechat-already-linked"


async def test_a_wechat_linked_elsewhere_meanwhile_is_refused_at_the_pc(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
    hand: Handset,
) -> None:
    await hand.confirm(await show(browser, wechat, LINK))
    other = await make_staff(session)
    await link(session, other.id, phone.id)

    answer = await browser.post(f"{LINK}/accept")

    assert answer.status_code == 409
    assert "已关联另一个医生账号" in answer.text
    assert (await account_of(session, doctor)).wechat_account_id is None
