"""Which passwords are refused, and what a handed out one opens."""

import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import STAFF_COOKIE
from app.accounts.models import AuditEvent, StaffAccount
from app.accounts.rules import SHORTEST, is_easily_guessed
from app.accounts.service import credentials, logins
from app.core import clock
from tests.accounts.conftest import PASSWORD, Known, make_known
from tests.accounts.factories import HANDED_OUT, staff_client

FIRST = "/staff/login/first-password"
NEW = "a whole new one"


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "0987654321",
        "12345678901",
        "qwertyuiop",
        "QwertyUiop123",
        "qwertyuiop1",
        "asdfghjkl123",
        "1qaz2wsx3edc",
        "1q2w3e4r5t",
        "abcdefghij",
        "aaaaaaaaaaaa",
        "1212121212",
        "password123",
        "Passw0rd2026",
        "!!admin123456",
        "woaini1314520",
        "13812345678",
        "+8613812345678",
        "wang-2026!",
        "wangwangwang1",
        "weibu202611",
        "微步之约2026年",
        "微步微步微步微步微步",
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    assert len(password) >= SHORTEST or "wang" in password or "微步" in password
    assert is_easily_guessed(password, "wang")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "a whole new one",
        "七点半去北门买菜吃饭",
        "tR7-qm2_Lx9w",
        "wang likes green tea",
        "weibu und die lange bank",
        "asdf green tea 1234",
        "72914830562",
        "Zx8!mountain river",
    ],
)
def test_ordinary_passwords_are_taken(password: str) -> None:
    assert not is_easily_guessed(password, "wang")


def test_a_user_name_of_one_letter_forbids_nothing() -> None:
    assert not is_easily_guessed("correct horse battery", "o")


def test_a_user_name_of_two_letters_is_taken_out_too() -> None:
    assert is_easily_guessed("xu9k2xu4m7xuxuxuq1", "xu")
    assert not is_easily_guessed("xu9k2xu4m7xuxuxuq1", "zhanglinglong")


async def test_a_common_password_is_refused_beside_its_field(
    app: FastAPI, session: AsyncSession, doctor: Known
) -> None:
    browser = await staff_client(app, session, doctor.id)
    form = {"present": PASSWORD, "password": "1234567890", "repeated": "1234567890"}

    answer = await browser.post("/staff/account/password", data=form)

    assert answer.status_code == 422
    assert "太容易被猜到" in answer.text
    assert 'value="1234567890"' not in answer.text


async def test_a_changed_password_is_in_the_trail(
    app: FastAPI, session: AsyncSession, doctor: Known
) -> None:
    browser = await staff_client(app, session, doctor.id)
    form = {"present": PASSWORD, "password": NEW, "repeated": NEW}

    await browser.post("/staff/account/password", data=form)

    told = (await session.scalars(select(AuditEvent))).one()
    assert (told.action, told.actor_id, told.subject_id, told.detail) == (
        "change_own_password",
        doctor.id,
        doctor.id,
        None,
    )


async def ticket_of(client: httpx.AsyncClient, fresh: Known, password: str = PASSWORD) -> str:
    asked = await client.post("/staff/login", data=fresh.form(password=password))
    found = re.search(r'name="ticket"\s+value="([^"]+)"', asked.text)
    assert found, asked.text
    return found[1]


def first(ticket: str, password: str = NEW) -> dict[str, str]:
    return {"ticket": ticket, "password": password, "repeated": password}


async def test_a_ticket_dies_when_another_password_is_handed_out(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    fresh = await make_known(session, must_change_password=True)
    ticket = await ticket_of(client, fresh)
    await credentials.renew(session, fresh.id, HANDED_OUT)
    await session.flush()

    answer = await client.post(FIRST, data=first(ticket))

    assert answer.headers["location"].startswith("/staff/login")
    assert STAFF_COOKIE not in client.cookies
    account = await session.get_one(StaffAccount, fresh.id, populate_existing=True)
    assert account.must_change_password


async def test_a_ticket_of_an_account_switched_off_is_void(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    fresh = await make_known(session, must_change_password=True)
    ticket = await ticket_of(client, fresh)
    await credentials.set_active(session, fresh.id, active=False)
    await session.flush()

    await client.post(FIRST, data=first(ticket))

    assert STAFF_COOKIE not in client.cookies


@pytest.mark.parametrize("later", [-1, 0])
@pytest.mark.usefixtures("noon")
async def test_a_ticket_runs_out_by_our_clock(
    client: httpx.AsyncClient, session: AsyncSession, later: int
) -> None:
    fresh = await make_known(session, must_change_password=True)
    ticket = await ticket_of(client, fresh)

    with clock.frozen(clock.now() + logins.TICKET_LIFE + timedelta(seconds=later)):
        answer = await client.post(FIRST, data=first(ticket))

    assert answer.status_code == 303
    assert (STAFF_COOKIE in client.cookies) is (later < 0)


async def test_a_first_password_is_checked_like_any_other_and_is_in_the_trail(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    fresh = await make_known(session, must_change_password=True)
    ticket = await ticket_of(client, fresh)

    common = await client.post(FIRST, data=first(ticket, "qwertyuiop1"))
    taken = await client.post(FIRST, data=first(ticket))

    assert common.status_code == 422
    assert "太容易被猜到" in common.text
    assert taken.status_code == 303
    told = (await session.scalars(select(AuditEvent))).one()
    assert (told.action, told.actor_id) == ("set_first_password", fresh.id)
    assert told.request_id is not None
