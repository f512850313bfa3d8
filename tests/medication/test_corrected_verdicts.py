"""A wrong verdict, after the seconds of its undo: struck through, and the film is read again."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.institutions.models import Institution, Team
from app.media.models import MediaObject
from app.medication import jobs
from app.medication.models import (
    Dose,
    Progress,
    Reading,
    Recording,
    RecordingState,
    Review,
    ReviewWithdrawal,
    Verdict,
)
from app.medication.service import corrections
from app.notifications.models import Notice
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of
from tests.medication.phone import Phone
from tests.racing import together

pytestmark = pytest.mark.usefixtures("noon")
WHY = {"why": "看成了昨天的数字"}
LATER = timedelta(minutes=5)


def address(review: Review) -> str:
    return f"/staff/reviews/{review.id}/correct"


@pytest.fixture
async def rejected(session: AsyncSession, desk: Desk, film: Recording) -> Review:
    return await make.make_review(
        session, recording=film, reviewer=desk.staff, verdict=Verdict.REJECTED
    )


async def _state(session: AsyncSession, dose: Dose) -> tuple[Verdict | None, Progress]:
    await make.refreshed(session, dose)
    return dose.verdict, dose.progress


async def test_a_corrected_verdict_puts_the_film_back_into_the_queue(
    session: AsyncSession, desk: Desk, film: Recording, dose: Dose, rejected: Review,
    neighbour: Recording,
) -> None:  # fmt: skip
    theirs = await make.make_review(session, recording=neighbour, verdict=Verdict.REJECTED)
    with clock.frozen(clock.now() + LATER):
        answer = await desk.http.post(address(rejected), data=WHY)

        assert answer.status_code == 303
        assert await _state(session, dose) == (None, Progress.PENDING_REVIEW)
        media = await session.get_one(MediaObject, film.media_id, populate_existing=True)
        assert media.delete_at is not None  # the longest that the kind allows
        assert media.delete_at > clock.now() + timedelta(days=90)
        page = (await desk.http.get(f"/staff/doses/{dose.id}")).text
        assert 'class="reading withdrawn"' in page
        assert f"{desk.staff.name} · " in page
        assert WHY["why"] in page
        item = await desk.next()
        assert item is not None
        assert item["recording_id"] == str(film.id)
        assert (await desk.decide(film.id)).status_code == 201

    assert await _state(session, dose) == (Verdict.OBSERVED, Progress.NONE)
    row = (await session.scalars(select(ReviewWithdrawal))).one()
    assert (row.review_id, row.withdrawn_by) == (rejected.id, desk.staff.id)
    assert theirs.id != rejected.id
    assert (await make.refreshed(session, neighbour)).pending_reading is None


async def test_the_patient_who_was_told_is_told_the_new_verdict(
    session: AsyncSession, context: JobContext, desk: Desk, film: Recording, rejected: Review
) -> None:
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        await jobs.tell_verdicts(context)
    with clock.frozen(clock.now() + LATER):
        await desk.http.post(address(rejected), data=WHY)
        await desk.next()
        await desk.decide(film.id)
    with clock.frozen(clock.now() + 2 * LATER):
        for _ in range(2):
            await jobs.tell_verdicts(context)

    kinds = (await session.scalars(select(Notice.kind).order_by(Notice.id))).all()
    assert kinds == ["film_not_accepted", "verdict_corrected"]


async def test_who_was_told_nothing_hears_of_no_correction(
    session: AsyncSession, context: JobContext, desk: Desk, film: Recording
) -> None:
    observed = await make.make_review(session, recording=film, reviewer=desk.staff)
    with clock.frozen(clock.now() + LATER):
        await desk.http.post(address(observed), data=WHY)
        await desk.next()
        await desk.decide(film.id, "rejected")
    with clock.frozen(clock.now() + 2 * LATER):
        await jobs.tell_verdicts(context)

    assert (await session.scalars(select(Notice.kind))).all() == ["film_not_accepted"]


async def test_only_the_reader_for_a_day_and_a_supervisor_correct_it(
    app: FastAPI, session: AsyncSession, desk: Desk, colleague: Desk, team: Team, dose: Dose,
    rejected: Review,
) -> None:  # fmt: skip
    home = await session.get_one(Institution, team.institution_id)
    staff = await make.make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    supervisor = await desk_of(app, session, staff)
    page = f"/staff/doses/{dose.id}"
    assert (await colleague.http.post(address(rejected), data=WHY)).status_code == 403
    assert address(rejected) not in (await colleague.http.get(page)).text
    rejected.created_at -= timedelta(hours=24)
    await session.flush()

    assert (await desk.http.post(address(rejected), data=WHY)).status_code == 403
    assert address(rejected) in (await supervisor.http.get(page)).text
    assert (await supervisor.http.post(address(rejected), data=WHY)).status_code == 303
    assert await _state(session, dose) == (None, Progress.PENDING_REVIEW)


async def test_a_film_that_is_gone_cannot_be_read_again(
    session: AsyncSession, desk: Desk, film: Recording, dose: Dose, rejected: Review
) -> None:
    film.film_deleted_at = clock.now()
    await session.flush()

    answer = await desk.http.post(address(rejected), data=WHY)

    assert answer.status_code == 409
    assert "已经删除" in answer.text
    page = (await desk.http.get(f"/staff/doses/{dose.id}")).text
    assert "视频已不在，结论不能更正" in page
    assert await _state(session, dose) == (Verdict.REJECTED, Progress.NONE)


async def test_a_film_whose_day_of_deletion_has_come_is_gone(
    session: AsyncSession, desk: Desk, film: Recording, rejected: Review
) -> None:
    media = await session.get_one(MediaObject, film.media_id)
    media.delete_at = clock.now()
    await session.flush()

    assert (await desk.http.post(address(rejected), data=WHY)).status_code == 409


async def test_what_the_patient_took_back_is_not_shown_again(
    session: AsyncSession, desk: Desk, patient: Patient, rejected: Review
) -> None:
    patient.closed_at = clock.now()
    await session.flush()

    answer = await desk.http.post(address(rejected), data=WHY)

    assert answer.status_code == 409
    assert "撤回同意" in answer.text


async def test_a_newer_film_speaks_for_the_dose(
    desk: Desk, phone: Phone, dose: Dose, rejected: Review
) -> None:
    assert (await phone.announce(dose)).status_code == 201

    answer = await desk.http.post(address(rejected), data=WHY)

    assert answer.status_code == 409
    assert "新的那段" in answer.text


async def test_a_newer_film_that_came_to_nothing_does_not(
    session: AsyncSession, desk: Desk, film: Recording, dose: Dose, rejected: Review
) -> None:
    await make.make_recording(session, dose=dose, state=RecordingState.UNUSABLE)
    dose.progress = Progress.NONE
    await session.flush()

    assert (await desk.http.post(address(rejected), data=WHY)).status_code == 303

    await make.refreshed(session, dose)
    assert (dose.recording_id, dose.progress) == (film.id, Progress.PENDING_REVIEW)


async def test_it_waits_for_the_team_that_the_patient_is_with_now(
    session: AsyncSession, desk: Desk, film: Recording, team: Team, rejected: Review
) -> None:
    film.team_id = (await make.make_team(session)).id  # read there, before the patient moved here
    await session.flush()

    await desk.http.post(address(rejected), data=WHY)

    assert (await make.refreshed(session, film)).team_id == team.id
    assert await desk.next() is not None


async def test_a_second_reading_falls_with_the_first_and_alone_leaves_the_dose(
    session: AsyncSession, desk: Desk, colleague: Desk, film: Recording, dose: Dose,
    rejected: Review,
) -> None:  # fmt: skip
    second = await make.make_review(
        session, recording=film, reviewer=colleague.staff, reading=Reading.SECOND
    )

    assert (await colleague.http.post(address(second), data=WHY)).status_code == 303
    assert (await make.refreshed(session, film)).pending_reading is Reading.SECOND
    assert await _state(session, dose) == (Verdict.REJECTED, Progress.NONE)

    third = await make.make_review(
        session, recording=film, reviewer=colleague.staff, reading=Reading.SECOND
    )
    assert (await desk.http.post(address(rejected), data=WHY)).status_code == 303
    withdrawn = set(await session.scalars(select(ReviewWithdrawal.review_id)))
    assert withdrawn == {rejected.id, second.id, third.id}
    assert (await make.refreshed(session, film)).pending_reading is Reading.FIRST


async def test_trail_and_export_tell_of_it(
    session: AsyncSession, desk: Desk, phone: Phone, dose: Dose, rejected: Review
) -> None:
    assert (await desk.http.post(address(rejected), data={"why": " "})).status_code == 422
    assert (await desk.http.post(address(rejected), data=WHY)).status_code == 303
    assert (await desk.http.post(address(rejected), data=WHY)).status_code == 409

    events = await session.scalars(select(AuditEvent).where(AuditEvent.subject_id == dose.id))
    assert [event.detail for event in events if event.detail] == [
        {
            "code": "withdrew_verdict", "before": "rejected", "after": "pending_review",
            "review_id": str(rejected.id),
        }
    ]  # fmt: skip
    export = (await phone.http.get("/api/me/export")).json()
    [row] = export["parts"]["medication"]["review_withdrawal"]
    assert (row["review_id"], row["withdrawn_why"]) == (str(rejected.id), WHY["why"])


async def test_of_two_corrections_at_once_one_holds(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        review = await make.make_review(session, verdict=Verdict.REJECTED)
        reader = actor_of(review.reviewer_id)

    async def correct(session: AsyncSession) -> None:
        found = await session.get_one(Review, review.id)
        await corrections.withdraw_verdict(session, reader, found, WHY["why"])

    ended = await together(committed_database, correct, correct)

    assert ended == ["already-corrected", "ok"]
    async with committed_database() as session:
        dose = await session.get_one(Dose, review.dose_id)
    assert (dose.verdict, dose.progress) == (None, Progress.PENDING_REVIEW)
