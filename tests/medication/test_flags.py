"""Flags of medication: what the doses say, in SQL as in the rules, and what changes it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core import clock
from app.core.ids import uuid7
from app.core.job_context import JobContext
from app.core.severity import Severity
from app.medication import flags
from app.medication.flag_kinds import SEVERE_SIDE_EFFECT, SOURCE
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Outcome,
    Progress,
    RecordingState,
    Treatment,
    Verdict,
)
from app.medication.queries.treatments import get_plan
from app.medication.schemas.doses import StaffReportCreate
from app.medication.schemas.treatments import TreatmentStop
from app.medication.service import changes, doses, misses, recordings
from app.patients import jobs
from app.patients.models import Patient, PatientFlag
from app.patients.service.flags import set_flag
from tests.accounts.factories import actor_of
from tests.counting import counted
from tests.medication import factories as make
from tests.medication import stopped
from tests.medication.phone import Phone
from tests.medication.streaks import streak_of

pytestmark = pytest.mark.usefixtures("noon")
ZONE = "Asia/Shanghai"


async def course(session: AsyncSession, patient: Patient, days: int) -> list[Dose]:
    treatment = await make.make_treatment(session, patient=patient)
    return await make.make_doses(session, patient=patient, treatment=treatment, days=days)


async def standing(session: AsyncSession, patient: Patient) -> dict[str, tuple[str, int | None]]:
    found = await session.execute(
        select(PatientFlag.code, PatientFlag.severity, PatientFlag.count).where(
            PatientFlag.patient_id == patient.id, PatientFlag.until.is_(None)
        )
    )
    return {code: (severity.value, count) for code, severity, count in found}


@pytest.mark.parametrize(
    ("days", "flag"),
    [
        (1, {}),
        (2, {"missed_in_row": ("warning", 2)}),
        (3, {"missed_in_row": ("warning", 3)}),
        (4, {"missed_in_row": ("danger", 4)}),
        (7, {"missed_in_row": ("danger", 7)}),
    ],
)
async def test_misses_in_a_row_stand_on_the_record(
    session: AsyncSession, patient: Patient, days: int, flag: dict[str, Any]
) -> None:
    row = await course(session, patient, days)
    neighbour = await make.make_patient(session)

    await misses.notice_misses_of(session, [row[0].treatment_id])

    assert await standing(session, patient) == flag
    assert await standing(session, neighbour) == {}


CAME: list[dict[str, Any]] = [
    {"evidence": Evidence.IN_PERSON},
    {"evidence": Evidence.LIVE},
    {"evidence": Evidence.VIDEO, "progress": Progress.PENDING_REVIEW},
    {"evidence": Evidence.VIDEO, "verdict": Verdict.REJECTED},
    {"evidence": Evidence.VIDEO, "verdict": Verdict.OBSERVED},
    {"evidence": Evidence.SELF_REPORT, "self_reported_taken": True},
    {"self_reported_taken": False},
    {"expectation": Expectation.HELD},
    {"expectation": Expectation.CANCELLED},
    {},
]


@pytest.mark.parametrize("came", CAME)
@pytest.mark.parametrize("place", [0, 2, 4])
async def test_the_count_in_sql_is_the_streak_of_the_rules(
    session: AsyncSession, patient: Patient, came: dict[str, Any], place: int
) -> None:
    row = await course(session, patient, 5)
    for name, value in came.items():
        setattr(row[place], name, value)
    await session.flush()
    at = clock.now()

    facts = await flags.flag_truth(session, [patient.id], at)

    streak = len(streak_of(reversed(row), at))
    assert [f.count for f in facts] == ([streak] if streak >= 2 else [])


async def test_what_comes_today_ends_the_row_at_once(
    session: AsyncSession, patient: Patient
) -> None:
    row = await course(session, patient, 3)
    await misses.notice_misses_of(session, [row[0].treatment_id])
    treatment = await session.get_one(Treatment, row[0].treatment_id)
    today = await make.make_dose(session, patient=patient, treatment=treatment)
    assert await standing(session, patient) == {"missed_in_row": ("warning", 3)}
    staff = await make.make_staff(session)

    await doses.enter_seen_dose(
        session, actor_of(staff.id), today, StaffReportCreate(kind="in_person", note=None)
    )

    assert await standing(session, patient) == {}


async def test_the_patients_word_ends_the_row(
    session: AsyncSession, phone: Phone, patient: Patient, dose: Dose
) -> None:
    treatment = await session.get_one(Treatment, dose.treatment_id)
    await make.make_doses(session, patient=patient, treatment=treatment, days=2)
    await misses.notice_misses_of(session, [treatment.id])
    assert "missed_in_row" in await standing(session, patient)

    answer = await phone.report(dose)

    assert answer.status_code == 201
    assert await standing(session, patient) == {}


async def test_a_film_that_was_processed_ends_the_row(
    session: AsyncSession, context: JobContext, patient: Patient, dose: Dose
) -> None:
    treatment = await session.get_one(Treatment, dose.treatment_id)
    await make.make_doses(session, patient=patient, treatment=treatment, days=2)
    await misses.notice_misses_of(session, [treatment.id])
    film = await make.make_recording(session, dose=dose, state=RecordingState.PROCESSING)
    found = recordings.Processed("f", "p", "s", 20_000, 480, 640, b"", [])

    await recordings.finish_processing(session, context.settings, film.id, found)

    assert await standing(session, patient) == {}


async def test_a_severe_side_effect_stands_until_the_doctor_decides(
    session: AsyncSession, phone: Phone, patient: Patient, dose: Dose
) -> None:
    await phone.side_effects(dose, "yellow_skin")
    felt = await standing(session, patient)
    doctor = actor_of((await make.make_staff(session)).id)
    await stopped.let_go_on(session, doctor, patient)

    assert felt == {"severe_side_effect": ("severe", None)}
    assert await standing(session, patient) == {}


async def test_the_end_of_the_treatment_ends_its_flags_and_no_others(
    session: AsyncSession, patient: Patient
) -> None:
    row = await course(session, patient, 2)
    neighbour = await make.make_patient(session)
    theirs = await course(session, neighbour, 2)
    treatment = await session.get_one(Treatment, row[0].treatment_id)
    today = await make.make_dose(session, patient=patient, treatment=treatment)
    await stopped.stop_at(session, today)
    ids = [row[0].treatment_id, theirs[0].treatment_id]
    await misses.notice_misses_of(session, ids)
    before = await standing(session, patient)
    treatment, _ = await get_plan(session, ids[0])
    staff = await make.make_staff(session)
    order = TreatmentStop(stopped_on=clock.today_in(ZONE), outcome=Outcome.COMPLETED)

    await changes.stop(session, actor_of(staff.id), treatment, ZONE, order)
    await session.flush()
    on_the_last_day = await standing(session, patient)
    with clock.frozen(clock.now() + timedelta(hours=15)):  # at three in the morning it is over
        await misses.end_treatments(session, await misses.ended_lately(session, None))

    assert set(before) == {"missed_in_row", "severe_side_effect"}
    assert set(on_the_last_day) == {"missed_in_row"}  # the end decided what was stopped
    assert await standing(session, patient) == {}
    assert set(await standing(session, neighbour)) == {"missed_in_row"}


async def test_two_treatments_have_a_flag_each(session: AsyncSession, patient: Patient) -> None:
    first, second = await course(session, patient, 2), await course(session, patient, 4)

    facts = await flags.flag_truth(session, [patient.id], clock.now())

    assert {(f.subject_id, f.count, f.severity) for f in facts} == {
        (first[0].treatment_id, 2, Severity.WARNING),
        (second[0].treatment_id, 4, Severity.DANGER),
    }


async def test_the_night_repairs_what_a_missed_call_left(
    session: AsyncSession, context: JobContext, patient: Patient
) -> None:
    await course(session, patient, 2)
    neighbour = await make.make_patient(session)
    await set_flag(session, neighbour.id, SOURCE, SEVERE_SIDE_EFFECT, Severity.SEVERE, uuid7())

    await jobs.compare_flags(context)

    assert await standing(session, patient) == {"missed_in_row": ("warning", 2)}
    assert await standing(session, neighbour) == {}


async def test_a_report_costs_one_statement_more_where_no_flag_stands(
    session: AsyncSession, connection: AsyncConnection, patient: Patient
) -> None:
    with counted(connection) as statements:
        await flags.refresh_standing(session, patient.id)

    assert len(statements) == 1


async def test_the_truth_of_many_takes_two_statements(
    session: AsyncSession, connection: AsyncConnection
) -> None:
    patients = [await make.make_patient(session, bound=False) for _ in range(3)]
    for patient in patients:
        await course(session, patient, 2)

    with counted(connection) as statements:
        facts = await flags.flag_truth(session, [p.id for p in patients], clock.now())

    assert (len(facts), len(statements)) == (3, 2)
