"""What patients read of themselves, take along, and close."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Message, Scope

from app.accounts.models import ActorKind, AuditEvent, StaffAccount, WechatAccount
from app.core import clock
from app.core.export import AT_ONCE, PIECE, Listing
from app.core.feature import Feature
from app.core.ids import uuid7
from app.core.refs import Described, Ref
from app.features import FEATURES
from app.institutions.models import Team
from app.medication.audit import VIEW_VIDEO
from app.patients.audit import CHANGE_RECORD, EXPORT, LIST_PATIENTS, READ_RECORD, SEARCH_PATIENTS
from app.patients.models import Patient
from app.patients.schemas import ExportRead
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


async def view(session: AsyncSession, patient: Patient, action: str, **columns: Any) -> None:
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
    await view(session, patient, READ_RECORD.code)
    await view(session, patient, VIEW_VIDEO.code)
    await view(session, patient, CHANGE_RECORD.code)  # no view
    await view(session, await make_patient(session), READ_RECORD.code)  # not mine

    answer = (await phone.get("/api/me/views")).json()

    assert [v["what"] for v in answer["items"]] == ["观看视频", "查看档案"]
    assert {(v["viewer_name"], v["viewer_title"]) for v in answer["items"]} == {
        ("王医生", "家庭医生")
    }


async def test_views_name_a_list_once_a_day_for_each_person(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient, noon: datetime
) -> None:
    """Midnight is that of the clinic; another person, list or day is a line of its own."""
    staff = await make_staff(session, name="王医生")
    neighbour = await make_patient(session)
    late = noon + timedelta(hours=11, minutes=59)  # 23:59 in China
    for who, action, at in (
        (staff, LIST_PATIENTS, noon),
        (staff, LIST_PATIENTS, noon),  # at the very same moment
        (staff, LIST_PATIENTS, late),
        (staff, LIST_PATIENTS, late + timedelta(minutes=2)),
        (staff, SEARCH_PATIENTS, late),
        (await make_staff(session, name="李医生"), LIST_PATIENTS, late),
        (staff, READ_RECORD, noon),
        (staff, READ_RECORD, noon),
    ):
        await view(session, patient, action.code, actor_id=who.id, created_at=at)
        await view(session, neighbour, action.code, actor_id=who.id, created_at=at)

    read = (await phone.get("/api/me/views")).json()["items"]

    assert [(v["viewer_name"], v["what"]) for v in read[:1]] == [("王医生", "在患者名单里看到")]
    assert {(v["viewer_name"], v["what"]) for v in read[1:3]} == {
        ("王医生", "在搜索结果里看到"), ("李医生", "在患者名单里看到"),
    }  # fmt: skip
    assert sorted(v["what"] for v in read[3:]) == ["在患者名单里看到", "查看档案", "查看档案"]


async def test_views_page_on(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await view(session, patient, READ_RECORD.code)

    first = (await phone.get("/api/me/views?limit=2")).json()
    query = {"limit": "2", "cursor": first["next_cursor"]}
    second = (await phone.get("/api/me/views", params=query)).json()

    assert (len(first["items"]), len(second["items"])) == (2, 1)
    assert second["next_cursor"] is None


async def test_view_of_a_thing_names_it_when_its_feature_knows_it(
    app: FastAPI, session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    film, other = uuid7(), uuid7()

    async def describe(_: AsyncSession, __: UUID, refs: Collection[Ref]) -> dict[Ref, Described]:
        return {ref: Described("9月1日早上的视频", None, None) for ref in refs if ref.id == film}

    app.state.features = replace(FEATURES, describers={"medication": describe})
    await view(session, patient, VIEW_VIDEO.code, subject_id=film)
    await view(session, patient, VIEW_VIDEO.code, subject_id=other)

    answer = (await phone.get("/api/me/views")).json()

    assert [v["about"] for v in answer["items"]] == [None, "9月1日早上的视频"]


async def test_export_holds_the_record_and_every_feature_s_part(
    app: FastAPI, session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    def part(patient_id: UUID) -> dict[str, Listing]:
        own = select(Patient.id).where(Patient.id == patient_id)
        return {"of": Listing(own, (Patient.id,), lambda row: str(row["id"]))}

    app.state.features = replace(FEATURES, all=(Feature("doses", export=part),))
    await view(session, patient, READ_RECORD.code)

    held = (await phone.get("/api/me/export")).json()

    assert held["record"]["name"] == "李桂英"
    assert held["record"]["phone"] == "13800001234"
    assert held["record"]["weight_kg"] == "52.5"
    assert len(held["consents"]) == 2
    assert len(held["views"]) == 1
    assert held["parts"] == {"doses": {"of": [str(patient.id)]}}
    exported = select(AuditEvent.id).where(AuditEvent.action == EXPORT.code)
    assert len(list(await session.scalars(exported))) == 1


@pytest.mark.parametrize("number", [AT_ONCE, AT_ONCE + 1])
async def test_export_comes_in_pieces_and_holds_every_view(
    number: int, app: FastAPI, session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    staff, at = await make_staff(session), clock.now()
    looks = [
        {"actor_kind": ActorKind.STAFF, "actor_id": staff.id, "action": VIEW_VIDEO.code,
         "patient_id": patient.id, "created_at": at, "id": uuid7()}
        for _ in range(number)
    ]  # fmt: skip
    await session.execute(insert(AuditEvent), looks)
    pieces: list[bytes] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    request = phone.build_request("GET", "/api/me/export")
    await app(scope_of(request), nothing_more, send)

    held = json.loads(b"".join(pieces))
    assert len(held["views"]) == number
    assert held.keys() == ExportRead.model_fields.keys()
    assert len(pieces) > 2
    assert max(map(len, pieces)) < PIECE + 1000


async def nothing_more() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def scope_of(request: httpx.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("weibu.test", 80),
    }


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
