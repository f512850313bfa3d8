"""One's own account: sessions and password."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import StaffSession
from app.accounts.service.sessions import device_name
from tests.accounts.conftest import PASSWORD, Known, make_known
from tests.accounts.factories import staff_client

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/150.0 Safari/537.36"


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, doctor: Known) -> httpx.AsyncClient:
    return await staff_client(app, session, doctor.id)


async def test_account_page_lists_devices_and_marks_this_one(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/staff/account")).text

    assert "Linux · Chrome" in page
    assert "当前" in page
    assert "王医生" in page


async def test_session_of_another_device_can_be_ended(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient, doctor: Known
) -> None:
    other = await staff_client(app, session, doctor.id)
    await other.get("/staff/account")
    found = await session.scalars(select(StaffSession.id).order_by(StaffSession.created_at))
    newest = list(found)[-1]

    await browser.post(f"/staff/account/sessions/{newest}/end")

    assert (await other.get("/staff/account")).status_code == 303
    assert (await browser.get("/staff/account")).status_code == 200


async def test_session_of_somebody_else_is_not_found(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient
) -> None:
    stranger = await make_known(session, "li")
    await staff_client(app, session, stranger.id)
    theirs = (
        await session.scalars(
            select(StaffSession.id).where(StaffSession.staff_account_id == stranger.id)
        )
    ).one()

    answer = await browser.post(f"/staff/account/sessions/{theirs}/end")

    assert answer.status_code == 404
    assert "没有找到" in answer.text


async def test_all_other_sessions_end_at_once(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient, doctor: Known
) -> None:
    other = await staff_client(app, session, doctor.id)

    await browser.post("/staff/account/sessions/end-others")

    assert (await other.get("/staff/account")).status_code == 303
    assert (await browser.get("/staff/account")).status_code == 200


async def test_new_password_logs_out_everywhere_else(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient, doctor: Known
) -> None:
    other = await staff_client(app, session, doctor.id)
    new = "a password nobody knows"
    form = {"present": PASSWORD, "password": new, "repeated": new}

    changed = await browser.post("/staff/account/password", data=form)

    assert changed.status_code == 303
    assert (await other.get("/staff/account")).status_code == 303
    login = await browser.post("/staff/login", data=doctor.form(password=new))
    assert login.status_code == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"present": "wrong", "password": "x" * 12, "repeated": "x" * 12}, "现在的密码不对"),
        ({"present": PASSWORD, "password": "x" * 12, "repeated": "y" * 12}, "不一样"),
        ({"present": PASSWORD, "password": "short", "repeated": "short"}, "至少要 10 位"),
        ({"present": PASSWORD, "password": PASSWORD, "repeated": PASSWORD}, "不能与原来的相同"),
        ({}, "请填写这一项"),
    ],
)
async def test_password_change_says_beside_the_field_what_is_wrong(
    browser: httpx.AsyncClient, form: dict[str, str], sentence: str
) -> None:
    answer = await browser.post(
        "/staff/account/password", data=form, headers={"hx-request": "true"}
    )

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Windows 电脑 · 谷歌浏览器"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Linux 电脑 · 火狐浏览器"),
        ("curl/8", "其他系统 · 其他浏览器"),
    ],
)
def test_devices_are_named_for_people(agent: str, name: str) -> None:
    assert device_name(agent) == name
