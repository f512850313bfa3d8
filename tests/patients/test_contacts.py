"""The contact log: written once a press, read newest first, exported without its notes."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.ids import uuid7
from app.institutions.models import StaffMember, Team
from app.patients import audit
from app.patients.models import ContactKind, ContactLog, Patient
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_staff
from tests.patients.factories import make_patient, patient_client


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make_patient(session, team=team)


def address(patient: Patient) -> str:
    return f"/staff/patients/{patient.id}/contacts"


def press(**changes: str) -> dict[str, str]:
    return {"kind": "called", "note": "", "key": str(uuid7())} | changes


async def lines(session: AsyncSession, patient: Patient) -> list[ContactLog]:
    found = select(ContactLog).where(ContactLog.patient_id == patient.id)
    return list(await session.scalars(found.order_by(ContactLog.created_at, ContactLog.id)))


async def test_a_press_writes_one_line_and_says_who(
    browser: httpx.AsyncClient, session: AsyncSession, patient: Patient, doctor: StaffMember
) -> None:
    sent = press(note="明天来复诊")

    first = await browser.post(address(patient), data=sent)
    again = await browser.post(address(patient), data=sent)
    page = await browser.get(address(patient))

    assert (first.status_code, again.status_code) == (303, 303)
    [line] = await lines(session, patient)
    assert (line.staff_id, line.kind, line.note) == (doctor.id, ContactKind.CALLED, "明天来复诊")
    for shown in ("已打电话", "明天来复诊", "王医生", "家庭医生"):
        assert shown in page.text
    written = select(AuditEvent.patient_id).where(AuditEvent.action == audit.LOG_CONTACT.code)
    assert list(await session.scalars(written)) == [patient.id]


async def test_the_same_key_of_another_person_is_another_line(
    app: FastAPI,
    browser: httpx.AsyncClient,
    session: AsyncSession,
    team: Team,
    patient: Patient,
) -> None:
    sent = press()
    colleague = await staff_client(app, session, (await make_staff(session, team=team)).id)

    await browser.post(address(patient), data=sent)
    await colleague.post(address(patient), data=sent)

    assert len(await lines(session, patient)) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "dreamt"}, "请从列表中选择"),
        ({"note": "字" * 501}, "最多 500 个字"),
        ({"kind": "note", "note": "  "}, "请写下备注的内容"),
        ({"key": ""}, ""),
    ],
)
async def test_a_faulty_line_is_not_written(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    patient: Patient,
    wrong: dict[str, str],
    sentence: str,
) -> None:
    answer = await browser.post(address(patient), data=press(**wrong))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert await lines(session, patient) == []


async def test_a_note_of_500_characters_is_kept(
    browser: httpx.AsyncClient, session: AsyncSession, patient: Patient
) -> None:
    await browser.post(address(patient), data=press(kind="note", note="字" * 500))

    [line] = await lines(session, patient)
    assert line.note == "字" * 500
    stored = await session.execute(text("select note from contact_log"))
    assert "字" not in stored.scalar_one()


async def test_another_teams_patient_is_not_reached(
    browser: httpx.AsyncClient, session: AsyncSession
) -> None:
    stranger = await make_patient(session)

    read = await browser.get(address(stranger))
    written = await browser.post(address(stranger), data=press())

    assert (read.status_code, written.status_code) == (404, 404)
    assert await lines(session, stranger) == []


async def test_lines_page_on_without_gap_or_double(
    browser: httpx.AsyncClient, session: AsyncSession, patient: Patient, doctor: StaffMember
) -> None:
    neighbour = await make_patient(session, bound=False)
    for number in range(32):
        of = patient if number < 31 else neighbour
        session.add(
            ContactLog(
                patient_id=of.id, staff_id=doctor.id, kind=ContactKind.NOTE,
                note=f"第{number:02}条", client_key=f"key-{number}",
            )
        )  # fmt: skip
        await session.flush()

    first = await browser.get(address(patient))
    cursor = first.text.split("cursor=")[1].split('"')[0]
    second = await browser.get(f"{address(patient)}?cursor={cursor}")

    on_first = {n for n in range(32) if f"第{n:02}条" in first.text}
    on_second = {n for n in range(32) if f"第{n:02}条" in second.text}
    assert (on_first, on_second) == (set(range(1, 31)), {0})
    assert "cursor=" not in second.text


async def test_export_gives_kind_and_day_and_no_note(
    app: FastAPI, browser: httpx.AsyncClient, patient: Patient
) -> None:
    await browser.post(address(patient), data=press(note="邻居说他常喝酒"))

    answer = await patient_client(app, patient).get("/api/me/export")

    today = clock.today_in("Asia/Shanghai").isoformat()
    assert answer.json()["parts"]["patients"]["contacts"] == [{"kind": "called", "on": today}]
    assert "喝酒" not in answer.text


async def test_the_patients_page_shows_the_last_three_and_two_quick_buttons(
    browser: httpx.AsyncClient, patient: Patient
) -> None:
    for number in range(4):
        await browser.post(address(patient), data=press(note=f"第{number}条"))

    page = (await browser.get(f"/staff/patients/{patient.id}")).text

    shown = page.split('aria-label="联系记录"')[1]
    assert [f"第{n}条" in shown for n in range(4)] == [False, True, True, True]
    assert shown.count('name="key"') == 2
    keys = {part.split('"')[0] for part in shown.split('name="key" value="')[1:]}
    assert len(keys) == 2
