"""What is left of a dose whose film or word falls away: what else is known, and the plan."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert
from app.core import clock
from app.media.video import VideoProblem
from app.medication.alert_kinds import MISSES_IN_ROW
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Outcome,
    Progress,
    Recording,
    RecordingState,
    Treatment,
    Verdict,
)
from app.medication.service import never_sent, recordings, stuck_films, withdrawals
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.phone import Phone
from tests.medication.saying_no import sent_film, withdraw

pytestmark = pytest.mark.usefixtures("noon")
Fall = Callable[[AsyncSession, Recording], Awaitable[None]]


async def unusable(session: AsyncSession, film: Recording) -> None:
    await recordings.refuse_film(session, film.id, VideoProblem.TRUNCATED)


async def never_came(session: AsyncSession, film: Recording) -> None:
    film.created_at -= timedelta(days=9)
    await session.flush()
    await never_sent.give_up_uploads(session, [film.id])


async def lost(session: AsyncSession, film: Recording) -> None:
    await stuck_films.film_gone(session, film.media_id)


async def withdrawn(session: AsyncSession, film: Recording) -> None:
    patient = await session.get_one(Patient, film.patient_id)
    patient.closed_at = clock.now()
    await session.flush()
    await withdrawals.let_go_of_patient(session, film.patient_id)


FALLS = pytest.mark.parametrize(
    ("fall", "state"),
    [
        (unusable, RecordingState.PROCESSING),
        (never_came, RecordingState.REQUESTED),
        (lost, RecordingState.READY),
        (withdrawn, RecordingState.REQUESTED),
    ],
)


@pytest.fixture
async def treatment(session: AsyncSession, patient: Patient) -> Treatment:
    return await make.make_treatment(session, patient=patient)


@pytest.fixture
async def two(session: AsyncSession, patient: Patient, treatment: Treatment) -> list[Dose]:
    """Make those of the last two days: both windows are closed."""
    return await make.make_doses(session, patient=patient, treatment=treatment, days=2)


async def _facts(session: AsyncSession, dose: Dose) -> tuple[Expectation, Evidence, Progress]:
    await session.flush()
    await session.refresh(dose)
    return dose.expectation, dose.evidence, dose.progress


@FALLS
async def test_its_day_was_held_meanwhile(
    fall: Fall, state: RecordingState, session: AsyncSession, treatment: Treatment, two: list[Dose]
) -> None:
    bystander = await make.make_dose(session)
    film = await make.make_recording(session, dose=two[1], state=state)
    on = two[1].due_on
    await make.make_hold(session, treatment=treatment, from_on=on, to_on=on)

    await fall(session, film)

    assert await _facts(session, two[1]) == (Expectation.HELD, Evidence.NONE, Progress.NONE)
    assert await _facts(session, two[0]) == (Expectation.EXPECTED, Evidence.NONE, Progress.NONE)
    assert (await _facts(session, bystander))[0] is Expectation.EXPECTED


@FALLS
async def test_its_treatment_ended_before_its_day(
    fall: Fall, state: RecordingState, session: AsyncSession, treatment: Treatment, two: list[Dose]
) -> None:
    film = await make.make_recording(session, dose=two[1], state=state)
    treatment.stopped_on, treatment.outcome = two[0].due_on, Outcome.STOPPED_BY_DOCTOR
    await session.flush()

    await fall(session, film)

    assert (await _facts(session, two[1]))[0] is Expectation.CANCELLED
    assert (await _facts(session, two[0]))[0] is Expectation.EXPECTED


@FALLS
async def test_what_else_is_known_of_it_stands(
    fall: Fall, state: RecordingState, session: AsyncSession, two: list[Dose]
) -> None:
    film = await make.make_recording(session, dose=two[1], state=state)
    two[1].self_reported_taken = True
    await session.flush()

    await fall(session, film)

    known = (Expectation.EXPECTED, Evidence.SELF_REPORT, Progress.NONE)
    assert await _facts(session, two[1]) == known


async def _streak(session: AsyncSession, patient: Patient) -> int | None:
    alert = await session.scalar(
        select(Alert).where(Alert.patient_id == patient.id, Alert.kind == MISSES_IN_ROW.code)
    )
    return alert.detail["count"] if alert and alert.detail else None


async def test_a_miss_that_a_withdrawal_brings_to_light_is_noticed_at_once(
    phone: Phone, session: AsyncSession, patient: Patient, two: list[Dose]
) -> None:
    await sent_film(session, phone, two[1], state=RecordingState.REQUESTED)
    await withdraw(phone)

    await withdrawals.let_go_of_patient(session, patient.id)

    assert await _streak(session, patient) == 2


async def test_a_word_that_is_taken_back_is_no_evidence_and_a_miss_is_noticed(
    phone: Phone, session: AsyncSession, patient: Patient, two: list[Dose]
) -> None:
    assert (await phone.report(two[1], key="it-was-taken")).status_code == 201
    assert (await _facts(session, two[1]))[1] is Evidence.SELF_REPORT
    assert await _streak(session, patient) is None

    assert (await phone.report(two[1], taken=False, key="it-was-not")).status_code == 201

    assert (await _facts(session, two[1]))[1] is Evidence.NONE
    assert (await phone.card(two[1]))["state"] == "missed"
    assert await _streak(session, patient) == 2


async def test_a_word_that_is_taken_back_leaves_what_staff_read(
    phone: Phone, session: AsyncSession, two: list[Dose]
) -> None:
    film = await make.make_recording(session, dose=two[1])
    await make.make_review(session, recording=film, verdict=Verdict.REJECTED)

    for taken in (True, False):
        answer = await phone.report(two[1], taken=taken, key=f"a-word-of-{taken}")
        assert answer.status_code == 201
        assert (await _facts(session, two[1]))[1] is Evidence.VIDEO
