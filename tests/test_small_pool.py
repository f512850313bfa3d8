"""Two connections are enough: nobody waits for a second one, nobody keeps one while WeChat answers.

The other tests share one connection and cannot see this.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from app.accounts.models import Role
from app.core import waiting
from app.core.crypto import Keyring, install_keyring, keyring
from app.core.db import Sessionmaker
from app.core.settings import Settings
from app.core.wechat import CodeImage, WeChatSession
from app.main import create_app, dispose_engines
from app.medication.models import Dose
from app.patients.models import Patient
from app.rekey import rekey
from tests.accounts.factories import staff_client
from tests.fake_wechat import FakeWeChat
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.medication.factories import make_dose
from tests.medication.phone import Phone, phone_of
from tests.patients.factories import make_patient

CONNECTIONS = 2


class WatchingWeChat(FakeWeChat):
    """Notes how many connections are in use while it is asked."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self.engine = engine
        self.in_use: list[int] = []

    def _note(self) -> None:
        self.in_use.append(self.engine.pool.checkedout())  # type: ignore[attr-defined]

    @override
    async def code_to_session(self, code: str) -> WeChatSession:
        self._note()
        return await super().code_to_session(code)

    @override
    async def unlimited_code(self, scene: str, page: str, width: int = 430) -> CodeImage:
        self._note()
        return await super().unlimited_code(scene, page, width)


@pytest.fixture
async def app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:  # noqa: ARG001 it is emptied afterwards
    made = create_app(settings.model_copy(update={"database_pool_size": CONNECTIONS}))
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


@pytest.fixture
async def patient_and_dose(committed_database: Sessionmaker) -> tuple[Patient, Dose]:
    async with committed_database.begin() as session:
        patient = await make_patient(session)
        return patient, await make_dose(session, patient=patient)


@pytest.mark.usefixtures("noon")
async def test_more_requests_than_connections_are_all_answered(
    app: FastAPI, patient_and_dose: tuple[Patient, Dose]
) -> None:
    patient, dose = patient_and_dose
    phone: Phone = phone_of(app, patient)

    async with asyncio.timeout(8):  # a second connection is waited for ten seconds
        reads = await asyncio.gather(*(phone.http.get("/api/today") for _ in range(8)))
        writes = await asyncio.gather(*(phone.report(dose) for _ in range(8)))
        films = await asyncio.gather(*(phone.announce(dose) for _ in range(8)))

    assert {answer.status_code for answer in reads} == {200}
    assert {answer.status_code for answer in writes} == {201}
    assert {answer.status_code for answer in films} == {201}


async def test_wechat_is_asked_without_a_connection_in_use(
    app: FastAPI, committed_database: Sessionmaker
) -> None:
    wechat = app.state.wechat = WatchingWeChat(app.state.engine)
    wechat.openids = {"a-code": "openid-a"}
    async with committed_database.begin() as session:
        team = await make_team(session)
        patient = await make_patient(session, team=team, bound=False)
        doctor = await make_staff(session, team=team)
        browser = await staff_client(app, session, doctor.id)

    login = await browser.post("/api/auth/wechat", json={"code": "a-code"})
    sheet = await browser.post(f"/staff/patients/{patient.id}/binding")

    assert (login.status_code, sheet.status_code) == (200, 200)
    assert wechat.in_use == [0, 0]


async def test_rekey_leaves_a_row_in_use_for_its_next_run(
    app: FastAPI, committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        in_use, free = [await make_patient(session) for _ in range(2)]
    before = keyring()
    install_keyring(Keyring(before.field_keys | {"new-2": b"2" * 32}, "new-2", before.lookup_key))
    names = text("select name like 'new-2:%' from patient where id = :id")

    try:
        async with committed_database.begin() as other, asyncio.timeout(8):
            await other.get_one(Patient, in_use.id, with_for_update=True)
            await rekey(app.state.sessions)
            async with committed_database() as session:
                first = [await session.scalar(names, {"id": p.id}) for p in (in_use, free)]
        await rekey(app.state.sessions)
        async with committed_database() as session:
            second = await session.scalar(names, {"id": in_use.id})
    finally:
        install_keyring(before)

    assert first == [False, True]
    assert second is True


@pytest.mark.parametrize("renewing", [False, True], ids=["made", "renewed"])
async def test_a_password_is_hashed_without_a_connection_in_use(
    app: FastAPI,
    committed_database: Sessionmaker,
    renewing: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with committed_database.begin() as session:
        home = await make_institution(session)
        doctor = await make_staff(session, institution=home)
        operator = await make_staff(session, institution=home, roles=[Role.OPERATOR])
        browser = await staff_client(app, session, operator.id)
    in_use: list[int] = []
    monkeypatch.setattr(
        waiting, "watchers", [lambda: in_use.append(app.state.engine.pool.checkedout())]
    )
    new = {
        "username": "limei",
        "name": "李梅",
        "title": "nurse",
        "institution_id": str(home.id),
        "roles": ["doctor"],
    }

    if renewing:
        answer = await browser.post(f"/api/admin/staff/{doctor.id}/credentials")
    else:
        answer = await browser.post("/api/admin/staff", json=new)

    assert answer.status_code == (202 if renewing else 201)
    assert in_use == [0]
