"""A doctor's own phone logs a PC in: it is told what asks, and picks the number on the PC."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import STAFF_COOKIE
from app.accounts.cookies import BROWSER_COOKIE
from app.accounts.models import AuditEvent, Role, StaffAccount, WechatAccount
from app.core import clock
from app.core.db import Sessionmaker
from app.core.wechat import WeChatBusy
from app.institutions.models import Institution, StaffMember
from app.main import create_app, dispose_engines
from scripts.dev.engines import Engines
from tests.accounts.conftest import Known, make_known
from tests.accounts.factories import make_wechat_account, staff_client
from tests.accounts.scanning import CLAIM, CODE, HTMX, Handset, Shown, handset, link, show
from tests.conftest import make_settings
from tests.fake_wechat import FakeWeChat
from tests.institutions.factories import make_staff


@pytest.fixture
async def phone(session: AsyncSession, doctor: Known) -> WechatAccount:
    made = await make_wechat_account(session)
    await link(session, doctor.id, made.id)
    return made


@pytest.fixture
def hand(app: FastAPI, phone: WechatAccount) -> Handset:
    return handset(app, phone.id)


async def claimed(client: httpx.AsyncClient) -> bool:
    """Whether the page's polling gets in."""
    await client.post(CLAIM, headers=HTMX)
    return STAFF_COOKIE in client.cookies


async def test_login_page_draws_no_code_before_somebody_asks_for_one(
    client: httpx.AsyncClient, wechat: FakeWeChat
) -> None:
    page = (await client.get("/staff/login")).text

    assert "显示登录码" in page
    assert f'hx-post="{CODE}"' in page
    assert 'hx-trigger="load"' not in page
    assert wechat.drawn == []


async def test_scan_logs_in_the_browser_that_shows_the_code(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset
) -> None:
    shown = await show(client, wechat)

    before = await client.post(CLAIM, headers=HTMX)
    confirmed = await hand.confirm(shown)
    after = await client.post(CLAIM, headers=HTMX, data={"next": "/staff/alerts"})

    assert before.status_code == 204
    assert confirmed.json() == {"kind": "login", "number": None}
    assert after.headers["hx-redirect"] == "/staff/alerts"
    assert STAFF_COOKIE in client.cookies


@pytest.mark.usefixtures("noon")
async def test_phone_is_told_who_and_what_asks_from_where_and_when(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset
) -> None:
    shown = await show(client, wechat)

    asked = (await hand.look_up(shown.code)).json()

    numbers = asked.pop("numbers")
    assert asked.pop("institution_name")
    assert asked == {
        "kind": "login",
        "staff_name": "王医生",
        "device": "Windows 电脑 · 微软浏览器",
        "asked_at": "2026-09-10T04:00:00Z",
        "expires_at": "2026-09-10T04:01:00Z",
        "same_network": True,
    }
    assert shown.number in numbers
    assert len(set(numbers)) == 3


async def test_phone_is_told_that_the_pc_is_in_another_network(
    app: FastAPI, client: httpx.AsyncClient, wechat: FakeWeChat, phone: WechatAccount
) -> None:
    shown = await show(client, wechat)

    asked = await handset(app, phone.id, "198.51.100.7").look_up(shown.code)

    assert asked.json()["same_network"] is False


async def test_without_a_number_nothing_is_confirmed(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset
) -> None:
    shown = await show(client, wechat)

    refused = await hand.confirm(Shown(shown.code, ""))

    assert refused.json()["type"] == "scan-number-wrong"
    assert not await claimed(client)


async def test_another_browser_gets_nothing_from_the_scan(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset
) -> None:
    await hand.confirm(await show(client, wechat))

    client.cookies.clear()
    stolen = await client.post(CLAIM, headers=HTMX)

    assert STAFF_COOKIE not in client.cookies
    assert "已经不能用了" in stolen.text


async def test_a_secret_that_the_browser_brought_along_is_not_kept(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset
) -> None:
    client.cookies.set(BROWSER_COOKIE, "planted-by-a-thief", domain="weibu.test", path="/")
    shown = await show(client, wechat)
    first = client.cookies[BROWSER_COOKIE]
    await hand.confirm(shown)

    client.cookies.clear()
    client.cookies.set(BROWSER_COOKIE, "planted-by-a-thief")
    stolen = await claimed(client)
    client.cookies.clear()
    await show(client, wechat)

    assert first != "planted-by-a-thief"
    assert not stolen
    assert client.cookies[BROWSER_COOKIE] != first  # a new one for each code


async def test_over_https_only_the_server_can_set_the_secret(
    engines: Engines, sessions: Sessionmaker
) -> None:
    app = create_app(make_settings(engines, public_origin="https://weibu.test"))
    app.state.sessions, app.state.wechat = sessions, FakeWeChat()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://weibu.test") as client:
        answer = await client.post(CODE, headers=HTMX)
    await app.state.http.aclose()
    await dispose_engines(app)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{BROWSER_COOKIE}=")
    assert "Path=/;" in f"{cookie};"
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "Domain" not in cookie


async def test_code_works_once(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset
) -> None:
    shown = await show(client, wechat)
    await hand.confirm(shown)
    await client.post(CLAIM, headers=HTMX)

    again = await hand.confirm(shown)
    claimed_again = await client.post(CLAIM, headers=HTMX)

    assert again.json()["type"] == "scan-unknown"
    assert "hx-redirect" not in claimed_again.headers


async def test_a_yes_whose_answer_was_lost_may_be_said_again(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    hand: Handset,
) -> None:
    other = await make_known(session, "li")
    theirs = await make_wechat_account(session)
    await link(session, other.id, theirs.id)
    shown = await show(client, wechat)

    answers = [await hand.confirm(shown) for _ in range(2)]
    late = await handset(app, theirs.id).confirm(shown)

    assert [a.status_code for a in answers] == [200, 200]
    assert late.json()["type"] == "scan-unknown"
    confirmed = select(AuditEvent).where(AuditEvent.action == "confirm_scan_login")
    assert len((await session.scalars(confirmed)).all()) == 1


@pytest.mark.parametrize(("seconds", "alive"), [(59, True), (60, False)])
async def test_code_lives_for_a_minute(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset, seconds: int, alive: bool
) -> None:
    at = clock.now()
    with clock.frozen(at):
        shown = await show(client, wechat)
    with clock.frozen(at + timedelta(seconds=seconds)):
        answer = await hand.confirm(shown)
        polled = await client.post(CLAIM, headers=HTMX)

    assert (answer.status_code == 200) is alive
    assert ("hx-redirect" in polled.headers) is alive
    assert ("换一个新的码" in polled.text) is not alive


@pytest.mark.parametrize(("late_s", "found"), [(10, True), (11, False)])
async def test_a_yes_in_the_last_second_is_still_found_by_the_page(
    client: httpx.AsyncClient, wechat: FakeWeChat, hand: Handset, late_s: int, found: bool
) -> None:
    at = clock.now()
    with clock.frozen(at):
        shown = await show(client, wechat)
    with clock.frozen(at + timedelta(seconds=59)):
        await hand.confirm(shown)
    with clock.frozen(at + timedelta(seconds=59 + late_s)):
        assert await claimed(client) is found


async def test_phone_of_a_stranger_learns_and_confirms_nothing(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, wechat: FakeWeChat
) -> None:
    shown = await show(client, wechat)
    stranger = handset(app, (await make_wechat_account(session)).id)

    answers = [await stranger.look_up(shown.code), await stranger.confirm(shown)]

    assert [a.status_code for a in answers] == [403, 403]
    assert {a.json()["type"] for a in answers} == {"staff-not-linked"}


async def operate(app: FastAPI, session: AsyncSession, doctor: Known, act: str) -> None:
    """Let an operator of the same institution do this to the doctor's account."""
    member = await session.get_one(StaffMember, doctor.id)
    home = await session.get_one(Institution, member.institution_id)
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    browser = await staff_client(app, session, operator.id)
    answer = await browser.post(f"/api/admin/staff/{doctor.id}/{act}")
    assert answer.status_code < 300


@pytest.mark.parametrize("act", ["end-sessions", "credentials", "deactivate"])
async def test_a_yes_does_not_outlive_what_revokes_it(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
    act: str,
) -> None:
    neighbour = await make_known(session, "li")
    theirs = await make_wechat_account(session)
    await link(session, neighbour.id, theirs.id)
    transport = httpx.ASGITransport(app)
    elsewhere = httpx.AsyncClient(
        transport=transport, base_url=client.base_url, headers=client.headers
    )
    await handset(app, theirs.id).confirm(await show(elsewhere, wechat))
    await hand.confirm(await show(client, wechat))

    await operate(app, session, doctor, act)

    assert not await claimed(client)
    assert await claimed(elsewhere)


@pytest.mark.parametrize("again", [False, True])
async def test_a_yes_does_not_outlive_the_link_of_its_phone(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
    hand: Handset,
    again: bool,
) -> None:
    await hand.confirm(await show(client, wechat))
    browser = await staff_client(app, session, doctor.id)

    await browser.post("/staff/account/wechat/unlink")
    if again:  # what was said before the cut stays without effect
        await link(session, doctor.id, phone.id)

    assert not await claimed(client)


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"must_change_password": True}, {"wechat_account_id": None}]
)
async def test_the_claim_looks_at_the_account_itself(
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
    change: dict[str, object],
) -> None:
    await hand.confirm(await show(client, wechat))
    account = await session.get_one(StaffAccount, doctor.id, populate_existing=True)
    for name, value in change.items():
        setattr(account, name, value)
    await session.flush()

    assert not await claimed(client)


async def test_the_claim_asks_for_the_phone_that_is_linked_now(
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    await hand.confirm(await show(client, wechat))
    await link(session, doctor.id, (await make_wechat_account(session)).id)

    assert not await claimed(client)


async def test_an_account_that_must_change_its_password_is_not_confirmed(
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    hand: Handset,
) -> None:
    shown = await show(client, wechat)
    account = await session.get_one(StaffAccount, doctor.id)
    account.must_change_password = True
    await session.flush()

    assert (await hand.confirm(shown)).json()["type"] == "staff-not-linked"


async def test_login_by_password_remains_when_wechat_has_no_answer(
    client: httpx.AsyncClient, wechat: FakeWeChat
) -> None:
    wechat.trouble = WeChatBusy("/wxa/getwxacodeunlimit", 45009)

    answer = await client.post(CODE, headers=HTMX)

    assert "请用密码登录" in answer.text


async def test_the_trail_says_whose_phone_confirmed_and_whether_from_the_same_network(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    phone: WechatAccount,
) -> None:
    await handset(app, phone.id, "198.51.100.7").confirm(await show(client, wechat))

    told = (await session.scalars(select(AuditEvent))).one()
    assert (told.action, told.actor_id, told.subject_id) == (
        "confirm_scan_login",
        doctor.id,
        doctor.id,
    )
    assert told.detail is not None
    assert told.detail["same_network"] is False
    assert told.request_id is not None


async def test_the_code_stands_in_no_address(app: FastAPI) -> None:
    paths = {path for path in app.openapi()["paths"] if "staff-scans" in path}

    assert paths == {"/api/staff-scans/lookup", "/api/staff-scans/confirm"}
