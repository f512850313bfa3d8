"""Staff end a record on a day, and take it back: doses, rates, films, alerts and flags follow."""

from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.alerts import jobs as alert_jobs
from app.alerts.models import Alert, AlertState
from app.core import clock
from app.core.job_context import JobContext
from app.features import FEATURES
from app.institutions.models import Team
from app.medication import jobs
from app.medication.models import Evidence, Outcome, Recording, RecordingState, Treatment
from app.medication.schemas.doses import StaffReportCreate
from app.medication.schemas.treatments import StopCorrection
from app.medication.service import changes, misses
from app.medication.service.closing import open_record
from app.medication.service.corrections import withdraw_entry
from app.medication.service.doses import enter_seen_dose
from app.notifications.models import Notice
from app.patients.models import Patient, PatientFlag, RecordEnd
from app.patients.problems import RecordIsClosed
from app.patients.service.closing import close_account, what_closing_does
from tests.accounts.factories import actor_of, staff_client
from tests.medication import factories as make
from tests.medication.plans import (
    HORIZON,
    ZONE,
    X,
    day,
    days_with,
    dose_on,
    doses_of,
    instant,
    plan,
    stopping,
)
from tests.medication.plans import start as started
from tests.patients.ending import end_record, take_back

pytestmark = pytest.mark.usefixtures("noon")
IN_PERSON = StaffReportCreate(kind="in_person", note=None)


async def start(session: AsyncSession) -> tuple[Any, Treatment, Patient]:
    """Twenty days from the tenth of September on."""
    actor, treatment = await started(session, plan(days=20))
    patient = await session.get_one(Patient, treatment.patient_id)
    patient.created_at = instant(-60, "12:00")
    await session.flush()
    return actor, treatment, patient


async def opened(session: AsyncSession, patient: Patient) -> None:
    await open_record(session, patient.id, day(HORIZON))
    await session.flush()


async def alerts_of(session: AsyncSession, patient: Patient) -> Sequence[Alert]:
    found = select(Alert).where(Alert.patient_id == patient.id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def test_from_the_day_of_a_death_nothing_was_due_and_what_was_taken_counts(
    session: AsyncSession,
) -> None:
    actor, treatment, patient = await start(session)
    _, neighbour, _ = await start(session)
    with clock.frozen(instant(6, "12:00")):
        (await dose_on(session, treatment, 4)).evidence = Evidence.IN_PERSON
        await session.flush()

        await end_record(session, actor, patient, on=day(3))

    assert await days_with(session, treatment, X.EXPECTED) == [0, 1, 2]
    assert await days_with(session, neighbour, X.EXPECTED) == list(range(20))
    taken = await dose_on(session, treatment, 4)
    assert (taken.expectation, taken.evidence) == (X.CANCELLED, Evidence.IN_PERSON)
    assert (treatment.stopped_on, treatment.outcome) == (None, None)


async def test_a_wrong_death_is_taken_back_and_what_was_due_before_it_stands_again(
    session: AsyncSession,
) -> None:
    """Of the two days on which nobody was asked for anything, nothing was missed."""
    actor, treatment, patient = await start(session)
    _, neighbour, other = await start(session)
    await end_record(session, actor, other, on=day(0))
    with clock.frozen(instant(6, "12:00")):
        await end_record(session, actor, patient, on=day(3))
    with clock.frozen(instant(8, "12:00")):
        await take_back(session, actor_of(actor.account_id, Role.SUPERVISOR), patient)
        for _ in range(2):
            await opened(session, patient)

    assert await days_with(session, treatment, X.EXPECTED) == [*range(7), *range(9, 20)]
    assert await days_with(session, treatment, X.CANCELLED) == [7, 8]
    assert await days_with(session, neighbour, X.EXPECTED) == []


async def test_taken_back_within_minutes_the_dose_of_this_morning_stands(
    session: AsyncSession,
) -> None:
    actor, treatment, patient = await start(session)
    with clock.frozen(instant(6, "12:00")):
        await end_record(session, actor, patient)
        await take_back(session, actor, patient)
        await opened(session, patient)

    assert await days_with(session, treatment, X.EXPECTED) == list(range(20))


async def test_a_treatment_that_ended_meanwhile_gets_its_doses_of_before_back(
    session: AsyncSession,
) -> None:
    actor, treatment, patient = await start(session)
    with clock.frozen(instant(6, "12:00")):
        await end_record(session, actor, patient, on=day(3))
        await changes.stop(session, actor, treatment, ZONE, stopping(4))
        await session.flush()
    with clock.frozen(instant(7, "09:00")):
        await take_back(session, actor, patient)
        await opened(session, patient)

    assert await days_with(session, treatment, X.EXPECTED) == [0, 1, 2, 3, 4]


async def test_alerts_and_flags_follow_there_and_back(
    session: AsyncSession, context: JobContext
) -> None:
    actor, treatment, patient = await start(session)
    _, beside, neighbour = await start(session)
    with clock.frozen(instant(3, "09:00")):  # three were missed
        await misses.notice_misses_of(session, [treatment.id, beside.id])
        await end_record(session, actor, patient)
        ended = [a.state for a in await alerts_of(session, patient)]
        on_its_own = [a.state for a in await alerts_of(session, neighbour)]

        await take_back(session, actor, patient)
        for _ in range(2):
            await jobs.record_reopened(context, patient_id=str(patient.id))
            await alert_jobs.closing_taken_back(context, patient_id=str(patient.id))
        (again,) = await alerts_of(session, patient)

    assert (ended, on_its_own) == ([AlertState.CLOSED], [AlertState.OPEN])
    assert (again.state, again.closed_why, again.detail) == (AlertState.OPEN, None, {"count": 3})
    flags = await session.scalars(select(PatientFlag.patient_id).where(PatientFlag.until.is_(None)))
    assert set(flags) == {patient.id, neighbour.id}


async def test_days_before_a_death_learnt_late_are_no_streak_of_misses(
    session: AsyncSession,
) -> None:
    actor, treatment, patient = await start(session)
    with clock.frozen(instant(5, "09:00")):
        await misses.notice_misses_of(session, [treatment.id])
        await end_record(session, actor, patient, on=day(1))
        open_flags = select(PatientFlag.id).where(
            PatientFlag.patient_id == patient.id, PatientFlag.until.is_(None)
        )
        assert list(await session.scalars(open_flags)) == []


async def test_films_that_wait_are_read_all_the_same_and_the_inbox_is_kept(
    session: AsyncSession, team: Team
) -> None:
    """Only a holder who leaves takes them along."""
    patient, leaving = [await make.make_patient(session, team=team) for _ in range(2)]
    films = []
    for one in (patient, leaving):
        treatment = await make.make_treatment(session, patient=one)
        dose = await make.make_dose(session, patient=one, treatment=treatment)
        films.append(await make.make_recording(session, dose=dose, state=RecordingState.READY))
        session.add(Notice(patient_id=one.id, kind="verdict", key=f"of-{one.id}"))
    await session.flush()
    actor = actor_of((await make.make_staff(session, team=team)).id)

    await end_record(session, actor, patient, RecordEnd.MOVED_AWAY)
    assert leaving.wechat_account_id is not None
    await close_account(session, FEATURES, leaving.wechat_account_id, leaving)
    await session.flush()

    states = [
        (await session.get_one(Recording, film.id, populate_existing=True)).state for film in films
    ]
    assert states == [RecordingState.READY, RecordingState.ABANDONED]
    whose = select(Notice.patient_id).where(Notice.patient_id.in_([patient.id, leaving.id]))
    assert list(await session.scalars(whose)) == [patient.id]


async def test_it_says_in_numbers_what_it_does_before(session: AsyncSession) -> None:
    actor, treatment, patient = await start(session)
    _, beside, neighbour = await start(session)
    with clock.frozen(instant(3, "09:00")):
        await misses.notice_misses_of(session, [treatment.id, beside.id])
        told = " ".join(await what_closing_does(session, FEATURES, patient.id))
        await end_record(session, actor, neighbour)
        again = " ".join(await what_closing_does(session, FEATURES, patient.id))

    assert "1 个进行中的治疗" in told
    assert "17 次服药" in told
    assert "1 条没处理的一般提醒" in told
    assert again == told


async def test_of_a_closed_record_nothing_is_planned(session: AsyncSession) -> None:
    actor, treatment, patient = await start(session)
    await end_record(session, actor, patient)

    with pytest.raises(RecordIsClosed):
        await changes.edit_plan(session, actor, treatment, ZONE, day(1), plan(first=1, days=5))
    dose = await dose_on(session, treatment, 2)
    with pytest.raises(RecordIsClosed):
        await changes.reschedule(session, actor, treatment, ZONE, dose, day(5))
    assert await days_with(session, treatment, X.EXPECTED) == []


async def test_an_end_that_is_told_of_a_closed_record_lays_no_dose_until_it_is_open_again(
    session: AsyncSession,
) -> None:
    actor, treatment = await started(session, plan(days=90))
    patient = await session.get_one(Patient, treatment.patient_id)
    laid = len(await doses_of(session, treatment))
    await end_record(session, actor, patient)
    await changes.stop(session, actor, treatment, ZONE, stopping(50))
    assert len(await doses_of(session, treatment)) == laid < 50
    assert await days_with(session, treatment, X.EXPECTED) == []

    await take_back(session, actor, patient)
    for _ in range(2):
        await opened(session, patient)

    assert await days_with(session, treatment, X.EXPECTED) == list(range(51))


async def test_an_end_of_a_closed_record_is_corrected_only_as_far_as_nothing_is_taken_longer(
    session: AsyncSession,
) -> None:
    actor, treatment, patient = await start(session)
    await end_record(session, actor, patient)
    await changes.stop(session, actor, treatment, ZONE, stopping(5))

    for later in (day(6), None):
        with pytest.raises(RecordIsClosed):
            await correct(session, actor, treatment, later)
    await correct(session, actor, treatment, day(3))
    assert (treatment.stopped_on, treatment.outcome) == (day(3), Outcome.DIED)
    assert await days_with(session, treatment, X.EXPECTED) == []
    await take_back(session, actor, patient)
    await opened(session, patient)
    assert await days_with(session, treatment, X.EXPECTED) == [0, 1, 2, 3]

    await correct(session, actor, treatment, day(8))

    assert await days_with(session, treatment, X.EXPECTED) == list(range(9))


async def correct(session: AsyncSession, actor: Any, treatment: Treatment, last: Any) -> None:
    outcome = Outcome.DIED if last else None
    order = StopCorrection(stopped_on=last, outcome=outcome, reason="记错了")
    await changes.correct_stop(session, actor, treatment, ZONE, order, HORIZON)
    await session.flush()


async def test_an_entry_that_is_taken_back_gives_a_closed_record_no_dose(
    session: AsyncSession,
) -> None:
    """It had been swapped with the dose that it was moved to, days after the closing."""
    actor, treatment, patient = await start(session)
    _, beside, _ = await start(session)
    entries = []
    for one in (treatment, beside):
        moved = await dose_on(session, one, 0)
        await changes.reschedule(session, actor, one, ZONE, moved, day(30))
        await session.flush()
        entries.append(await enter_seen_dose(session, actor, moved, IN_PERSON))
    await session.flush()
    await end_record(session, actor, patient)

    for entry in entries:
        await withdraw_entry(session, actor, entry, "登记错了人")

    assert await days_with(session, treatment, X.EXPECTED) == []
    assert await days_with(session, beside, X.EXPECTED) == [*range(1, 20), 30]
    await take_back(session, actor, patient)
    await opened(session, patient)
    assert await days_with(session, treatment, X.EXPECTED) == [*range(1, 20), 30]


async def test_the_button_to_start_is_loud_only_while_nothing_is_taken(
    app: FastAPI, session: AsyncSession, team: Team
) -> None:
    patient = await make.make_patient(session, team=team)
    http = await staff_client(app, session, (await make.make_staff(session, team=team)).id)

    async def button(path: str = "") -> str:
        page = (await http.get(f"/staff/patients/{patient.id}{path}")).text
        place = page.index(f'href="/staff/patients/{patient.id}/treatments/new"')
        return page[page.rindex("<a", 0, place) : place]

    loud = await button()
    await make.make_treatment(session, patient=patient)

    assert "primary" in loud
    assert "primary" not in await button()
    assert "primary" not in await button("/contacts")


async def test_the_page_of_a_treatment_offers_nothing_that_a_closed_record_refuses(
    app: FastAPI, session: AsyncSession, team: Team
) -> None:
    patient = await make.make_patient(session, team=team)
    treatment = await make.make_treatment(session, patient=patient)
    staff_id = (await make.make_staff(session, team=team)).id
    http, page = await staff_client(app, session, staff_id), f"/staff/treatments/{treatment.id}"
    before = (await http.get(page)).text

    await end_record(session, actor_of(staff_id), patient)
    after = (await http.get(page)).text

    plans = [f"{page}/edit", f"{page}/hold"]
    assert [address in before for address in plans] == [True, True]
    assert [address in after for address in plans] == [False, False]
    assert f"{page}/stop" in after
    assert "这份档案已经结束，不再要求服药" in after
