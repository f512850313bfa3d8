"""A request that is sent again is answered by what its sender may know now."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Consent, WechatAccount
from app.institutions.models import Team
from app.patients.models import Patient
from tests.accounts.factories import documents, make_wechat_account, wechat_client
from tests.fake_wechat import FakeWeChat
from tests.patients.factories import make_patient
from tests.patients.test_bindings import bind, issue

KEY = "one-intent-of-mine"
UNBIND = {"version": "2"}  # as it is once a phone is bound
CLOSE = ("phone", "/api/me/close", {"confirm": True})


@pytest.fixture
def wechat(app: FastAPI) -> FakeWeChat:
    app.state.wechat = FakeWeChat()
    fake: FakeWeChat = app.state.wechat
    return fake


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make_patient(session, team=team, bound=False)


@pytest.fixture
async def account(session: AsyncSession) -> WechatAccount:
    return await make_wechat_account(session)


@pytest.fixture
def phone(app: FastAPI, account: WechatAccount) -> httpx.AsyncClient:
    return wechat_client(app, account.id)


@pytest.mark.parametrize(
    ("act", "status", "kind"),
    [
        (("browser", "/staff/patients/{}/unbind", UNBIND), 403, "not-bound"),
        (CLOSE, 401, "not-logged-in"),
        (("phone", "/api/consents/health_record/withdraw", None), 403, "consent-required"),
    ],
    ids=["unbound", "closed", "withdrawn"],
)
async def test_a_binding_sent_again_tells_nothing_of_a_record_that_is_gone(
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
    act: tuple[str, str, Any],
    status: int,
    kind: str,
) -> None:
    code = await issue(browser, wechat, patient)
    first = await bind(phone, code, key=KEY)
    who, address, body = act
    client = phone if who == "phone" else browser
    given: dict[str, Any] = {"data": body} if who == "browser" else {"json": body}
    done = await client.post(address.format(patient.id), **given)

    again = await bind(phone, code, key=KEY)

    assert done.status_code < 400
    assert first.json()["name"] == "李桂英"
    assert (again.status_code, again.json()["type"]) == (status, kind)
    for personal in ("李桂英", "1958", "138", "tuberculosis"):
        assert personal not in again.text


async def test_a_binding_sent_again_does_not_tell_of_another_record_bound_since(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    team: Team,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    code = await issue(browser, wechat, patient)
    await bind(phone, code, key=KEY)
    await browser.post(f"/staff/patients/{patient.id}/unbind", data=UNBIND)
    other = await make_patient(session, team=team, bound=False)
    await bind(phone, await issue(browser, wechat, other))

    again = await bind(phone, code, key=KEY)

    assert (again.status_code, again.json()["type"]) == (403, "not-bound")


async def test_nothing_personal_of_a_binding_is_kept_for_its_repetition(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
) -> None:
    await bind(phone, await issue(browser, wechat, patient), key=KEY)

    length = await session.scalar(
        text("select length(response->>'sealed') from idempotency_record")
    )

    assert length is not None
    assert length < 150  # an id, sealed


async def test_a_closed_account_gives_no_consent(
    session: AsyncSession,
    browser: httpx.AsyncClient,
    wechat: FakeWeChat,
    patient: Patient,
    phone: httpx.AsyncClient,
    account: WechatAccount,
) -> None:
    await bind(phone, await issue(browser, wechat, patient))
    _, address, body = CLOSE
    await phone.post(address, json=body)
    yes = [{"purpose": d.purpose, "version": d.version} for d in documents(90)]

    answer = await phone.post("/api/consents", json={"accepted": yes})

    assert (answer.status_code, answer.json()["type"]) == (401, "not-logged-in")
    standing = select(Consent.id).where(
        Consent.wechat_account_id == account.id, Consent.withdrawn_at.is_(None)
    )
    assert (await session.scalars(standing)).all() == []
