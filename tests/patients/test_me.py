"""What patients read of themselves, take along, and close."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import ActorKind, AuditAction, AuditEvent, StaffAccount, WechatAccount
from app.core.ids import uuid7
from app.institutions.models import Team
from app.patients import features
from app.patients.models import Patient
from tests.institutions.factories import make_staff, make_team
from tests.patients.factories import make_patient, patient_client


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make_team(session, name="第一团队")


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make_patient(session, team=team)


@pytest.fixture
def phone(app: FastAPI, patient: Patient) -> httpx.AsyncClient:
    return patient_client(app, patient)


async def view(
    session: AsyncSession, patient: Patient, action: AuditAction, **columns: Any
) -> None:
    staff = await make_staff(session, name="王医生")
    event = AuditEvent(
        actor_kind=ActorKind.STAFF, actor_id=staff.id, action=action, patient_id=patient.id
    )
    for name, value in columns.items():
        setattr(event, name, value)
    session.add(event)
    await session.flush()


async def test_me_names_the_team_and_its_doctors(
    session: AsyncSession, team: Team, phone: httpx.AsyncClient
) -> None:
    await make_staff(session, team=team, name="王医生")
    gone = await make_staff(session, team=team, name="走了的医生")
    (await session.get_one(StaffAccount, gone.id)).is_active = False
    await session.flush()

    me = (await phone.get("/api/me")).json()

    assert me["phone_masked"] == "138******34"
    assert (me["team_name"], me["institution_name"]) == ("第一团队", "青山镇卫生院")
    assert me["doctors"] == [{"name": "王医生", "title": "家庭医生"}]
    assert me["video_retention_days"] == 90


async def test_views_tell_who_looked_at_what_of_mine(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    await view(session, patient, AuditAction.READ_RECORD)
    await view(session, patient, AuditAction.VIEW_VIDEO)
    await view(session, patient, AuditAction.CHANGE_RECORD)  # no view
    await view(session, await make_patient(session), AuditAction.READ_RECORD)  # not mine

    answer = (await phone.get("/api/me/views")).json()

    assert [v["what"] for v in answer["items"]] == ["video", "record"]
    assert {(v["viewer_name"], v["viewer_title"]) for v in answer["items"]} == {
        ("王医生", "家庭医生")
    }


async def test_views_page_on(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await view(session, patient, AuditAction.READ_RECORD)

    first = (await phone.get("/api/me/views?limit=2")).json()
    query = {"limit": "2", "cursor": first["next_cursor"]}
    second = (await phone.get("/api/me/views", params=query)).json()

    assert (len(first["items"]), len(second["items"])) == (2, 1)
    assert second["next_cursor"] is None


async def test_view_of_a_film_names_its_day_when_a_feature_knows_it(
    session: AsyncSession,
    patient: Patient,
    phone: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = uuid7()

    async def days_of(_: AsyncSession, subjects: Any) -> dict[UUID, date]:
        return {film: date(2026, 9, 1)} if film in subjects else {}

    monkeypatch.setattr(features, "days_of_subjects", [days_of])
    await view(session, patient, AuditAction.VIEW_VIDEO, subject_id=film)

    answer = (await phone.get("/api/me/views")).json()

    assert answer["items"][0]["due_on"] == "2026-09-01"


async def test_export_holds_the_record_and_every_feature_s_part(
    session: AsyncSession,
    patient: Patient,
    phone: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def part(_: AsyncSession, patient_id: UUID) -> Any:
        return [{"of": str(patient_id)}]

    monkeypatch.setattr(features, "export_parts", {"doses": part})
    await view(session, patient, AuditAction.READ_RECORD)

    held = (await phone.get("/api/me/export")).json()

    assert held["record"]["name"] == "李桂英"
    assert held["record"]["phone"] == "13800001234"
    assert held["record"]["weight_kg"] == "52.5"
    assert len(held["consents"]) == 2
    assert len(held["views"]) == 1
    assert held["parts"] == {"doses": [{"of": str(patient.id)}]}
    exported = select(AuditEvent.id).where(AuditEvent.action == AuditAction.EXPORT)
    assert len(list(await session.scalars(exported))) == 1


async def test_closing_forgets_the_phone_and_keeps_the_clinical_record(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    account_id = patient.wechat_account_id

    closed = await phone.post("/api/me/close", json={"confirm": True})

    assert closed.status_code == 204
    assert (await phone.get("/api/me")).json()["type"] == "not-bound"
    account = await session.get_one(WechatAccount, account_id, populate_existing=True)
    assert account.openid == f"closed:{account_id}"
    assert (account.session_key, account.closed_at is None) == ("", False)
    consents = (await phone.get("/api/consents")).json()
    assert [c["withdrawn_at"] is None for c in consents] == [False, False]
    kept = await session.get_one(Patient, patient.id, populate_existing=True)
    assert kept.name == "李桂英"
    assert kept.closed_at is not None
    assert kept.wechat_account_id is None


@pytest.mark.parametrize("body", [{}, {"confirm": False}])
async def test_closing_must_be_confirmed(phone: httpx.AsyncClient, body: dict[str, bool]) -> None:
    answer = await phone.post("/api/me/close", json=body)

    assert answer.status_code == 422
    assert (await phone.get("/api/me")).status_code == 200


async def test_withdrawn_health_consent_shuts_the_record(phone: httpx.AsyncClient) -> None:
    await phone.post("/api/consents/health_record/withdraw")

    answer = await phone.get("/api/me")

    assert (answer.status_code, answer.json()["type"]) == (403, "consent-required")


async def test_withdrawn_consent_leaves_export_views_and_leaving_open(
    phone: httpx.AsyncClient,
) -> None:
    await phone.post("/api/consents/health_record/withdraw")

    exported = await phone.get("/api/me/export")
    viewed = await phone.get("/api/me/views")
    closed = await phone.post("/api/me/close", json={"confirm": True})
    again = await phone.get("/api/me/export")

    assert (exported.status_code, viewed.status_code, closed.status_code) == (200, 200, 204)
    assert again.json()["type"] == "not-bound"
