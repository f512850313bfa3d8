"""Under 14 a guardian consents and acts; from the 14th birthday the patient does."""

from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Consent, WechatAccount
from app.core.ids import uuid7
from app.institutions.models import Team
from app.patients import audit
from app.patients.guardianship import needs_guardian
from app.patients.models import Guardian, Patient
from app.patients.queries.guardians import account_of
from app.patients.service import binding_codes
from tests.accounts.factories import (
    actor_of,
    documents,
    make_wechat_account,
    staff_client,
    wechat_client,
)
from tests.counting import counted
from tests.fake_wechat import FakeWeChat
from tests.institutions.factories import make_staff, make_team
from tests.patients.factories import make_child, make_guardian, make_patient
from tests.patients.test_record_pages import form

pytestmark = pytest.mark.usefixtures("noon")  # 10 September 2026
YES = [{"purpose": d.purpose, "version": d.version} for d in documents(90)]
CODE = "ABCD2345"
TODAY_14, TOMORROW_14 = date(2012, 9, 10), date(2012, 9, 11)
GUARDIAN = {
    "guardian_name": "王芳",
    "guardian_phone": "139 0000 5678",
    "guardian_relation": "mother",
}


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make_team(session)


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, team: Team) -> httpx.AsyncClient:
    app.state.wechat = FakeWeChat()
    return await staff_client(app, session, (await make_staff(session, team=team)).id)


@pytest.fixture
async def account(session: AsyncSession) -> WechatAccount:
    return await make_wechat_account(session)


async def bind(
    app: FastAPI, session: AsyncSession, account: WechatAccount, patient: Patient
) -> httpx.Response:
    staff = await make_staff(session)
    await binding_codes.issue_code(session, actor_of(staff.id), patient.id, CODE)
    await session.flush()
    phone = wechat_client(app, account.id)
    headers = {"idempotency-key": str(uuid7())}
    answer = await phone.post(
        "/api/bindings", json={"code": CODE, "accepted": YES}, headers=headers
    )
    await session.execute(text("delete from binding_code"))
    return answer


async def actions(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(AuditEvent.action)))


async def guardian_of(session: AsyncSession, patient: Patient) -> Guardian:
    found = select(Guardian).where(Guardian.patient_id == patient.id)
    return (await session.scalars(found, execution_options={"populate_existing": True})).one()


@pytest.mark.parametrize(("birth_on", "needed"), [(TOMORROW_14, True), (TODAY_14, False)])
def test_a_guardian_is_needed_until_the_day_before_the_14th_birthday(
    birth_on: date, needed: bool
) -> None:
    assert needs_guardian(birth_on, date(2026, 9, 10)) is needed


async def test_a_childs_record_asks_for_the_guardian_beside_the_field(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    child = form(team, id_number="", birth_on=TOMORROW_14.isoformat())

    without = await browser.post("/staff/patients/new", data=child)
    partly = await browser.post("/staff/patients/new", data=child | {"guardian_name": "王芳"})
    whole = await browser.post("/staff/patients/new", data=child | GUARDIAN)

    assert (without.status_code, partly.status_code, whole.status_code) == (422, 422, 303)
    assert 'id="guardian_name-note"' in without.text
    assert "填完整" in partly.text
    guardian = (await session.scalars(select(Guardian))).one()
    assert (guardian.name, guardian.phone) == ("王芳", "13900005678")
    stored = (await session.execute(text("select row_to_json(g)::text from guardian g"))).scalar()
    assert "王芳" not in str(stored)
    assert "13900005678" not in str(stored)


async def test_who_has_turned_14_needs_none(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    grown = form(team, id_number="", birth_on=TODAY_14.isoformat())

    assert (await browser.post("/staff/patients/new", data=grown)).status_code == 303
    assert list(await session.scalars(select(Guardian))) == []


async def test_a_child_is_found_by_the_guardians_phone(
    browser: httpx.AsyncClient, team: Team
) -> None:
    child = form(team, id_number="", birth_on="2016-01-01") | GUARDIAN
    await browser.post("/staff/patients/new", data=child)

    found = await browser.post("/staff/patients/search", data={"q": "5678"})

    assert "赵秀珍" in found.text


async def test_a_code_of_a_child_binds_the_guardians_phone(
    app: FastAPI, session: AsyncSession, team: Team, account: WechatAccount
) -> None:
    child = await make_child(session, team=team, bound=False)

    answer = await bind(app, session, account, child)

    me = answer.json()
    assert answer.status_code == 201
    assert (me["relation"], me["relation_word"], me["own_binding_due"]) == (
        "guardian", "母亲", False,
    )  # fmt: skip
    assert (await guardian_of(session, child)).wechat_account_id == account.id
    await session.refresh(child)
    assert child.wechat_account_id is None
    agreed = select(Consent.purpose).where(Consent.wechat_account_id == account.id)
    assert len(list(await session.scalars(agreed))) == 2
    assert await account_of(session, child.id) == account.id
    assert (await wechat_client(app, account.id).get("/api/me")).json() == me


async def test_lookup_says_whose_phone_the_code_is_for(
    app: FastAPI, session: AsyncSession, team: Team, account: WechatAccount
) -> None:
    child = await make_child(session, team=team, bound=False)
    staff = await make_staff(session)
    await binding_codes.issue_code(session, actor_of(staff.id), child.id, CODE)
    await session.flush()

    answer = await wechat_client(app, account.id).post("/api/bindings/lookup", json={"code": CODE})

    assert answer.json()["relation"] == "guardian"


async def test_a_childs_record_is_loaded_in_one_statement(
    app: FastAPI, session: AsyncSession, team: Team, connection: AsyncConnection
) -> None:
    child = await make_child(session, team=team)
    await make_patient(session, team=team)
    phone = wechat_client(app, await account_of(session, child.id) or uuid7())

    with counted(connection) as statements:
        answer = await phone.get("/api/today")

    assert answer.status_code == 200
    assert len([s for s in statements if "FROM patient" in s]) == 1


async def test_a_guardian_without_the_consent_reaches_nothing_but_the_way_out(
    app: FastAPI, session: AsyncSession, team: Team
) -> None:
    child = await make_child(session, team=team)
    phone = wechat_client(app, await account_of(session, child.id) or uuid7())

    await phone.post("/api/consents/health_record/withdraw")

    assert (await phone.get("/api/me")).json()["type"] == "consent-required"
    exported = await phone.get("/api/me/export")
    assert exported.json()["record"]["guardian"] == {
        "name": "王芳", "phone": "13900005678", "relation": "mother",
    }  # fmt: skip


async def test_one_account_acts_for_one_record(
    app: FastAPI, session: AsyncSession, team: Team, account: WechatAccount
) -> None:
    first = await make_child(session, team=team, bound=False)
    second = await make_child(session, team=team, bound=False)
    own = await make_patient(session, team=team, bound=False)
    assert (await bind(app, session, account, first)).status_code == 201

    for other in (second, own):
        answer = await bind(app, session, account, other)
        assert (answer.status_code, answer.json()["type"]) == (409, "already-bound")

    taken = await bind(app, session, await make_wechat_account(session), first)
    assert (taken.status_code, taken.json()["type"]) == (409, "already-bound")


async def test_no_code_is_made_that_nobody_could_use(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    child = await make_patient(session, team=team, bound=False, birth_on=TOMORROW_14)

    page = await browser.get(f"/staff/patients/{child.id}/binding")
    answer = await browser.post(f"/staff/patients/{child.id}/binding")

    assert "请登记监护人" in page.text
    assert answer.status_code == 409
    assert "请先在档案里登记监护人" in answer.text


async def test_the_guardian_acts_on_until_the_grown_patient_binds(
    app: FastAPI,
    session: AsyncSession,
    team: Team,
    browser: httpx.AsyncClient,
    account: WechatAccount,
) -> None:
    grown = await make_patient(session, team=team, bound=False, birth_on=TODAY_14)
    guardian = await make_guardian(session, patient=grown)
    neighbour = await make_child(session, team=team)
    assert guardian.wechat_account_id is not None
    mother = wechat_client(app, guardian.wechat_account_id)
    page = await browser.get(f"/staff/patients/{grown.id}/contacts")

    before = (await mother.get("/api/me")).json()
    answer = await bind(app, session, account, grown)
    after = await mother.get("/api/me")

    assert "已满14岁，请本人绑定" in page.text
    assert (before["relation"], before["own_binding_due"]) == ("guardian", True)
    assert answer.json()["relation"] == "self"
    assert after.json()["type"] == "not-bound"
    assert audit.END_GUARDIAN_BINDING.code in await actions(session)
    assert (await guardian_of(session, neighbour)).wechat_account_id is not None


async def test_unbinding_shuts_the_guardian_out(
    app: FastAPI, session: AsyncSession, team: Team, browser: httpx.AsyncClient
) -> None:
    child, neighbour = [await make_child(session, team=team) for _ in range(2)]
    phone = wechat_client(app, await account_of(session, child.id) or uuid7())
    page = await browser.get(f"/staff/patients/{child.id}/binding")

    await browser.post(f"/staff/patients/{child.id}/unbind", data={"version": "1"})

    assert "监护人已绑定" in page.text
    assert (await phone.get("/api/me")).json()["type"] == "not-bound"
    assert await account_of(session, neighbour.id) is not None


async def test_another_guardian_has_to_bind_and_consent_anew(
    session: AsyncSession, team: Team, browser: httpx.AsyncClient
) -> None:
    child = await make_child(session, team=team, id_number=None)
    sent = form(team, id_number="", birth_on=child.birth_on.isoformat(), version="1") | GUARDIAN

    same = await browser.post(f"/staff/patients/{child.id}/edit", data=sent)
    kept = (await guardian_of(session, child)).wechat_account_id
    sent |= {"guardian_name": "王强", "guardian_relation": "father", "version": "2"}
    other = await browser.post(f"/staff/patients/{child.id}/edit", data=sent)

    assert (same.status_code, other.status_code) == (303, 303)
    assert kept is not None
    changed = await guardian_of(session, child)
    assert (changed.name, changed.wechat_account_id) == ("王强", None)
    assert audit.END_GUARDIAN_BINDING.code in await actions(session)


async def test_a_birth_date_corrected_to_a_childs_ends_the_own_binding(
    session: AsyncSession, team: Team, browser: httpx.AsyncClient
) -> None:
    patient, neighbour = [await make_patient(session, team=team) for _ in range(2)]
    sent = form(team, id_number="", birth_on=TOMORROW_14.isoformat(), version="1") | GUARDIAN

    answer = await browser.post(f"/staff/patients/{patient.id}/edit", data=sent)

    assert answer.status_code == 303
    await session.refresh(patient)
    await session.refresh(neighbour)
    assert patient.wechat_account_id is None
    assert neighbour.wechat_account_id is not None


async def test_closing_by_the_guardian_forgets_their_phone(
    app: FastAPI, session: AsyncSession, team: Team
) -> None:
    child = await make_child(session, team=team)
    account_id = await account_of(session, child.id)
    assert account_id is not None
    phone = wechat_client(app, account_id)

    closed = await phone.post("/api/me/close", json={"confirm": True})

    assert closed.status_code == 204
    assert (await phone.get("/api/me")).json()["type"] == "not-bound"
    assert (await guardian_of(session, child)).wechat_account_id is None
    account = await session.get_one(WechatAccount, account_id, populate_existing=True)
    assert account.openid.startswith("closed:")
