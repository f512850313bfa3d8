"""Whoever cannot scan types eight digits and the end of the phone on record."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.institutions.models import StaffMember, Team
from app.patients.models import Patient, TypedBindingCode
from app.patients.service import typed_codes
from app.patients.service.binding_codes import issue_code
from tests.accounts.factories import actor_of, make_wechat_account, wechat_client
from tests.fake_wechat import FakeWeChat
from tests.patients.factories import make_child, make_patient
from tests.patients.test_bindings import LOOK_UP, YES, bind, issue, issue_digits

TAIL = {"phone_tail": "1234"}  # of 13800001234
OTHER = {"phone_tail": "9999"}


@pytest.fixture(autouse=True)
def wechat(app: FastAPI) -> FakeWeChat:
    fake = FakeWeChat()
    app.state.wechat = fake
    return fake


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make_patient(session, team=team, bound=False)


@pytest.fixture
async def phone(app: FastAPI, session: AsyncSession) -> httpx.AsyncClient:
    return wechat_client(app, (await make_wechat_account(session)).id)


async def test_digits_and_the_end_of_the_phone_bind(
    browser: httpx.AsyncClient, patient: Patient, phone: httpx.AsyncClient
) -> None:
    digits = await issue_digits(browser, patient)
    body = {"code": f"{digits[:4]} {digits[4:]}"} | TAIL

    found = await phone.post(LOOK_UP, json=body)
    once = {"idempotency-key": "one-intent-of-mine"}
    bound = await phone.post("/api/bindings", json=body | {"accepted": YES}, headers=once)

    assert (found.status_code, found.json()["name_masked"]) == (200, "李**")
    assert bound.status_code == 201


async def test_a_failed_try_does_not_tell_what_was_wrong(
    browser: httpx.AsyncClient, patient: Patient, phone: httpx.AsyncClient
) -> None:
    digits = await issue_digits(browser, patient)
    wrong = f"{(int(digits) + 1) % 10**8:08}"

    answers = [
        await phone.post(LOOK_UP, json={"code": digits} | OTHER),
        await phone.post(LOOK_UP, json={"code": wrong} | TAIL),
        await phone.post(LOOK_UP, json={"code": digits}),
    ]

    told = [{k: v for k, v in a.json().items() if k != "request_id"} for a in answers]
    assert {a.status_code for a in answers} == {404}
    assert told[0] == told[1] == told[2]


async def test_five_wrong_tries_shut_the_digits_and_not_the_scanned_code(
    app: FastAPI,
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    digits = await issue_digits(browser, patient)
    secret = wechat.drawn[-1][0].removeprefix("b=")
    for _ in range(typed_codes.TRIES):
        stranger = wechat_client(app, (await make_wechat_account(session)).id)
        assert (await stranger.post(LOOK_UP, json={"code": digits} | OTHER)).status_code == 404

    typed = await phone.post(LOOK_UP, json={"code": digits} | TAIL)
    scanned = await bind(phone, secret)

    assert typed.json()["type"] == "binding-code-unknown"
    assert scanned.status_code == 201


async def test_right_tries_do_not_count(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    digits = await issue_digits(browser, patient)
    await phone.post(LOOK_UP, json={"code": digits} | OTHER)
    for _ in range(2 * typed_codes.TRIES):
        assert (await phone.post(LOOK_UP, json={"code": digits} | TAIL)).status_code == 200

    assert await session.scalar(select(TypedBindingCode.failures)) == 1


async def test_a_child_is_bound_with_the_phone_of_its_guardian(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    team: Team,
    phone: httpx.AsyncClient,
) -> None:
    child = await make_child(session, team=team, bound=False)
    digits = await issue_digits(browser, child)

    own = await phone.post(LOOK_UP, json={"code": digits, "phone_tail": "1111"})
    guardians = await phone.post(LOOK_UP, json={"code": digits, "phone_tail": "5678"})

    assert (own.status_code, guardians.status_code) == (404, 200)


async def test_a_used_code_says_so_only_to_who_knows_both(
    app: FastAPI,
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    digits = await issue_digits(browser, patient)
    await bind(phone, wechat.drawn[-1][0].removeprefix("b="))
    other = wechat_client(app, (await make_wechat_account(session)).id)

    knows = await other.post(LOOK_UP, json={"code": digits} | TAIL)
    guesses = await other.post(LOOK_UP, json={"code": digits} | OTHER)

    assert (knows.status_code, guesses.status_code) == (410, 404)


async def test_digits_that_stand_for_another_are_not_drawn(
    session: AsyncSession, doctor: StaffMember, patient: Patient
) -> None:
    first = await typed_codes.draw_digits(session, "A-CODE")
    await issue_code(session, actor_of(doctor.id), patient.id, "ANOTHER", first)

    second = await typed_codes.draw_digits(session, "A-CODE")
    own = await issue_code(session, actor_of(doctor.id), patient.id, "A-CODE", second)

    assert first != second
    assert await typed_codes.drawn_digits(session, own.id, "A-CODE") == second


async def test_only_a_keyed_hash_of_the_digits_is_kept(
    session: AsyncSession, browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient
) -> None:
    secret, digits = await issue(browser, wechat, patient), await issue_digits(browser, patient)

    kept = list(await session.scalars(select(TypedBindingCode.digits_hash)))

    assert len(kept) == 2
    assert all(digits not in one and secret not in one for one in kept)
