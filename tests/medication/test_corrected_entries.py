"""A dose entered as seen by mistake is struck through by its author or a supervisor."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.alerts.models import Alert
from app.core import clock
from app.core.db import Sessionmaker
from app.institutions.models import Institution, Team
from app.medication.alert_kinds import MISSES_IN_ROW
from app.medication.models import Dose, DoseReport, Evidence, Verdict
from app.medication.service import corrections
from app.patients.models import Patient
from app.patients.queries.flags import has_open
from tests.accounts.factories import actor_of, staff_client
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import Phone
from tests.medication.test_rates import rates_of
from tests.racing import together

pytestmark = pytest.mark.usefixtures("noon")
WHY = {"why": "登记错了人"}


def address(entry: DoseReport) -> str:
    return f"/staff/dose-reports/{entry.id}/correct"


@pytest.fixture
async def entry(session: AsyncSession, desk: Desk, dose: Dose) -> DoseReport:
    return await make.make_entry(session, dose=dose, staff=desk.staff)


@pytest.fixture
async def supervisor(app: FastAPI, session: AsyncSession, team: Team) -> httpx.AsyncClient:
    home = await session.get_one(Institution, team.institution_id)
    staff = await make.make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    return await staff_client(app, session, staff.id)


async def test_a_wrong_entry_is_struck_through_and_the_dose_is_open_again(
    session: AsyncSession, desk: Desk, phone: Phone, dose: Dose, entry: DoseReport
) -> None:
    neighbour = await make.make_entry(session)
    assert (await phone.announce(dose)).status_code == 409  # it is seen

    answer = await desk.http.post(address(entry), data=WHY)

    assert answer.status_code == 303
    await make.refreshed(session, entry)
    assert (entry.withdrawn_by, entry.withdrawn_why) == (desk.staff.id, "登记错了人")
    assert entry.withdrawn_at == clock.now()
    assert (await make.refreshed(session, dose)).evidence is Evidence.NONE
    page = (await desk.http.get(f"/staff/doses/{dose.id}")).text
    assert 'class="withdrawn"' in page
    assert f"{desk.staff.name} · " in page
    assert "登记错了人" in page
    assert (await phone.announce(dose)).status_code == 201
    untouched = await make.refreshed(session, neighbour)
    assert untouched.withdrawn_at is None
    assert (await session.get_one(Dose, untouched.dose_id)).evidence is Evidence.IN_PERSON


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        ({"self_reported_taken": True}, Evidence.SELF_REPORT),
        ({"self_reported_taken": False}, Evidence.NONE),
        ({"verdict": Verdict.REJECTED, "self_reported_taken": True}, Evidence.VIDEO),
    ],
)
async def test_the_dose_says_what_else_is_known_of_it(
    session: AsyncSession, desk: Desk, dose: Dose, entry: DoseReport, facts: dict[str, Any],
    left: Evidence,
) -> None:  # fmt: skip
    for name, value in facts.items():
        setattr(dose, name, value)
    await session.flush()

    await desk.http.post(address(entry), data=WHY)

    assert (await make.refreshed(session, dose)).evidence is left


async def test_misses_flags_and_rates_follow(
    session: AsyncSession, desk: Desk, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    today = clock.today_in(patient.zone)
    first, second = [
        await make.make_dose(
            session, patient=patient, treatment=treatment, due_on=today - timedelta(days=n)
        )
        for n in (2, 1)
    ]
    entry = await make.make_entry(session, dose=second, staff=desk.staff)
    assert (await rates_of(session, patient)).verified == 1

    assert (await desk.http.post(address(entry), data=WHY)).status_code == 303

    alert = (await session.scalars(select(Alert).where(Alert.patient_id == patient.id))).one()
    assert (alert.kind, alert.episode) == (MISSES_IN_ROW.code, str(first.id))
    assert await has_open(session, patient.id, "medication")
    assert (await rates_of(session, patient)).verified == 0


async def test_the_trail_says_from_what_to_what(
    session: AsyncSession, desk: Desk, dose: Dose, entry: DoseReport
) -> None:
    dose.self_reported_taken = True
    await session.flush()

    await desk.http.post(address(entry), data=WHY)

    told = await session.scalars(select(AuditEvent).where(AuditEvent.subject_id == dose.id))
    [line] = [event for event in told if event.detail]
    assert line.detail == {"code": "withdrew_seen", "before": "in_person", "after": "self_report"}
    assert line.actor_id == desk.staff.id


async def test_without_a_reason_nothing_is_corrected_and_the_line_stays_open(
    session: AsyncSession, desk: Desk, dose: Dose, entry: DoseReport
) -> None:
    for why in ("", "\u200b", "字" * 501):
        answer = await desk.http.post(address(entry), data={"why": why})

        assert answer.status_code == 422
        assert '<details class="correct" open>' in answer.text
    assert (await make.refreshed(session, dose)).evidence is Evidence.IN_PERSON


async def test_only_its_author_for_a_day_and_a_supervisor_correct_it(
    session: AsyncSession, desk: Desk, colleague: Desk, supervisor: httpx.AsyncClient, dose: Dose,
    entry: DoseReport,
) -> None:  # fmt: skip
    page = f"/staff/doses/{dose.id}"
    assert (await colleague.http.post(address(entry), data=WHY)).status_code == 403
    assert address(entry) not in (await colleague.http.get(page)).text
    assert address(entry) in (await desk.http.get(page)).text

    entry.created_at -= timedelta(hours=24)
    await session.flush()

    assert (await desk.http.post(address(entry), data=WHY)).status_code == 403
    assert address(entry) not in (await desk.http.get(page)).text
    assert address(entry) in (await supervisor.get(page)).text
    assert (await supervisor.post(address(entry), data=WHY)).status_code == 303
    assert (await make.refreshed(session, dose)).evidence is Evidence.NONE


async def test_the_patients_own_word_is_not_for_staff_to_strike(
    session: AsyncSession, desk: Desk, phone: Phone, dose: Dose
) -> None:
    await phone.report(dose)
    word = (await session.scalars(select(DoseReport))).one()

    assert (await desk.http.post(address(word), data=WHY)).status_code == 404


async def test_a_second_press_is_told_so(desk: Desk, entry: DoseReport) -> None:
    answers = [await desk.http.post(address(entry), data=WHY) for _ in range(2)]

    assert [a.status_code for a in answers] == [303, 409]
    assert "已经更正过了" in answers[1].text


async def test_a_corrected_dose_may_be_entered_anew(
    session: AsyncSession, desk: Desk, dose: Dose, entry: DoseReport
) -> None:
    await desk.http.post(address(entry), data=WHY)

    sent = {"kind": "live", "key": "seen-after-all"}
    answer = await desk.http.post(f"/staff/doses/{dose.id}/seen", data=sent)

    assert answer.status_code == 303
    assert (await make.refreshed(session, dose)).evidence is Evidence.LIVE
    assert (await session.scalars(select(func.count()).select_from(DoseReport))).one() == 2


async def test_of_two_corrections_at_once_one_holds(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        staff = await make.make_staff(session)
        entry, author = await make.make_entry(session, staff=staff), actor_of(staff.id)

    async def correct(session: AsyncSession) -> None:
        read_before = await session.get_one(DoseReport, entry.id)
        await corrections.withdraw_entry(session, author, read_before, "登记错了人")

    ended = await together(committed_database, correct, correct)

    assert ended == ["already-corrected", "ok"]
