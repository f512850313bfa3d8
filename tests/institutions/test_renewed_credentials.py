"""Renewed credentials: out at once, in only after a second person's yes; and who hears of it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.models import StaffMember
from app.institutions.rules import WAITS_FOR
from app.notifications import jobs
from app.notifications.models import Notice
from tests.accounts.conftest import PASSWORD, PASSWORD_HASH
from tests.accounts.factories import TOTP_SECRET, make_wechat_account, staff_client
from tests.institutions.factories import make_institution, make_staff, make_team

ADMIN, PAGE = "/api/admin", "/staff/confirmations"
NEW = "设置您自己的密码"
Given = tuple[str, str]


@dataclass
class Place:
    doctor: StaffMember
    operator: StaffMember
    chief: StaffMember
    neighbour: StaffMember
    admin: httpx.AsyncClient


@pytest.fixture
async def place(app: FastAPI, session: AsyncSession) -> Place:
    home = await make_institution(session)
    team = await make_team(session, institution=home)
    doctor, neighbour = [await make_staff(session, team=team) for _ in range(2)]
    for staff, username in ((doctor, "lixiuying"), (neighbour, "wangmei")):
        account = await session.get_one(StaffAccount, staff.id)
        account.username, account.password_hash = username, PASSWORD_HASH
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    chief = await make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    await session.flush()
    admin = await staff_client(app, session, operator.id)
    return Place(doctor, operator, chief, neighbour, admin)


@pytest.fixture
async def asked(place: Place) -> dict[str, Any]:
    answer = await place.admin.post(f"{ADMIN}/staff/{place.doctor.id}/credentials")
    assert answer.status_code == 202
    body: dict[str, Any] = answer.json()
    return body


LogIn = Callable[[str, str, str], Awaitable[httpx.Response]]


@pytest.fixture
def log_in(client: httpx.AsyncClient) -> LogIn:
    async def send(username: str, password: str, secret: str) -> httpx.Response:
        form = {"username": username, "password": password}
        return await client.post(
            "/staff/login", data=form | {"code": pyotp.TOTP(secret).at(clock.now())}
        )

    return send


def new_ones(asked: dict[str, Any]) -> Given:
    secret = re.search(r"secret=(\w+)", asked["otpauth_uri"])
    assert secret
    return asked["initial_password"], secret[1]


def settle(asked: dict[str, Any], word: str) -> str:
    return f"{PAGE}/{asked['asked']['change']['change_id']}/{word}"


async def test_neither_old_nor_new_ones_open_anything_before_the_yes(
    app: FastAPI, session: AsyncSession, place: Place, log_in: LogIn
) -> None:
    browser = await staff_client(app, session, place.doctor.id)
    beside = await staff_client(app, session, place.neighbour.id)
    answer = await place.admin.post(f"{ADMIN}/staff/{place.doctor.id}/credentials")

    tries = [
        await log_in("lixiuying", *new_ones(answer.json())),
        await log_in("lixiuying", PASSWORD, TOTP_SECRET),
    ]

    assert [t.status_code for t in tries] == [401, 401]
    assert (await browser.get("/staff/account")).status_code == 303
    assert (await beside.get("/staff/account")).status_code == 200
    assert (await log_in("wangmei", PASSWORD, TOTP_SECRET)).status_code == 303


async def test_confirmed_the_new_ones_open_and_the_old_ones_do_not(
    app: FastAPI, session: AsyncSession, place: Place, asked: dict[str, Any], log_in: LogIn
) -> None:
    account = await session.get_one(StaffAccount, place.doctor.id)
    account.wechat_account_id = (await make_wechat_account(session)).id
    await session.flush()

    await (await staff_client(app, session, place.chief.id)).post(settle(asked, "confirm"))

    old = await log_in("lixiuying", PASSWORD, TOTP_SECRET)
    new = await log_in("lixiuying", *new_ones(asked))
    await session.refresh(account)
    assert old.status_code == 401
    assert NEW in new.text
    rest = [account.next_password_hash, account.next_totp_secret, account.next_until]
    assert [account.wechat_account_id, *rest] == [None] * 4  # the phone may be what was lost


async def test_the_account_s_own_phone_confirms_and_stays_linked(
    app: FastAPI, session: AsyncSession, place: Place, asked: dict[str, Any], log_in: LogIn
) -> None:
    """Its password opens nothing meanwhile: a session of that time is the linked phone's."""
    account = await session.get_one(StaffAccount, place.doctor.id)
    account.wechat_account_id = (await make_wechat_account(session)).id
    await session.flush()
    browser = await staff_client(app, session, place.doctor.id)
    page = await browser.get(PAGE)

    answer = await browser.post(settle(asked, "confirm"))

    assert "您自己的账号" in page.text
    assert answer.status_code == 303
    await session.refresh(account)
    assert account.wechat_account_id is not None
    assert (await browser.get(PAGE)).status_code == 303  # out: in again with the new ones
    assert NEW in (await log_in("lixiuying", *new_ones(asked))).text


@pytest.mark.parametrize("how", ["refuse", "cancel", "expire"])
async def test_without_a_yes_the_old_ones_are_good_again(
    app: FastAPI, session: AsyncSession, place: Place, asked: dict[str, Any], log_in: LogIn,
    how: str,
) -> None:  # fmt: skip
    later = clock.now()
    if how == "refuse":
        await (await staff_client(app, session, place.chief.id)).post(settle(asked, "refuse"))
    elif how == "cancel":
        change_id = asked["asked"]["change"]["change_id"]
        await place.admin.post(f"{ADMIN}/access-changes/{change_id}/cancel")
    else:
        later += WAITS_FOR + timedelta(seconds=1)

    with clock.frozen(later):
        old = await log_in("lixiuying", PASSWORD, TOTP_SECRET)
        new = await log_in("lixiuying", *new_ones(asked))

    assert (old.status_code, new.status_code) == (303, 401)


async def test_of_two_renewals_the_later_one_counts(
    app: FastAPI, session: AsyncSession, place: Place, asked: dict[str, Any], log_in: LogIn
) -> None:
    second = (await place.admin.post(f"{ADMIN}/staff/{place.doctor.id}/credentials")).json()
    browser = await staff_client(app, session, place.chief.id)

    early = await browser.post(settle(asked, "confirm"))
    await browser.post(settle(second, "confirm"))

    assert early.status_code == 409
    assert (await log_in("lixiuying", *new_ones(asked))).status_code == 401
    assert NEW in (await log_in("lixiuying", *new_ones(second))).text


async def test_an_account_that_nobody_uses_yet_needs_no_second_person(
    session: AsyncSession, place: Place, log_in: LogIn
) -> None:
    """The paper with the first password was lost; what is in use waits (`test_detours`)."""
    nurse = await make_new_nurse(session, place)

    answer = (await place.admin.post(f"{ADMIN}/staff/{nurse.id}/credentials")).json()

    account = await session.get_one(StaffAccount, nurse.id)
    assert answer["asked"]["change"]["state"] == "confirmed"
    assert NEW in (await log_in(account.username, *new_ones(answer))).text


async def make_new_nurse(session: AsyncSession, place: Place) -> StaffMember:
    nurse = await make_staff(session, name="新来的护士")
    nurse.institution_id = place.doctor.institution_id
    (await session.get_one(StaffAccount, nurse.id)).must_change_password = True
    await session.flush()
    return nurse


async def test_the_only_supervisor_is_let_in_again_from_above_and_both_hear_of_it(
    app: FastAPI, session: AsyncSession, sessions: Sessionmaker, settings: Settings
) -> None:
    top = await make_institution(session)
    home = await make_institution(session, parent=top)
    await make_team(session, institution=home)
    only = await make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
    above = await make_staff(session, institution=top, roles=[Role.OPERATOR])
    bystander = await make_staff(session, institution=home)
    admin = await staff_client(app, session, operator.id)

    asked = (await admin.post(f"{ADMIN}/staff/{only.id}/credentials")).json()["asked"]
    told_first = await run_tellers(session, sessions, settings)
    change_id = UUID(asked["change"]["change_id"])
    answer = await (await staff_client(app, session, above.id)).post(
        f"{ADMIN}/confirmations/{change_id}/confirm"
    )
    told_then = await run_tellers(session, sessions, settings)

    assert [one["staff_id"] for one in asked["confirmers"]] == [str(above.id)]
    assert answer.json()["state"] == "confirmed"
    assert told_first == {(above.id, "access_asked"), (only.id, "access_of_yours")}
    assert told_then - told_first == {
        (only.id, "access_confirmed"), (operator.id, "access_confirmed"),
    }  # fmt: skip
    assert bystander.id not in {staff_id for staff_id, _ in told_then}


async def run_tellers(
    session: AsyncSession, sessions: Sessionmaker, settings: Settings
) -> set[tuple[UUID | None, str]]:
    """Run what was deferred for inboxes, twice, and read who was told what."""
    context = JobContext(settings, sessions, Storage(settings), FEATURES)
    rows = await session.execute(
        text("select task_name, args from procrastinate_jobs where task_name like '%.access_%'")
    )
    for name, args in rows.all():
        job = {
            "notifications.access_requested": jobs.tell_access_requested,
            "notifications.access_settled": jobs.tell_access_settled,
        }[name]
        for _ in range(2):
            await job(context, **args)
    notices = (await session.execute(select(Notice.staff_id, Notice.kind))).all()
    assert len(notices) == len(set(notices))
    return {(staff_id, kind) for staff_id, kind in notices}
