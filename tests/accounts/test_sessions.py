"""A session ends when nobody acts: what an open page asks by itself keeps none alive."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.access import NOTED_EVERY, STAFF_COOKIE
from app.accounts.models import StaffAccount, StaffSession
from app.core import clock
from app.core.ids import uuid7
from tests.accounts.conftest import Known, make_known
from tests.accounts.factories import staff_client

HOME = "/staff/account"
POLLING = {"hx-request": "true", "weibu-unattended": "1"}
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def began(noon: datetime) -> datetime:
    return noon


@pytest.fixture
async def browser(
    app: FastAPI,
    session: AsyncSession,
    doctor: Known,
    began: datetime,  # noqa: ARG001 the clock stands
) -> httpx.AsyncClient:
    return await staff_client(app, session, doctor.id)


async def seen(session: AsyncSession) -> list[datetime]:
    found = select(StaffSession.last_seen_at).order_by(StaffSession.created_at)
    return list(await session.scalars(found))


async def inside(browser: httpx.AsyncClient, at: datetime, **headers: str) -> bool:
    with clock.frozen(at):
        return (await browser.get(HOME, headers=headers)).status_code == 200


@pytest.mark.parametrize(("after", "open_"), [(HOUR - SECOND, True), (HOUR, False)])
async def test_session_ends_after_an_hour_without_an_act(
    browser: httpx.AsyncClient, began: datetime, after: timedelta, open_: bool
) -> None:
    assert await inside(browser, began + after) is open_


async def test_whoever_acts_stays_until_the_hours_are_over(
    browser: httpx.AsyncClient, began: datetime
) -> None:
    half_hours = [await inside(browser, began + n * HOUR / 2) for n in range(1, 25)]

    assert half_hours == [True] * 23 + [False]


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (HOME, {"weibu-unattended": "1"}),
        ("/staff/badges", POLLING),
        ("/staff/nowhere", {"accept": "text/event-stream"}),
        (HOME, {"accept": "text/event-stream"}),
    ],
)
async def test_what_a_page_asks_by_itself_keeps_no_session_alive(
    browser: httpx.AsyncClient, began: datetime, address: str, headers: dict[str, str]
) -> None:
    for n in range(1, 7):
        with clock.frozen(began + n * timedelta(minutes=10) - SECOND):
            await browser.get(address, headers=headers)

    assert await inside(browser, began + HOUR - SECOND, **{"weibu-unattended": "1"})
    assert not await inside(browser, began + HOUR + SECOND)


async def test_polling_of_an_ended_session_leads_nowhere_and_tells_the_page(
    browser: httpx.AsyncClient, began: datetime
) -> None:
    with clock.frozen(began + HOUR):
        answer = await browser.get("/staff/badges", headers=POLLING)

    assert answer.status_code == 401
    assert answer.headers["weibu-session-over"] == "1"
    assert "hx-redirect" not in answer.headers


async def test_the_page_of_one_person_asks_nothing_in_the_name_of_another(
    browser: httpx.AsyncClient,
) -> None:
    page = (await browser.get("/staff")).text
    own = page.partition('data-person="')[2].partition('"')[0]

    asked = [
        await browser.get("/staff/account", headers={"weibu-person": person})
        for person in (own, str(uuid7()), "")
    ]

    assert [answer.status_code for answer in asked] == [200, 409, 409]
    assert "现在登录的是另一位" in asked[1].text


async def test_a_session_that_ran_out_is_told_at_the_login(
    browser: httpx.AsyncClient, began: datetime
) -> None:
    with clock.frozen(began + HOUR):
        ended = (await browser.get("/staff/login")).text
    fresh = (await browser.get("/staff/login")).text

    assert "登录已过期。重新登录以后" in ended
    assert "登录已过期。重新登录以后" not in fresh


async def test_an_act_is_noted_once_in_some_minutes_and_for_its_own_session_only(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient, doctor: Known, began: datetime
) -> None:
    await staff_client(app, session, doctor.id)  # another device of the same person

    await inside(browser, began + NOTED_EVERY - SECOND)
    before = await seen(session)
    await inside(browser, began + NOTED_EVERY)
    after = await seen(session)

    assert before == [began, began]
    assert sorted(after) == [began, began + NOTED_EVERY]


async def test_a_request_between_two_notes_writes_nothing(
    browser: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    written: list[str] = []

    def note(*args: Any) -> None:
        if args[2].startswith("UPDATE staff_session"):
            written.append(args[2])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await browser.get(HOME)
    event.remove(engine.sync_engine, "before_cursor_execute", note)

    assert written == []


async def test_an_idle_session_is_not_listed_among_ones_devices(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient, doctor: Known, began: datetime
) -> None:
    assert (await browser.get(HOME)).text.count("Linux · Chrome") == 1

    with clock.frozen(began + HOUR):
        again = await staff_client(app, session, doctor.id)
        page = (await again.get(HOME)).text

    assert page.count("Linux · Chrome") == 1
    assert "60 分钟没有人使用，会自动退出" in page


@pytest.mark.parametrize("how", ["idle", "expired", "ended", "dismissed"])
async def test_login_page_after_the_session_names_nobody_and_clears_the_cookie(
    session: AsyncSession, browser: httpx.AsyncClient, began: datetime, doctor: Known, how: str
) -> None:
    row = (await session.scalars(select(StaffSession))).one()
    at = began
    match how:
        case "idle":
            at = began + HOUR
        case "expired":
            at = began + 12 * HOUR
            row.last_seen_at = at
        case "ended":
            row.ended_at = began
        case _:
            (await session.get_one(StaffAccount, doctor.id)).is_active = False
    await session.flush()

    with clock.frozen(at):
        answer = await browser.get("/staff/login")

    assert "王医生" not in answer.text
    assert "/staff/patients" not in answer.text
    assert f'{STAFF_COOKIE}=""' in answer.headers["set-cookie"]


async def test_login_page_leaves_an_open_session_alone(
    browser: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    answer = await browser.get("/staff/login")

    assert "王医生" in answer.text
    assert "set-cookie" not in answer.headers
    assert "set-cookie" not in (await client.get("/staff/login")).headers


async def test_sessions_of_a_neighbour_are_not_ended_with_mine(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient
) -> None:
    neighbour = await staff_client(app, session, (await make_known(session, "li")).id)

    await browser.post("/staff/account/sessions/end-others")

    assert (await neighbour.get(HOME)).status_code == 200


async def test_sessions_are_listed_newest_first(
    app: FastAPI, session: AsyncSession, browser: httpx.AsyncClient, doctor: Known
) -> None:
    ages = {"一小时前的电脑": 60, "刚才的电脑": 0, "半小时前的电脑": 30}
    for _ in range(2):
        await staff_client(app, session, doctor.id)
    opened = select(StaffSession).where(StaffSession.staff_account_id == doctor.id)
    for one, (device, minutes) in zip(await session.scalars(opened), ages.items(), strict=True):
        one.device, one.created_at = device, clock.now() - timedelta(minutes=minutes)
    await session.flush()

    page = (await browser.get("/staff/account")).text

    assert sorted(ages, key=page.index) == sorted(ages, key=lambda device: ages[device])
