"""Who withdraws, closes or loses the phone is filmed no more: films on their way."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.core.storage import Storage
from app.institutions.models import Team
from app.media import jobs as media_jobs
from app.media.models import MediaState
from app.medication import jobs
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Progress,
    Recording,
    RecordingState,
    Verdict,
)
from app.medication.service import recordings
from app.patients.models import Guardian, Patient
from app.patients.service import bindings
from tests.accounts.factories import actor_of, make_wechat_account
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.films import PROCESSED
from tests.medication.phone import Phone, post_film, process
from tests.medication.saying_no import (
    FILM,
    SAYS_NO,
    Act,
    film_now,
    media_now,
    run_queued,
    sent_film,
    withdraw,
)

pytestmark = pytest.mark.usefixtures("noon")


# -- before the confirmation ----------------------------------------------------------------------


async def test_a_film_announced_before_and_sent_after_is_not_taken(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    announced = (await phone.announce(dose)).json()
    await withdraw(phone)
    await post_film(announced["upload"], FILM)

    answer = await phone.confirm(announced["recording_id"])

    assert (answer.status_code, answer.json()["type"]) == (409, "film-not-taken")
    await run_queued(context, session)
    film = await film_now(session, announced["recording_id"])
    assert film.state is RecordingState.ABANDONED
    assert (await media_now(session, film)).delete_at == clock.now()
    assert (await phone.card(dose))["state"] == "open"
    # Sent again by a phone that heard no answer: the same words.
    again = await phone.confirm(announced["recording_id"])
    assert again.json()["type"] == "film-not-taken"


@SAYS_NO
async def test_the_reconciling_job_finds_it_and_takes_nothing(
    say_no: Act, phone: Phone, session: AsyncSession, context: JobContext, dose: Dose,
) -> None:  # fmt: skip
    announced = (await phone.announce(dose)).json()
    await say_no(phone)
    await post_film(announced["upload"], FILM)

    with clock.frozen(clock.now() + timedelta(minutes=2)):
        await media_jobs.reconcile(context)
        film = await film_now(session, announced["recording_id"])
        await jobs.film_arrived(context, media_id=str(film.media_id))

        film = await film_now(session, announced["recording_id"])
        assert (film.state, film.uploaded_at) == (RecordingState.ABANDONED, None)
        await media_jobs.expire(context)

    media = await media_now(session, film)
    assert media.state is MediaState.DELETED
    assert await context.storage.head(media.key) is None


async def test_what_the_open_form_still_takes_is_deleted_when_it_ends(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    announced = (await phone.announce(dose)).json()
    await withdraw(phone)
    await run_queued(context, session)
    await post_film(announced["upload"], FILM)
    film = await film_now(session, announced["recording_id"])
    media = await media_now(session, film)
    assert await context.storage.head(media.key) is not None

    row = (
        await session.execute(
            text(
                "select args, scheduled_at from procrastinate_jobs"
                " where task_name = 'media.drop_source'"
            )
        )
    ).one()
    await media_jobs.drop_source(context, **row.args)

    assert row.scheduled_at == media.presigned_until
    assert await context.storage.head(media.key) is None


async def test_a_phone_that_staff_unbound_brings_no_more_films(
    phone: Phone, session: AsyncSession, context: JobContext, patient: Patient, dose: Dose
) -> None:
    announced = (await phone.announce(dose)).json()
    await post_film(announced["upload"], FILM)
    doctor = await make.make_staff(session)
    await bindings.unbind(session, actor_of(doctor.id), patient)
    await session.flush()

    assert (await phone.confirm(announced["recording_id"])).json()["type"] == "not-bound"
    film = await film_now(session, announced["recording_id"])
    await jobs.film_arrived(context, media_id=str(film.media_id))

    assert (await film_now(session, film.id)).state is RecordingState.ABANDONED


async def test_unbinding_tidies_up_by_itself_and_takes_back_no_film_that_is_here(
    phone: Phone, desk: Desk, session: AsyncSession, context: JobContext, patient: Patient,
    dose: Dose,
) -> None:  # fmt: skip
    other_dose = await make.make_dose(session, patient=patient)
    announced = (await phone.announce(dose)).json()
    here = await sent_film(session, phone, other_dose)

    await bindings.unbind(session, actor_of(desk.staff.id), patient)
    await session.flush()
    await run_queued(context, session)

    assert (await film_now(session, announced["recording_id"])).state is RecordingState.ABANDONED
    item = await desk.next()
    assert item is not None
    assert item["recording_id"] == str(here.id)


async def test_the_end_of_a_guardian_ends_what_the_guardian_announced(
    session: AsyncSession, context: JobContext
) -> None:
    child = await make.make_patient(session, bound=False)
    guardian = Guardian(
        patient_id=child.id, name="王芳", phone="13900005678", relation="mother",
        wechat_account_id=(await make.make_patient(session)).wechat_account_id,
    )  # fmt: skip
    session.add(guardian)
    await session.flush()
    dose = await make.make_dose(session, patient=child)
    film = await make.make_recording(
        session,
        dose=dose,
        state=RecordingState.REQUESTED,
        by_account_id=guardian.wechat_account_id,
        relation="guardian",
    )
    guardian.wechat_account_id = None
    child.wechat_account_id = (await make_wechat_account(session)).id
    await session.flush()

    await jobs.film_arrived(context, media_id=str(film.media_id))

    assert (await film_now(session, film.id)).state is RecordingState.ABANDONED


# -- between confirmation and job -----------------------------------------------------------------


@SAYS_NO
async def test_a_film_confirmed_before_is_not_even_downloaded(
    say_no: Act, phone: Phone, session: AsyncSession, context: JobContext, dose: Dose,
    neighbour: Recording,
) -> None:  # fmt: skip
    recording_id = await phone.send(dose, FILM)
    await say_no(phone)

    film = await process(context, session, recording_id)  # else: not a film, unusable

    assert (film.state, film.problem) == (RecordingState.ABANDONED, None)
    assert (await media_now(session, film)).delete_at == clock.now()
    stored = await session.get_one(Dose, dose.id, populate_existing=True)
    assert (stored.progress, stored.evidence) == (Progress.NONE, Evidence.NONE)
    assert (await film_now(session, neighbour.id)).state is RecordingState.READY
    assert (await media_now(session, neighbour)).delete_at is None


@pytest.mark.parametrize(
    ("known", "expectation"),
    [
        ({}, Expectation.HELD),
        ({"self_reported_taken": False}, Expectation.HELD),
        ({"self_reported_taken": True}, Expectation.EXPECTED),
        ({"verdict": Verdict.PARTIAL}, Expectation.EXPECTED),
        ({"evidence": Evidence.IN_PERSON}, Expectation.EXPECTED),
        ({"expectation": Expectation.CANCELLED}, Expectation.CANCELLED),
    ],
)
async def test_a_dose_without_its_film_is_held_with_its_day_unless_more_is_known_of_it(
    phone: Phone, session: AsyncSession, context: JobContext, patient: Patient,
    known: dict[str, Any], expectation: Expectation,
) -> None:  # fmt: skip
    """A hold passes by a dose whose film is on its way, and is made up for when it is let go."""
    own, other = [await make.make_treatment(session, patient=patient) for _ in range(2)]
    doses = await make.make_doses(session, patient=patient, treatment=own, days=2)
    for treatment, dose in ((own, doses[0]), (other, doses[1])):
        await make.make_hold(session, treatment=treatment, from_on=dose.due_on, to_on=dose.due_on)
    for dose in doses:
        await sent_film(session, phone, dose, state=RecordingState.UPLOADED)
        for name, value in known.items():
            setattr(dose, name, value)
    await session.flush()

    await withdraw(phone)
    await run_queued(context, session)

    for dose in doses:
        await session.refresh(dose)
    assert [dose.progress for dose in doses] == [Progress.NONE] * 2
    beside = known.get("expectation", Expectation.EXPECTED)
    assert [dose.expectation for dose in doses] == [expectation, beside]


async def test_a_film_in_the_middle_of_its_processing_is_not_kept(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose
) -> None:
    film = await sent_film(session, phone, dose, state=RecordingState.PROCESSING)
    await withdraw(phone)

    async with context.sessions.begin() as own:
        kept = await recordings.finish_processing(own, context.settings, film.id, PROCESSED)

    film = await film_now(session, film.id)
    assert (kept, film.state, film.film_key) == (False, RecordingState.ABANDONED, None)


async def test_what_the_job_made_of_a_film_let_go_meanwhile_is_deleted(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    recording_id = await phone.send(dose, good_film)
    seen: list[str] = []
    upload = Storage.upload

    async def noted(storage: Storage, key: str, *rest: object) -> None:
        seen.append(key)
        await upload(storage, key, *rest)  # type: ignore[arg-type]
        if len(seen) == 3:
            await withdraw(phone)

    monkeypatch.setattr(Storage, "upload", noted)
    film = await process(context, session, recording_id)

    assert film.state is RecordingState.ABANDONED
    assert len(seen) == 3
    assert [await context.storage.head(key) for key in seen] == [None, None, None]


async def test_an_arrival_told_again_deletes_nothing_because_another_film_was_let_go(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, team: Team
) -> None:
    film = await sent_film(session, phone, dose)
    other = await make.make_patient(session, team=team)
    gone = await make.make_recording(
        session,
        dose=await make.make_dose(session, patient=other),
        state=RecordingState.ABANDONED,
    )
    before = (await media_now(session, film)).delete_at

    for one in (film, gone):
        await jobs.film_arrived(context, media_id=str(one.media_id))

    assert (await media_now(session, film)).delete_at == before
    assert (await media_now(session, gone)).delete_at == clock.now()
    dropped = text(
        "select args->>'media_id' from procrastinate_jobs"
        " where task_name = 'medication.drop_stills'"
    )
    assert (await session.scalars(dropped)).all() == [str(gone.media_id)]
