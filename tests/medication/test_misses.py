"""Misses come to a doctor's notice: two in a row, seven in all, in few statements."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.alerts.models import Alert, AlertState
from app.core import clock
from app.core.job_context import JobContext
from app.media.models import MediaObject
from app.media.video import InspectionError, VideoProblem
from app.medication import jobs, processing
from app.medication.alert_kinds import MISSES_IN_ALL, MISSES_IN_ROW
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Progress,
    RecordingState,
    Treatment,
)
from app.medication.service import misses
from app.patients.models import Patient
from tests.counting import counted
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
IN_ROW, IN_ALL = MISSES_IN_ROW.code, MISSES_IN_ALL.code


async def _course(session: AsyncSession, days: int, patient: Patient | None = None) -> list[Dose]:
    patient = patient or await make.make_patient(session)
    treatment = await make.make_treatment(session, patient=patient)
    return await make.make_doses(session, patient=patient, treatment=treatment, days=days)


async def _kinds(session: AsyncSession, doses: list[Dose]) -> list[str]:
    of = select(Alert.kind).where(Alert.subject_id == doses[0].treatment_id).order_by(Alert.kind)
    return list(await session.scalars(of))


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        (1, []),
        (2, [IN_ROW]),
        (7, [IN_ALL, IN_ROW]),
    ],
)
async def test_misses_raise_each_alert_once(
    days: int, kinds: list[str], session: AsyncSession, context: JobContext
) -> None:
    doses = await _course(session, days)

    await jobs.notice_misses_again(context)
    await jobs.notice_misses_again(context)

    assert await _kinds(session, doses) == kinds


async def _in_row(session: AsyncSession, doses: list[Dose]) -> Alert:
    found = await session.scalars(
        select(Alert)
        .where(Alert.subject_id == doses[0].treatment_id, Alert.kind == IN_ROW)
        .execution_options(populate_existing=True)
    )
    return found.one()


@pytest.mark.parametrize(
    ("days", "level"), [(2, 2), (3, 2), (4, 4), (6, 4), (7, 7), (13, 7), (14, 14), (20, 14)]
)
async def test_a_streak_has_the_level_it_has_reached(
    days: int, level: int, session: AsyncSession, context: JobContext
) -> None:
    doses = await _course(session, days)

    await jobs.notice_misses_again(context)

    alert = await _in_row(session, doses)
    assert (alert.level, alert.detail, alert.episode) == (level, {"count": days}, str(doses[0].id))


async def test_a_longer_streak_raises_and_reopens_the_same_alert_and_the_next_one_does_not(
    session: AsyncSession, context: JobContext
) -> None:
    doses = await _course(session, 2)
    await jobs.notice_misses_again(context)
    alert = await _in_row(session, doses)
    alert.state = AlertState.HANDLED
    await session.flush()

    seen = [await _a_day_later(session, context, doses) for _ in range(3)]

    assert seen == [
        (AlertState.HANDLED, 2, 1),
        (AlertState.OPEN, 4, 2),
        (AlertState.OPEN, 4, 2),
    ]


async def test_an_alert_says_the_present_length_of_its_streak_and_alarms_nobody_anew(
    session: AsyncSession, context: JobContext
) -> None:
    doses, neighbour = await _course(session, 4), await _course(session, 2)
    await jobs.notice_misses_again(context)
    alert, other = await _in_row(session, doses), await _in_row(session, neighbour)
    alert.state, other.detail = AlertState.SEEN, {"count": 2}
    await session.flush()
    before = (alert.raised_at, alert.escalate_at)

    later = await _a_day_later(session, context, doses)

    alert = await _in_row(session, doses)
    assert later == (AlertState.SEEN, 4, 1)
    assert (alert.detail, alert.raised_at, alert.escalate_at) == ({"count": 5}, *before)
    assert (await _in_row(session, neighbour)).detail == {"count": 2}


async def test_the_length_of_what_was_handled_stays_as_it_was_handled(
    session: AsyncSession, context: JobContext
) -> None:
    doses = await _course(session, 4)
    await jobs.notice_misses_again(context)
    (await _in_row(session, doses)).state = AlertState.HANDLED
    await session.flush()

    await _a_day_later(session, context, doses)

    assert (await _in_row(session, doses)).detail == {"count": 4}


async def _a_day_later(
    session: AsyncSession, context: JobContext, doses: list[Dose]
) -> tuple[AlertState, int, int]:
    patient = await session.get_one(Patient, doses[0].patient_id)
    treatment = await session.get_one(Treatment, doses[0].treatment_id)
    last = doses[-1].due_on + timedelta(days=1)
    doses.append(await make.make_dose(session, patient=patient, treatment=treatment, due_on=last))
    with clock.frozen(doses[-1].closes_at + timedelta(minutes=1)):
        await jobs.notice_misses_again(context)
    alert = await _in_row(session, doses)
    return alert.state, alert.level, alert.times_raised


async def test_seen_doses_break_a_streak_and_held_ones_do_not(
    session: AsyncSession, context: JobContext
) -> None:
    broken, held = await _course(session, 3), await _course(session, 3)
    broken[1].evidence = Evidence.IN_PERSON
    held[1].expectation = Expectation.HELD
    await session.flush()

    await jobs.notice_misses_again(context)

    assert await _kinds(session, broken) == []
    assert await _kinds(session, held) == [IN_ROW]


async def test_many_courses_take_no_more_statements_than_one(
    session: AsyncSession, connection: AsyncConnection
) -> None:
    courses = [await _course(session, 2) for _ in range(4)]
    ids = [doses[0].treatment_id for doses in courses]

    with counted(connection) as statements:
        await misses.notice_misses_of(session, ids)

    assert len(statements) == 12  # five of them compare and write the flags
    assert [await _kinds(session, doses) for doses in courses] == [[IN_ROW]] * 4


async def test_a_film_that_never_came_is_no_miss_where_the_day_was_held_meanwhile(
    session: AsyncSession, context: JobContext, patient: Patient
) -> None:
    """In hospital since the morning: the hold passed by a dose whose film seemed on its way."""
    doses = await _course(session, 2, patient)
    for dose in doses:
        await make.make_recording(session, dose=dose, state=RecordingState.REQUESTED)
    treatment = await session.get_one(Treatment, doses[0].treatment_id)
    await make.make_hold(
        session, treatment=treatment, from_on=doses[0].due_on, to_on=doses[1].due_on
    )

    with clock.frozen(clock.now() + timedelta(hours=97)):
        await jobs.give_up_uploads(context)

    for dose in doses:
        await session.refresh(dose)
    assert [d.expectation for d in doses] == [Expectation.HELD] * 2
    assert await _kinds(session, doses) == []


async def test_a_late_film_that_cannot_be_used_is_a_miss_at_once(
    session: AsyncSession, context: JobContext, patient: Patient, tmp_path: Path
) -> None:
    doses = await _course(session, 2, patient)
    film = await make.make_recording(session, dose=doses[1], state=RecordingState.UPLOADED)
    media = await session.get_one(MediaObject, film.media_id)
    page = tmp_path / "film.mp4"
    page.write_bytes(b"<html>no film</html>")
    await context.storage.upload(media.key, page, "video/mp4")

    await jobs.film_arrived(context, media_id=str(media.id))

    assert await _kinds(session, doses) == [IN_ROW]


async def test_an_inspection_that_keeps_failing_lets_the_patient_film_again(
    session: AsyncSession, context: JobContext, dose: Dose, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def fail(*_: object) -> None:
        raise InspectionError("a bug of ours")

    monkeypatch.setattr(processing, "inspect", fail)
    film = await make.make_recording(session, dose=dose, state=RecordingState.UPLOADED)
    media = await session.get_one(MediaObject, film.media_id)
    file = tmp_path / "film.mp4"
    file.write_bytes(b"film")
    await context.storage.upload(media.key, file, "video/mp4")

    with pytest.raises(InspectionError):
        await jobs.film_arrived(context, media_id=str(media.id))
    with clock.frozen(clock.now() + timedelta(hours=6)):
        await jobs.film_arrived(context, media_id=str(media.id))

    await session.refresh(film)
    await session.refresh(dose)
    assert (film.state, film.problem) == (RecordingState.UNUSABLE, VideoProblem.PROCESSING_LIMIT)
    assert dose.progress is Progress.NONE
