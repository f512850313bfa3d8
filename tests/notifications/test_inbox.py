"""The inbox: each line once and to one person, read by its owner, never naming anybody."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.ids import uuid7
from app.core.job_context import JobContext
from app.core.refs import Ref
from app.core.settings import Settings
from app.core.storage import Storage
from app.core.stream import StreamEvent
from app.features import FEATURES
from app.institutions.models import StaffMember
from app.medication.service.verdict_notices import FILM_NOT_ACCEPTED as KIND
from app.notifications import jobs, service
from app.notifications.models import Notice
from app.patients.models import Patient
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.institutions.factories import make_staff
from tests.patients.factories import make_patient, patient_client

INBOX = "/api/notices"


@pytest.fixture
async def patient(session: AsyncSession) -> Patient:
    return await make_patient(session)


@pytest.fixture
def phone(app: FastAPI, patient: Patient) -> httpx.AsyncClient:
    return patient_client(app, patient)


async def tell(session: AsyncSession, patient: Patient, *keys: str) -> None:
    for minutes, key in enumerate(keys):
        with clock.frozen(clock.now() + timedelta(minutes=minutes)):
            await service.notify_patient(session, patient.id, KIND, key=key)


async def lines_of(session: AsyncSession, owner: Patient | StaffMember) -> Collection[Notice]:
    own = Notice.staff_id if isinstance(owner, StaffMember) else Notice.patient_id
    return (await session.scalars(select(Notice).where(own == owner.id))).all()


async def test_the_same_news_reaches_a_person_once(session: AsyncSession, patient: Patient) -> None:
    neighbour = await make_patient(session)

    await tell(session, patient, "a", "b", "a")
    await tell(session, neighbour, "a")

    assert len(await lines_of(session, patient)) == 2
    assert len(await lines_of(session, neighbour)) == 1


async def test_two_jobs_at_once_tell_a_person_once(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        patient = await make_patient(session)

    async def tell_it() -> None:
        async with committed_database.begin() as session:
            await service.notify_patient(session, patient.id, KIND, key="same")
            await asyncio.sleep(0.05)

    await asyncio.gather(tell_it(), tell_it(), tell_it())

    async with committed_database() as session:
        assert await session.scalar(select(func.count()).select_from(Notice)) == 1


async def test_a_phone_reads_its_own_inbox_newest_first(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    dose = Ref("medication", "dose", uuid7())
    await tell(session, patient, "old")
    await tell(session, await make_patient(session), "another's")
    with clock.frozen(clock.now() + timedelta(hours=1)):
        await service.notify_patient(session, patient.id, KIND, key="new", subject=dose)

    inbox = (await phone.get(INBOX)).json()

    assert [n["subject"] for n in inbox["items"]] == [
        {"feature": "medication", "kind": "dose", "id": str(dose.id)},
        None,
    ]
    assert {n["title"] for n in inbox["items"]} == {KIND.title}
    assert inbox["unread"] == 2


async def test_pages_of_an_inbox_meet_without_a_gap_also_at_an_exact_end(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    with clock.frozen(clock.now()):  # all of one instant: the id alone decides
        await tell(session, patient)
        for key in ("1", "2", "3", "4"):
            await service.notify_patient(session, patient.id, KIND, key=key)

    first = (await phone.get(INBOX, params={"limit": "2"})).json()
    query = {"limit": "2", "cursor": first["next_cursor"]}
    second = (await phone.get(INBOX, params=query)).json()

    seen = [n["notice_id"] for n in first["items"] + second["items"]]
    assert len(set(seen)) == 4
    assert second["next_cursor"] is None


async def test_what_was_seen_counts_as_read_and_nothing_newer(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    neighbour = await make_patient(session)
    await tell(session, patient, "1", "2", "3")
    await tell(session, neighbour, "1")
    middle = (await phone.get(INBOX)).json()["items"][1]["notice_id"]

    answer = await phone.post(f"{INBOX}/read", json={"until": middle})

    inbox = (await phone.get(INBOX)).json()
    assert answer.status_code == 204
    assert [n["read_at"] is None for n in inbox["items"]] == [True, False, False]
    assert inbox["unread"] == 1
    assert [n.read_at for n in await lines_of(session, neighbour)] == [None]


LONG_AGO = replace(KIND, code="of_long_ago")


async def test_a_line_of_a_kind_that_no_feature_declares_any_more_is_left_out(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    await service.notify_patient(session, patient.id, LONG_AGO, key="a")
    await tell(session, patient, "b")

    answer = await phone.get(INBOX)

    assert answer.status_code == 200
    assert [n["title"] for n in answer.json()["items"]] == [KIND.title]
    assert answer.json()["unread"] == 1


async def test_a_badge_counts_only_lines_that_the_inbox_shows(
    app: FastAPI, session: AsyncSession
) -> None:
    doctor = await make_staff(session)
    await service.notify_staff(session, [doctor.id], LONG_AGO, key="a")
    browser = await staff_client(app, session, doctor.id)
    before = (await browser.get("/staff/badges")).text
    await service.notify_staff(session, [doctor.id], KIND, key="b")

    assert ">1<" not in before
    assert ">1<" in (await browser.get("/staff/badges")).text


async def test_unread_lines_are_counted_up_to_a_hundred(
    session: AsyncSession, patient: Patient, phone: httpx.AsyncClient
) -> None:
    """Whoever has not looked for years is not counted for years, every time a badge is shown."""
    lines = [(patient.id, str(n), None) for n in range(99)]
    await service.notify_patients(session, lines, KIND)
    below = (await phone.get(INBOX)).json()["unread"]
    await tell(session, patient, "x", "y", "z")

    assert (below, (await phone.get(INBOX)).json()["unread"]) == (99, 100)


async def test_another_s_line_is_not_found(session: AsyncSession, phone: httpx.AsyncClient) -> None:
    neighbour = await make_patient(session)
    await tell(session, neighbour, "1")
    (line,) = await lines_of(session, neighbour)

    answer = await phone.post(f"{INBOX}/read", json={"until": str(line.id)})

    assert (answer.status_code, line.read_at) == (404, None)


async def test_staff_see_their_lines_their_badge_and_where_to_go(
    app: FastAPI, session: AsyncSession, connection: AsyncConnection
) -> None:
    doctor, other = await make_staff(session), await make_staff(session)
    await service.notify_staff(session, [doctor.id], KIND, key="x", href="/staff/alerts")
    await service.notify_staff(session, [other.id], KIND, key="x")
    browser = await staff_client(app, session, doctor.id)

    with counted(connection) as statements:
        page = await browser.get("/staff/inbox")
    badge = await browser.get("/staff/badges")
    (line,) = await lines_of(session, doctor)
    read = await browser.post("/staff/inbox/read", data={"until": str(line.id)})

    assert KIND.title in page.text
    assert 'href="/staff/alerts"' in page.text
    assert len(statements) <= 6
    assert 'id="badge-inbox"' in badge.text
    assert ">1<" in badge.text
    assert read.status_code == 303
    assert ">1<" not in (await browser.get("/staff/badges")).text
    assert [n.read_at for n in await lines_of(session, other)] == [None]


async def test_open_pages_of_those_who_are_told_hear_of_it_and_no_others(
    session: AsyncSession,
) -> None:
    doctor, second, other = [await make_staff(session) for _ in range(3)]

    await service.notify_staff(session, [doctor.id, second.id], KIND, key="x")

    told = await session.execute(select(StreamEvent.topic, StreamEvent.name))
    assert {tuple(row) for row in told} == {
        (f"staff:{one.id}", service.CHANGED) for one in (doctor, second)
    }
    assert await lines_of(session, other) == []


async def test_an_empty_inbox_says_what_appears_here(app: FastAPI, session: AsyncSession) -> None:
    doctor = await make_staff(session)
    browser = await staff_client(app, session, doctor.id)

    assert "没有消息" in (await browser.get("/staff/inbox")).text


async def test_records_that_are_joined_share_one_inbox(session: AsyncSession) -> None:
    one, two, neighbour = [await make_patient(session) for _ in range(3)]
    await tell(session, one, "a", "b")
    await tell(session, two, "b")
    await tell(session, neighbour, "a", "b")

    await service.join_inboxes(session, one.id, two.id)

    assert sorted(n.key for n in await lines_of(session, two)) == ["a", "b"]
    assert await lines_of(session, one) == []
    assert sorted(n.key for n in await lines_of(session, neighbour)) == ["a", "b"]


async def test_a_closed_account_leaves_no_inbox(session: AsyncSession) -> None:
    one, neighbour = await make_patient(session), await make_patient(session)
    await tell(session, one, "a")
    await tell(session, neighbour, "a")

    await service.forget_inbox(session, one.id)

    assert await lines_of(session, one) == []
    assert len(await lines_of(session, neighbour)) == 1


async def test_nothing_is_sent_to_the_inbox_of_a_closed_record(session: AsyncSession) -> None:
    closed, neighbour = await make_patient(session), await make_patient(session)
    closed.closed_at = clock.now()
    await session.flush()

    await service.notify_patients(
        session, [(closed.id, "a", None), (neighbour.id, "a", None)], KIND
    )

    assert await lines_of(session, closed) == []
    assert len(await lines_of(session, neighbour)) == 1


async def test_lines_older_than_a_year_are_forgotten_over_more_than_one_batch(
    settings: Settings,
    sessions: Sessionmaker,
    session: AsyncSession,
    patient: Patient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    at = clock.now()
    with clock.frozen(at - jobs.KEEP - timedelta(seconds=1)):
        for key in ("1", "2", "3", "4"):
            await service.notify_patient(session, patient.id, KIND, key=key)
    with clock.frozen(at - jobs.KEEP + timedelta(minutes=1)):
        await service.notify_patient(session, patient.id, KIND, key="kept")

    with clock.frozen(at):
        await jobs.forget(JobContext(settings, sessions, Storage(settings), FEATURES))

    assert [n.key for n in await lines_of(session, patient)] == ["kept"]


def test_no_title_names_a_disease() -> None:
    diseases = {"结核", "血压", "糖尿", "肿瘤", "精神"}

    assert FEATURES.notices
    for kind in FEATURES.notices.values():
        assert not [d for d in diseases if d in kind.title], kind.code
