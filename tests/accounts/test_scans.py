"""A doctor's own phone logs a PC in, or is linked to the account."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import STAFF_COOKIE
from app.accounts.models import StaffAccount, WechatAccount
from app.core import clock
from app.core.wechat import WeChatBusy
from tests.accounts.conftest import PASSWORD, Known
from tests.accounts.factories import make_wechat_account, staff_client, wechat_client
from tests.fake_wechat import FakeWeChat
from tests.institutions.factories import make_staff

CODE = "/staff/login/code"
CLAIM = "/staff/login/code/claim"
LINK = "/staff/account/wechat"
HTMX = {"hx-request": "true"}


@pytest.fixture
async def phone(session: AsyncSession) -> WechatAccount:
    return await make_wechat_account(session)


async def link(session: AsyncSession, doctor: Known, phone: WechatAccount) -> None:
    account = await session.get_one(StaffAccount, doctor.id)
    account.wechat_account_id = phone.id
    await session.flush()


async def shown_code(client: httpx.AsyncClient, wechat: FakeWeChat, address: str = CODE) -> str:
    answer = await client.post(address, headers=HTMX, data={"link_password": PASSWORD})
    assert answer.status_code == 200
    scene, page = wechat.drawn[-1]
    assert page == "pages/staff-scan/index"
    assert scene.startswith("s=")
    assert len(scene) <= 32
    return scene.removeprefix("s=")


async def test_scan_logs_in_the_browser_that_shows_the_code(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
) -> None:
    await link(session, doctor, phone)
    code = await shown_code(client, wechat)
    handset = wechat_client(app, phone.id)

    before = await client.post(CLAIM, headers=HTMX)
    asked = await handset.get(f"/api/staff-scans/{code}")
    confirmed = await handset.post(f"/api/staff-scans/{code}/confirm")
    after = await client.post(CLAIM, headers=HTMX, data={"next": "/staff/alerts"})

    assert before.status_code == 204
    assert asked.json() == {"kind": "login", "staff_name": "王医生"}
    assert confirmed.status_code == 204
    assert after.headers["hx-redirect"] == "/staff/alerts"
    assert STAFF_COOKIE in client.cookies


async def test_another_browser_gets_nothing_from_the_scan(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
) -> None:
    await link(session, doctor, phone)
    code = await shown_code(client, wechat)
    await wechat_client(app, phone.id).post(f"/api/staff-scans/{code}/confirm")

    client.cookies.clear()
    stolen = await client.post(CLAIM, headers=HTMX)

    assert STAFF_COOKIE not in client.cookies
    assert "已经过期" in stolen.text


async def test_code_works_once(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
) -> None:
    await link(session, doctor, phone)
    code = await shown_code(client, wechat)
    handset = wechat_client(app, phone.id)
    await handset.post(f"/api/staff-scans/{code}/confirm")
    await client.post(CLAIM, headers=HTMX)

    again = await handset.post(f"/api/staff-scans/{code}/confirm")
    claimed_again = await client.post(CLAIM, headers=HTMX)

    assert again.json()["type"] == "scan-unknown"
    assert "hx-redirect" not in claimed_again.headers


async def test_code_runs_out_after_three_minutes(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
) -> None:
    await link(session, doctor, phone)
    code = await shown_code(client, wechat)

    with clock.frozen(clock.now() + timedelta(minutes=3, seconds=1)):
        answer = await wechat_client(app, phone.id).get(f"/api/staff-scans/{code}")
        polled = await client.post(CLAIM, headers=HTMX)

    assert answer.json()["type"] == "scan-unknown"
    assert "换一个新的码" in polled.text


async def test_phone_of_a_stranger_cannot_confirm(
    app: FastAPI, client: httpx.AsyncClient, wechat: FakeWeChat, phone: WechatAccount
) -> None:
    code = await shown_code(client, wechat)

    answer = await wechat_client(app, phone.id).post(f"/api/staff-scans/{code}/confirm")

    assert answer.status_code == 403
    assert answer.json()["type"] == "staff-not-linked"


async def test_account_deactivated_after_the_scan_is_not_let_in(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
) -> None:
    await link(session, doctor, phone)
    code = await shown_code(client, wechat)
    await wechat_client(app, phone.id).post(f"/api/staff-scans/{code}/confirm")
    account = await session.get_one(StaffAccount, doctor.id, populate_existing=True)
    account.is_active = False
    await session.flush()

    await client.post(CLAIM, headers=HTMX)

    assert STAFF_COOKIE not in client.cookies


async def test_login_by_password_remains_when_wechat_has_no_answer(
    client: httpx.AsyncClient, wechat: FakeWeChat
) -> None:
    wechat.trouble = WeChatBusy("/wxa/getwxacodeunlimit", 45009)

    answer = await client.post(CODE, headers=HTMX)

    assert "请用密码登录" in answer.text


async def test_doctor_links_and_unlinks_their_own_wechat(
    app: FastAPI, session: AsyncSession, wechat: FakeWeChat, doctor: Known, phone: WechatAccount
) -> None:
    browser = await staff_client(app, session, doctor.id)
    code = await shown_code(browser, wechat, LINK)
    handset = wechat_client(app, phone.id)

    waiting = await browser.get(LINK, headers=HTMX)
    asked = await handset.get(f"/api/staff-scans/{code}")
    await handset.post(f"/api/staff-scans/{code}/confirm")
    linked = await browser.get(LINK, headers=HTMX)
    await browser.post(f"{LINK}/unlink")

    assert waiting.status_code == 204
    assert asked.json() == {"kind": "link", "staff_name": "王医生"}
    assert "已关联微信" in linked.text
    account = await session.get_one(StaffAccount, doctor.id, populate_existing=True)
    assert account.wechat_account_id is None


async def test_link_code_runs_out(
    app: FastAPI, session: AsyncSession, wechat: FakeWeChat, doctor: Known
) -> None:
    browser = await staff_client(app, session, doctor.id)
    await shown_code(browser, wechat, LINK)

    with clock.frozen(clock.now() + timedelta(minutes=4)):
        answer = await browser.get(LINK, headers=HTMX)

    assert "换一个新的码" in answer.text


async def test_one_wechat_serves_one_account(
    app: FastAPI, session: AsyncSession, wechat: FakeWeChat, doctor: Known, phone: WechatAccount
) -> None:
    other = await make_staff(session)
    (await session.get_one(StaffAccount, other.id)).wechat_account_id = phone.id
    await session.flush()
    browser = await staff_client(app, session, doctor.id)
    code = await shown_code(browser, wechat, LINK)

    answer = await wechat_client(app, phone.id).post(f"/api/staff-scans/{code}/confirm")

    assert answer.status_code == 409
    assert answer.json()["type"] == "wechat-already-linked"
