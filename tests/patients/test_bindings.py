"""A code binds one phone to one record, once."""

import re
from datetime import timedelta
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Consent, WechatAccount
from app.core import clock
from app.core.ids import uuid7
from app.core.wechat import WeChatBusy
from app.institutions.models import Team
from app.patients import audit
from app.patients.models import BindingAttempt, BindingCode, Patient
from tests.accounts.factories import documents, make_wechat_account, wechat_client
from tests.fake_wechat import FakeWeChat
from tests.patients.factories import make_patient, patient_client

BIND = "/api/bindings"
LOOK_UP = "/api/bindings/lookup"
YES = [{"purpose": d.purpose, "version": d.version} for d in documents(90)]


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make_patient(session, team=team, bound=False)


@pytest.fixture
def wechat(app: FastAPI) -> FakeWeChat:
    fake = FakeWeChat()
    app.state.wechat = fake
    return fake


@pytest.fixture
async def account(session: AsyncSession) -> WechatAccount:
    return await make_wechat_account(session)


@pytest.fixture
def phone(app: FastAPI, account: WechatAccount) -> httpx.AsyncClient:
    return wechat_client(app, account.id)


async def issue(browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient) -> str:
    answer = await browser.post(f"/staff/patients/{patient.id}/binding")
    assert answer.status_code == 200
    scene, page = wechat.drawn[-1]
    assert page == "pages/bind/index"
    assert "data:image/jpeg;base64," in answer.text
    return scene.removeprefix("b=")


async def issue_digits(browser: httpx.AsyncClient, patient: Patient) -> str:
    """Read the typed way of a new sheet, as it is printed."""
    answer = await browser.post(f"/staff/patients/{patient.id}/binding")
    printed = re.search(r"data-binding-code>(\d{4}) (\d{4})<", answer.text)
    assert printed is not None
    return printed[1] + printed[2]


async def bind(
    phone: httpx.AsyncClient, code: str, accepted: object = YES, key: str | None = None
) -> httpx.Response:
    headers = {"idempotency-key": key or str(uuid7())}
    return await phone.post(BIND, json={"code": code, "accepted": accepted}, headers=headers)


async def test_lookup_says_just_enough_to_recognise_oneself(
    browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient, phone: httpx.AsyncClient
) -> None:
    code = await issue(browser, wechat, patient)

    answer = await phone.post(LOOK_UP, json={"code": f" {code[:4].lower()}-{code[4:]} "})

    told = answer.json()
    assert answer.status_code == 200
    assert (told["name_masked"], told["birth_year"]) == ("李**", 1958)
    assert "李桂英" not in answer.text
    assert "13800001234" not in answer.text


async def test_binding_opens_the_record_with_its_consents(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
    account: WechatAccount,
) -> None:
    before = await phone.get("/api/me")
    code = await issue(browser, wechat, patient)

    answer = await bind(phone, code)

    assert before.json()["type"] == "not-bound"
    assert answer.status_code == 201
    assert answer.json()["name"] == "李桂英"
    assert (await phone.get("/api/me")).json() == answer.json()
    consents = await session.scalars(
        select(Consent.purpose).where(Consent.wechat_account_id == account.id)
    )
    assert len(list(consents)) == 2
    assert audit.BIND.code in list(await session.scalars(select(AuditEvent.action)))


async def test_code_works_once(
    app: FastAPI,
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    code = await issue(browser, wechat, patient)
    await bind(phone, code)
    other = wechat_client(app, (await make_wechat_account(session)).id)

    answer = await other.post(LOOK_UP, json={"code": code})

    assert (answer.status_code, answer.json()["type"]) == (410, "binding-code-used")


async def test_repeated_request_gets_the_same_answer(
    browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient, phone: httpx.AsyncClient
) -> None:
    code = await issue(browser, wechat, patient)

    first = await bind(phone, code, key="one-intent-of-mine")
    again = await bind(phone, code, key="one-intent-of-mine")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_code_ends_after_a_day(
    app: FastAPI,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    account: WechatAccount,
) -> None:
    issued_at = clock.now()
    with clock.frozen(issued_at):
        code = await issue(browser, wechat, patient)

    answers = []
    for seconds in (-1, 1):
        with clock.frozen(issued_at + timedelta(hours=24, seconds=seconds)):
            phone = wechat_client(app, account.id)  # with a token of that day
            answers.append(await phone.post(LOOK_UP, json={"code": code}))

    before, after = answers
    assert before.status_code == 200
    assert (after.status_code, after.json()["type"]) == (410, "binding-code-expired")


async def test_new_code_ends_the_old_one(
    browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient, phone: httpx.AsyncClient
) -> None:
    old = await issue(browser, wechat, patient)
    new = await issue(browser, wechat, patient)

    with_old = await phone.post(LOOK_UP, json={"code": old})
    with_new = await phone.post(LOOK_UP, json={"code": new})

    assert (with_old.status_code, with_old.json()["type"]) == (410, "binding-code-expired")
    assert with_new.status_code == 200


async def test_binding_needs_the_health_record_consent(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    code = await issue(browser, wechat, patient)

    without = await bind(phone, code, [y for y in YES if y["purpose"] != "health_record"])
    outdated = await bind(phone, code, [{"purpose": "health_record", "version": "1999-01"}])

    assert (without.status_code, without.json()["type"]) == (422, "consent-required")
    assert (outdated.status_code, outdated.json()["type"]) == (422, "consent-outdated")
    read = await session.get_one(Patient, patient.id, populate_existing=True)
    assert read.wechat_account_id is None


async def test_bound_record_refuses_a_second_phone(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    team: Team,
    phone: httpx.AsyncClient,
) -> None:
    bound = await make_patient(session, team=team)
    code = await issue(browser, wechat, bound)

    answer = await bind(phone, code)

    assert (answer.status_code, answer.json()["type"]) == (409, "already-bound")


async def test_bound_phone_refuses_a_second_record(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    wechat: FakeWeChat,
    patient: Patient,
    team: Team,
    phone: httpx.AsyncClient,
) -> None:
    await bind(phone, await issue(browser, wechat, patient))
    second = await make_patient(session, team=team, bound=False)

    answer = await bind(phone, await issue(browser, wechat, second))

    assert (answer.status_code, answer.json()["type"]) == (409, "already-bound")


async def test_guessing_stops_after_ten_failures_and_starts_again_after_an_hour(
    browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient, phone: httpx.AsyncClient
) -> None:
    code = await issue(browser, wechat, patient)
    wrong = [await phone.post(LOOK_UP, json={"code": f"WRONG{n:03}"}) for n in range(10)]

    eleventh = await phone.post(LOOK_UP, json={"code": code})
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        later = await phone.post(LOOK_UP, json={"code": code})

    assert {a.json()["type"] for a in wrong} == {"binding-code-unknown"}
    assert (eleventh.status_code, eleventh.json()["type"]) == (429, "too-many-attempts")
    assert later.status_code == 200


async def test_right_codes_do_not_count_as_failures(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    code = await issue(browser, wechat, patient)
    for _ in range(12):
        assert (await phone.post(LOOK_UP, json={"code": code})).status_code == 200

    assert await session.scalar(select(func.count()).select_from(BindingAttempt)) == 0


async def test_only_the_hash_of_a_code_is_kept(
    session: AsyncSession, browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient
) -> None:
    code = await issue(browser, wechat, patient)

    kept = (await session.scalars(select(BindingCode.code_hash))).one()
    assert code not in kept
    assert len(code) == 24


async def test_sheet_shows_letters_when_wechat_has_no_picture(
    browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient
) -> None:
    wechat.trouble = WeChatBusy("/wxa/getwxacodeunlimit")

    answer = await browser.post(f"/staff/patients/{patient.id}/binding")

    assert "输入下面八个数字" in answer.text
    assert "data-binding-code" in answer.text


async def test_doctor_unbinds_and_the_phone_is_out_at_once(
    browser: httpx.AsyncClient, wechat: FakeWeChat, patient: Patient, phone: httpx.AsyncClient
) -> None:
    await bind(phone, await issue(browser, wechat, patient))
    shown = await browser.get(f"/staff/patients/{patient.id}/binding")

    done = await browser.post(f"/staff/patients/{patient.id}/unbind", data={"version": "2"})

    assert "解除绑定" in shown.text
    assert done.status_code == 303
    assert (await phone.get("/api/me")).json()["type"] == "not-bound"


async def test_closed_account_cannot_bind_with_a_token_that_outlived_it(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
    account: WechatAccount,
) -> None:
    code = await issue(browser, wechat, patient)
    account.closed_at = clock.now()
    await session.flush()

    answer = await bind(phone, code)

    assert (answer.status_code, answer.json()["type"]) == (401, "not-logged-in")


async def test_patient_who_closed_the_account_returns_with_a_new_code(
    app: FastAPI,
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    team: Team,
    phone: httpx.AsyncClient,
) -> None:
    patient = await make_patient(session, team=team)
    closed = await patient_client(app, patient).post("/api/me/close", json={"confirm": True})

    bound = await bind(phone, await issue(browser, wechat, patient))

    assert (closed.status_code, bound.status_code) == (204, 201)
    me = await phone.get("/api/me")
    assert (me.status_code, me.json()) == (200, bound.json())


async def test_a_sheet_that_is_loaded_again_is_the_same_sheet(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    """F5 sends the form again: the code just printed must not die of it."""
    address = f"/staff/patients/{patient.id}/binding"
    page = await browser.get(address)
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key is not None
    sent = {"key": key[1]}

    first, again = [await browser.post(address, data=sent) for _ in range(2)]

    shown = [re.search(r"data-binding-code>([0-9 ]+)<", p.text) for p in (first, again)]
    assert shown[0]
    assert shown[1]
    assert shown[0][1] == shown[1][1]
    assert wechat.drawn[-1] == wechat.drawn[-2]
    rows = (await session.scalars(select(BindingCode))).all()
    assert len(rows) == 1
    assert "已经给过一张码" not in page.text
    assert "已经给过一张码" in (await browser.get(address)).text

    newer = await issue(browser, wechat, patient)
    late = await browser.post(address, data=sent)

    assert late.status_code == 303
    assert "重新生成" in unquote(str(late.headers))
    assert (await bind(phone, newer)).status_code == 201
