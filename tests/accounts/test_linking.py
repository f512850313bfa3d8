"""To link a WeChat is a way in for good: it takes the password, not only an unlocked PC."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import LoginAttempt, ScanCode
from app.accounts.service.attempts import PER_PAIR
from tests.accounts.conftest import PASSWORD, Known
from tests.accounts.factories import staff_client
from tests.fake_wechat import FakeWeChat

LINK = "/staff/account/wechat"
HTMX = {"hx-request": "true"}
RIGHT, WRONG = {"link_password": PASSWORD}, {"link_password": "wrong"}


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, doctor: Known) -> httpx.AsyncClient:
    return await staff_client(app, session, doctor.id)


async def codes_shown(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(ScanCode)) or 0


async def reasons(session: AsyncSession) -> list[str]:
    found = await session.scalars(select(LoginAttempt.reason).order_by(LoginAttempt.created_at))
    return list(found)


async def test_page_asks_for_the_password_before_it_shows_a_code(
    browser: httpx.AsyncClient,
) -> None:
    page = (await browser.get("/staff/account")).text

    assert 'name="link_password"' in page
    assert "data-scan-code" not in page


@pytest.mark.parametrize(
    ("form", "sentence"), [(WRONG, "现在的密码不对"), ({}, "请填写这一项")], ids=["wrong", "none"]
)
@pytest.mark.parametrize(("headers", "whole"), [(HTMX, False), ({}, True)], ids=["htmx", "plain"])
async def test_without_the_password_there_is_no_code(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    form: dict[str, str],
    sentence: str,
    headers: dict[str, str],
    whole: bool,
) -> None:
    answer = await browser.post(LINK, data=form, headers=headers)

    assert answer.status_code == 422
    assert answer.text.count(sentence) == 1
    assert ("<html" in answer.text) is whole
    assert wechat.drawn == []
    assert await codes_shown(session) == 0


@pytest.mark.parametrize(("headers", "whole"), [(HTMX, False), ({}, True)], ids=["htmx", "plain"])
async def test_with_the_password_the_code_is_shown(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    headers: dict[str, str],
    whole: bool,
) -> None:
    answer = await browser.post(LINK, data=RIGHT, headers=headers)

    assert answer.status_code == 200
    assert "data-scan-code" in answer.text
    assert "已在手机上确认" in answer.text
    assert ("<html" in answer.text) is whole
    assert len(wechat.drawn) == await codes_shown(session) == 1
    assert await reasons(session) == ["confirmed"]


@pytest.mark.parametrize(
    ("address", "field"), [(LINK, "link_password"), ("/staff/account/password", "present")]
)
async def test_guesses_at_an_unlocked_pc_get_slow(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    doctor: Known,
    address: str,
    field: str,
) -> None:
    new = {"password": "a password nobody knows", "repeated": "a password nobody knows"}
    for _ in range(PER_PAIR.free):
        await browser.post(address, data={**new, field: "wrong"}, headers=HTMX)

    answer = await browser.post(address, data={**new, field: PASSWORD}, headers=HTMX)
    login = await browser.post("/staff/login", data=doctor.form())

    assert answer.status_code == 429
    assert "秒后再试" in answer.text
    assert await reasons(session) == ["password"] * PER_PAIR.free + ["slowed"] * 2
    assert login.status_code == 429
    assert wechat.drawn == []


async def test_new_code_in_place_of_an_expired_one_takes_the_password_again(
    browser: httpx.AsyncClient, wechat: FakeWeChat
) -> None:
    expired = await browser.get(LINK, headers=HTMX)  # no code of this browser is alive
    bare = await browser.post(LINK, headers=HTMX)
    again = await browser.post(LINK, data=RIGHT, headers=HTMX)

    assert "换一个新的码" in expired.text
    assert 'name="link_password"' in expired.text
    assert (bare.status_code, again.status_code) == (422, 200)
    assert len(wechat.drawn) == 1


async def test_polled_address_leads_to_the_page_when_opened_by_hand(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get(LINK)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/account"
