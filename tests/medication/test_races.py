"""Two at once: real commits on connections of their own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.idempotency import Idempotency
from app.core.settings import Settings
from app.institutions.models import Team
from app.main import create_app, dispose_engines
from app.medication.models import (
    Dose,
    Progress,
    Reading,
    Recording,
    RecordingState,
    Review,
    ReviewReason,
    Verdict,
)
from app.medication.schemas.recordings import RecordingCreate
from app.medication.schemas.reviews import VerdictCreate
from app.medication.service import announcements, recordings, review_queue, reviews
from app.patients.loaders import OwnRecord, PatientOfPhone
from app.patients.models import Patient, Relation
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of, sampling
from tests.medication.films import PROCESSED
from tests.medication.phone import Phone, phone_of, post_film
from tests.racing import somebody_waits

pytestmark = pytest.mark.usefixtures("noon")
T = TypeVar("T")
U = TypeVar("U")


@pytest.fixture
async def real_app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:
    made = create_app(settings)
    made.state.sessions = committed_database
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


async def _patient_and_dose(sessions: Sessionmaker) -> tuple[Patient, Dose]:
    async with sessions.begin() as session:
        patient = await make.make_patient(session)
        return patient, await make.make_dose(session, patient=patient)


async def _desks(app: FastAPI, sessions: Sessionmaker, team: Team, number: int) -> list[Desk]:
    async with sessions.begin() as session:
        return [
            await desk_of(app, session, await make.make_staff(session, team=team))
            for _ in range(number)
        ]


async def _films(session: AsyncSession, team: Team, number: int) -> list[Recording]:
    patient = await make.make_patient(session, team=team)
    return [
        await make.make_recording(session, dose=await make.make_dose(session, patient=patient))
        for _ in range(number)
    ]


async def _count(sessions: Sessionmaker, model: type[Recording] | type[Review]) -> int:
    async with sessions() as session:
        return (await session.scalars(select(func.count()).select_from(model))).one()


@pytest.fixture
async def phone(real_app: FastAPI, committed_database: Sessionmaker) -> Phone:
    patient, _ = await _patient_and_dose(committed_database)
    return phone_of(real_app, patient)


@pytest.fixture
async def dose(committed_database: Sessionmaker, phone: Phone) -> Dose:
    async with committed_database() as session:
        found = await session.scalars(select(Dose).where(Dose.patient_id == phone.patient.id))
        return found.one()


async def test_same_key_twice_at_once_is_one_film(
    phone: Phone, dose: Dose, committed_database: Sessionmaker
) -> None:
    answers = await asyncio.gather(*(phone.announce(dose) for _ in range(4)))

    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["recording_id"] for a in answers}) == 1
    assert await _count(committed_database, Recording) == 1


async def test_double_tap_with_two_keys_leaves_all_on_their_way(
    phone: Phone, dose: Dose, committed_database: Sessionmaker
) -> None:
    answers = await asyncio.gather(*(phone.announce(dose, key=f"double-tap-{n}") for n in range(3)))

    assert {a.status_code for a in answers} == {201}
    async with committed_database() as session:
        live = await session.scalars(
            select(Recording).where(Recording.state == RecordingState.REQUESTED)
        )
        films = live.all()
        assert len(films) == 3
        waited_for = await session.scalar(select(Dose.recording_id).where(Dose.id == dose.id))
        assert waited_for in {film.id for film in films}


async def test_confirming_twice_at_once_starts_one_job(
    phone: Phone, dose: Dose, committed_database: Sessionmaker
) -> None:
    announced = (await phone.announce(dose)).json()
    await post_film(announced["upload"], b"bytes")

    answers = await asyncio.gather(*(phone.confirm(announced["recording_id"]) for _ in range(3)))

    assert {(a.status_code, a.json()["state"]) for a in answers} == {(200, "uploaded")}
    async with committed_database() as session:
        jobs = await session.execute(text("select count(*) from procrastinate_jobs"))
        assert jobs.scalar_one() == 1


async def test_side_effects_twice_at_once_are_one_answer(phone: Phone, dose: Dose) -> None:
    answers = await asyncio.gather(*(phone.side_effects(dose, "nausea") for _ in range(3)))

    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["report_id"] for a in answers}) == 1


async def test_reports_twice_at_once_are_one(phone: Phone, dose: Dose) -> None:
    answers = await asyncio.gather(*(phone.report(dose) for _ in range(3)))

    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1


async def test_two_reviewers_never_get_the_same_film(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        films = await _films(session, team, 8)
    desks = await _desks(real_app, committed_database, team, 4)

    given = await asyncio.gather(*(desk.next() for desk in desks))

    got = [item["recording_id"] for item in given if item]
    assert len(got) == 4
    assert len(set(got)) == 4
    assert set(got) <= {str(f.id) for f in films}


async def test_a_film_just_being_leased_holds_nobody_up(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        first, second = await _films(session, team, 2)
    (desk,) = await _desks(real_app, committed_database, team, 1)

    async with committed_database.begin() as another, asyncio.timeout(5):
        await another.get_one(Recording, first.id, with_for_update=True)
        item = await desk.next()

    assert item is not None
    assert item["recording_id"] == str(second.id)


async def test_one_film_and_many_reviewers(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        await _films(session, team, 1)
    desks = await _desks(real_app, committed_database, team, 4)

    given = await asyncio.gather(*(desk.next() for desk in desks))

    assert sum(item is not None for item in given) == 1


async def test_a_verdict_sent_twice_at_once_is_one_review(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        (film,) = await _films(session, team, 1)
    (desk,) = await _desks(real_app, committed_database, team, 1)
    await desk.next()

    answers = await asyncio.gather(*(desk.decide(film.id, key="verdict-twice") for _ in range(4)))

    assert {a.status_code for a in answers} == {201}, [a.text for a in answers]
    assert len({a.json()["review_id"] for a in answers}) == 1
    assert await _count(committed_database, Review) == 1


async def overlapping(
    sessions: Sessionmaker, first: Callable[[AsyncSession], Awaitable[T]], second: Awaitable[U]
) -> tuple[T, U]:
    """Commit `first` only once `second` waits for one of its rows, or has ended without."""
    async with sessions.begin() as session:
        one = await first(session)
        await session.flush()
        other = asyncio.ensure_future(second)
        async with asyncio.timeout(10):
            while not (other.done() or await somebody_waits(sessions)):  # noqa: ASYNC110 no event
                await asyncio.sleep(0.02)
    return one, await other


async def test_undo_while_the_patient_films_again_leaves_the_new_film(
    real_app: FastAPI, committed_database: Sessionmaker, phone: Phone, dose: Dose
) -> None:
    async with committed_database.begin() as session:
        patient = await session.get_one(Patient, phone.patient.id)
        team = await session.get_one(Team, patient.team_id)
        film = await make.make_recording(
            session, dose=await session.get_one(Dose, dose.id, populate_existing=True)
        )
    (desk,) = await _desks(real_app, committed_database, team, 1)
    await desk.next()
    review_id = (await desk.decide(film.id, "rejected")).json()["review_id"]
    assert patient.wechat_account_id is not None
    record = OwnRecord(
        PatientOfPhone(patient.id, patient.team_id, patient.zone),
        patient.wechat_account_id,
        Relation.SELF,
        frozenset(),
        frozenset(),
    )

    async def film_again(session: AsyncSession) -> announcements.Announcement:
        locked = await session.get_one(Dose, dose.id, with_for_update=True)
        return await announcements.announce(
            session,
            real_app.state.settings,
            real_app.state.storage,
            record,
            make.to_film(locked),
            Idempotency("film-again", "hash"),
            RecordingCreate.model_validate(phone.film(dose)),
        )

    again, undone = await overlapping(committed_database, film_again, desk.undo(review_id))

    assert (undone.status_code, undone.json()["type"]) == (409, "newer-film")
    async with committed_database() as session:
        now = await session.get_one(Dose, dose.id)
    assert (now.recording_id, now.progress) == (again.id, Progress.UPLOADING)
    assert now.verdict is Verdict.REJECTED


async def test_undo_while_a_colleague_reads_the_film_again_takes_it_back(
    real_app: FastAPI, committed_database: Sessionmaker, settings: Settings
) -> None:
    sampling(real_app, 100)
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        (film,) = await _films(session, team, 1)
    first, colleague = await _desks(real_app, committed_database, team, 2)
    review_id = (await first.take()).json()["review_id"]
    assert await colleague.next() is not None

    async def undo(session: AsyncSession) -> None:
        review = await session.get_one(Review, UUID(review_id))
        await reviews.undo(session, settings, actor_of(first.staff.id), review)

    _, decided = await overlapping(committed_database, undo, colleague.decide(film.id, "rejected"))

    assert (decided.status_code, decided.json()["type"]) == (409, "lease-lost")
    assert await _count(committed_database, Review) == 1
    async with committed_database() as session:
        now = await session.get_one(Recording, film.id)
    assert (now.pending_reading, now.leased_by) == (Reading.FIRST, first.staff.id)


async def test_undo_while_a_colleague_gives_the_second_verdict_is_refused(
    real_app: FastAPI, committed_database: Sessionmaker, settings: Settings
) -> None:
    sampling(real_app, 100)
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        (film,) = await _films(session, team, 1)
    first, colleague = await _desks(real_app, committed_database, team, 2)
    review_id = (await first.take()).json()["review_id"]
    assert await colleague.next() is not None

    async def decide(session: AsyncSession) -> None:
        verdict = VerdictCreate(
            verdict=Verdict.REJECTED,
            reason=ReviewReason.TOO_DARK,
            comment=None,
            tablets=None,
            watched_ms=9_000,
            opened_at=clock.now(),
            played_rate=Decimal(1),
        )
        actor = actor_of(colleague.staff.id)
        await reviews.decide(session, settings, actor, film.id, "second-key", verdict)

    _, undone = await overlapping(committed_database, decide, first.undo(review_id))

    assert (undone.status_code, undone.json()["type"]) == (409, "read-again")
    async with committed_database() as session:
        now = await session.get_one(Recording, film.id)
    assert (now.pending_reading, now.first_reviewer_id) == (None, first.staff.id)


async def test_undo_while_a_colleague_puts_the_film_back_keeps_it(
    real_app: FastAPI, committed_database: Sessionmaker, settings: Settings
) -> None:
    """Both leases end at one instant, so an undo that read the film unlocked would not write it."""
    sampling(real_app, 100)
    async with committed_database.begin() as session:
        team = await make.make_team(session)
        (film,) = await _films(session, team, 1)
    first, colleague = await _desks(real_app, committed_database, team, 2)
    review_id = (await first.take()).json()["review_id"]
    assert await colleague.next() is not None

    async def put_back(session: AsyncSession) -> None:
        await review_queue.release(session, actor_of(colleague.staff.id), [film.id])

    _, undone = await overlapping(committed_database, put_back, first.undo(review_id))

    assert undone.status_code == 204
    until = clock.now() + timedelta(seconds=settings.lease_seconds)
    async with committed_database() as session:
        now = await session.get_one(Recording, film.id)
    assert (now.leased_by, now.leased_until) == (first.staff.id, until)


async def test_two_workers_finishing_one_film_have_one_effect(
    settings: Settings, committed_database: Sessionmaker, dose: Dose
) -> None:
    async with committed_database.begin() as session:
        film = await make.make_recording(
            session,
            dose=await session.get_one(Dose, dose.id),
            state=RecordingState.PROCESSING,
        )

    async def finish(session: AsyncSession, key: str) -> None:
        found = replace(PROCESSED, film_key=f"films/{key}/film.mp4")
        await recordings.finish_processing(session, settings, film.id, found)

    async def second() -> None:
        async with committed_database.begin() as session:
            await finish(session, "second")

    await overlapping(committed_database, lambda session: finish(session, "first"), second())

    async with committed_database() as session:
        kept = await session.get_one(Recording, film.id)
        jobs = await session.scalar(text("select count(*) from procrastinate_jobs"))
    assert (kept.film_key, jobs) == ("films/first/film.mp4", 1)
