"""Doses are locked before films and patients (`service.locks`): no two wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.core.db import Sessionmaker, for_update, get_locked
from app.core.idempotency import Idempotency
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.models import Institution, Team
from app.media.video import VideoProblem
from app.medication import flags, rules
from app.medication.models import Dose, Recording, RecordingState, Review
from app.medication.queries.doses import dose_to_film
from app.medication.queries.reviews import film_to_decide
from app.medication.schemas.recordings import RecordingCreate
from app.medication.service import (
    announcements,
    corrections,
    never_sent,
    recordings,
    reviews,
    stuck_films,
    withdrawals,
)
from app.patients.models import Patient
from app.patients.service import closing, merging, records, teams
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.films import PROCESSED
from tests.racing import outcome, somebody_waits, together

pytestmark = pytest.mark.usefixtures("noon")
State = RecordingState
Way = Callable[[AsyncSession, Recording, Settings], Awaitable[object]]


async def arrive(session: AsyncSession, film: Recording, _: Settings) -> None:
    await recordings.arrived(session, film.media_id)


async def process(session: AsyncSession, film: Recording, _: Settings) -> None:
    await recordings.begin_processing(session, film.media_id)


async def finish(session: AsyncSession, film: Recording, settings: Settings) -> None:
    await recordings.finish_processing(session, settings, film.id, PROCESSED)


async def refuse(session: AsyncSession, film: Recording, _: Settings) -> None:
    await recordings.refuse_film(session, film.id, VideoProblem.TRUNCATED)


async def let_go(session: AsyncSession, film: Recording, _: Settings) -> None:
    await withdrawals.let_go_of_patient(session, film.patient_id)


async def lose(session: AsyncSession, film: Recording, _: Settings) -> None:
    await stuck_films.film_gone(session, film.media_id)


async def give_up(session: AsyncSession, film: Recording, _: Settings) -> None:
    await never_sent.give_up_uploads(session, [film.id])


async def decide(session: AsyncSession, film: Recording, _: Settings) -> None:
    patient = await session.get_one(Patient, film.patient_id)
    team = await session.get_one(Team, patient.team_id)
    reader = await make.make_staff(session, team=team)
    await film_to_decide.one(
        session,
        False,
        recording_id=film.id,
        staff_id=reader.id,
        on=clock.today_in("Asia/Shanghai"),
        client_key="a-key",
    )


async def undo(session: AsyncSession, _: Recording, settings: Settings) -> None:
    review = (await session.scalars(select(Review))).one()
    actor = actor_of(review.reviewer_id)
    await reviews.undo(session, settings, actor, review)


async def correct(session: AsyncSession, _: Recording, __: Settings) -> None:
    review = (await session.scalars(select(Review))).one()
    await corrections.withdraw_verdict(session, actor_of(review.reviewer_id), review, "看错了")


async def join(session: AsyncSession, film: Recording, _: Settings) -> None:
    """Join its record into another of the same team."""
    old = await session.get_one(Patient, film.patient_id)
    team = await session.get_one(Team, old.team_id)
    home = await session.get_one(Institution, team.institution_id)
    chief = await make.make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    kept = await make.make_patient(session, team=team, bound=False)
    order = merging.Merge(old.id, kept.id, old.version, kept.version)
    await merging.merge_records(session, FEATURES, actor_of(chief.id, Role.SUPERVISOR), order)


async def gather(session: AsyncSession, film: Recording, _: Settings) -> None:
    """Move what was written to a record while it was joined."""
    await merging.gather_merged(session, FEATURES, film.patient_id)


async def close(session: AsyncSession, film: Recording, _: Settings) -> None:
    patient = await session.get_one(Patient, film.patient_id)
    assert patient.wechat_account_id is not None
    await closing.close_account(session, FEATURES, patient.wechat_account_id, patient)


async def move(session: AsyncSession, film: Recording, _: Settings) -> None:
    """Give its patient to another team of the same place."""
    patient = await session.get_one(Patient, film.patient_id)
    team = await session.get_one(Team, patient.team_id)
    home = await session.get_one(Institution, team.institution_id)
    new = await make.make_team(session, institution=home, name="新团队")
    chief = await make.make_staff(session, institution=home, roles=[Role.SUPERVISOR])
    particulars = records.Particulars(
        name=patient.name, phone=patient.phone, sex=patient.sex, birth_on=patient.birth_on,
        id_number=None, weight_kg=None, conditions=[], team_id=new.id,
    )  # fmt: skip
    actor = actor_of(chief.id, Role.SUPERVISOR)
    await records.change_patient(session, FEATURES, actor, patient, particulars)


async def follow(session: AsyncSession, film: Recording, _: Settings) -> None:
    """Give its patient to the team that its own was merged into."""
    patient = await session.get_one(Patient, film.patient_id)
    await teams.move_merged(session, FEATURES, patient.team_id, [patient.id])


WAYS: list[tuple[Way, RecordingState]] = [
    (arrive, State.REQUESTED),
    (process, State.UPLOADED),
    (finish, State.PROCESSING),
    (refuse, State.PROCESSING),
    (let_go, State.READY),
    (lose, State.READY),
    (give_up, State.REQUESTED),
    (decide, State.READY),
    (undo, State.READY),
    (correct, State.READY),
    (join, State.READY),
    (gather, State.READY),
    (close, State.READY),
    (move, State.READY),
    (follow, State.READY),
]


async def _film(sessions: Sessionmaker, way: Way, state: RecordingState) -> Recording:
    """Make one that this way has something to do with."""
    async with sessions.begin() as session:
        patient = await make.make_patient(session)
        if way is let_go:
            patient.closed_at = clock.now()
        film = await make.make_recording(
            session, dose=await make.make_dose(session, patient=patient), state=state
        )
        if way is gather:
            patient.merged_into_id = (await make.make_patient(session)).id
        if way is follow:
            team = await session.get_one(Team, patient.team_id)
            home = await session.get_one(Institution, team.institution_id)
            into = await make.make_team(session, institution=home, name="并入的团队")
            team.closed_at, team.merged_into_id = clock.now(), into.id
        if way is give_up:
            film.created_at -= rules.LATE_ARRIVAL + timedelta(days=2)
        if way in {undo, correct}:
            await make.make_review(session, recording=film)
        return film


@pytest.mark.parametrize(("way", "state"), WAYS, ids=[way.__name__ for way, _ in WAYS])
async def test_nobody_holds_a_film_or_its_patient_while_waiting_for_its_dose(
    way: Way, state: RecordingState, settings: Settings, committed_database: Sessionmaker
) -> None:
    film = await _film(committed_database, way, state)

    async with committed_database.begin() as another:
        await another.execute(for_update(select(Dose.id).where(Dose.id == film.dose_id)))
        going = asyncio.create_task(
            outcome(committed_database, lambda session: way(session, film, settings))
        )
        async with asyncio.timeout(10):
            while not await somebody_waits(committed_database):
                assert not going.done(), "it did not come to the dose: nothing was tested"
                await asyncio.sleep(0.02)
        free = select(Recording.id).where(Recording.id == film.id)
        held = await another.scalar(for_update(free, skip_locked=True))
        whose = select(Patient.id).where(Patient.id == film.patient_id)
        patient_id = await another.scalar(for_update(whose, key_share=True, skip_locked=True))

    assert (held, patient_id) == (film.id, film.patient_id)
    assert await going == "ok"


async def test_a_film_arrives_while_another_phone_films_the_dose_again(
    settings: Settings, committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        patient = await make.make_patient(session)
        dose = await make.make_dose(session, patient=patient)
        film = await make.make_recording(session, dose=dose, state=State.REQUESTED)
    held = asyncio.Event()

    async def film_again(session: AsyncSession) -> None:
        once = Idempotency("film-again", "hash")
        locked = await dose_to_film.one(
            session, dose_id=dose.id, patient_id=patient.id, key=once.key
        )
        held.set()
        async with asyncio.timeout(10):
            while not await somebody_waits(committed_database):  # noqa: ASYNC110 no event
                await asyncio.sleep(0.02)
        at = clock.now()
        new = RecordingCreate(
            opened_at=at,
            captured_at=at,
            day_code=rules.day_code(patient.id, dose.due_on),
            content_type="video/mp4",
            size=1000,
            duration_ms=20_000,
            mirrored=False,
        )
        storage = Storage(settings)
        await announcements.announce(
            session, settings, storage, make.own_record(patient), locked, once, new
        )

    async def arrived(session: AsyncSession) -> UUID | None:
        await held.wait()
        came = await recordings.arrived(session, film.media_id)
        return came.id if came else None

    async with asyncio.timeout(15):
        ended = await together(committed_database, film_again, arrived)

    assert ended == ["ok", "ok"]
    async with committed_database() as session:
        came = await session.get_one(Recording, film.id)
        now = await session.get_one(Dose, dose.id)
    assert came.state is State.UPLOADED
    assert now.recording_id == film.id


@pytest.mark.parametrize(("way", "state"), WAYS, ids=[way.__name__ for way, _ in WAYS])
async def test_nobody_waits_for_the_dose_of_another_film(
    way: Way, state: RecordingState, settings: Settings, committed_database: Sessionmaker
) -> None:
    film = await _film(committed_database, way, state)
    async with committed_database.begin() as session:
        dose = await make.make_dose(session)
        other = await make.make_recording(session, dose=dose, state=state)

    async with committed_database.begin() as another:
        await another.execute(for_update(select(Dose.id).where(Dose.id == other.dose_id)))
        async with asyncio.timeout(5):
            done = await outcome(committed_database, lambda session: way(session, film, settings))

    assert done == "ok"


@pytest.mark.parametrize("way", [join, gather, close, move, follow])
async def test_what_becomes_of_a_film_goes_on_while_its_whole_record_is_joined_closed_or_moved(
    way: Way, settings: Settings, committed_database: Sessionmaker
) -> None:
    """It holds the dose and the film, and then takes the patient, for the flags."""
    film = await _film(committed_database, way, State.READY)
    held = asyncio.Event()

    async def end(session: AsyncSession) -> None:
        dose = await get_locked(session, Dose, film.dose_id)
        await get_locked(session, Recording, film.id)
        dose.self_reported_taken = True
        await session.flush()
        held.set()
        async with asyncio.timeout(10):
            while not await somebody_waits(committed_database):  # noqa: ASYNC110 no event
                await asyncio.sleep(0.02)
        await flags.refresh(session, [dose.patient_id])

    async def act(session: AsyncSession) -> None:
        await held.wait()
        await way(session, film, settings)

    async with asyncio.timeout(20):
        assert await together(committed_database, end, act) == ["ok", "ok"]
