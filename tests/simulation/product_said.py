"""How what is said of doses in the simulated year reaches the product: films, word, entries."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import WAITING, Alert
from app.alerts.problems import AlertNotHandled
from app.alerts.service import handle
from app.core import clock
from app.core.idempotency import Idempotency, digest_of
from app.core.problems import NotFound
from app.core.storage import StoredObject
from app.media import service as media_service
from app.medication import rules
from app.medication.loaders import own_dose_to_change
from app.medication.models import (
    CannotFilmReason,
    Dose,
    DoseReport,
    Recording,
    RecordingState,
    Review,
    ReviewReason,
    Verdict,
)
from app.medication.problems import LeaseLost, PlanInPast
from app.medication.queries.doses import dose_to_film
from app.medication.schemas.doses import DoseReportCreate, SideEffectCreate, StaffReportCreate
from app.medication.schemas.recordings import RecordingCreate
from app.medication.schemas.reviews import VerdictCreate
from app.medication.service import (
    announcements,
    films_behind,
    misses,
    never_sent,
    recordings,
    rejections,
    review_queue,
    reviews,
    verdict_notices,
)
from app.medication.service import doses as service
from app.medication.symptoms import SymptomCode
from tests.medication.films import PROCESSED
from tests.simulation import model_events as e
from tests.simulation.model_words import AlertKind
from tests.simulation.product import Product, SentFilm, plays

UNTOLD = timedelta(days=62)  # longer than any pause between two looks: the job tells each minute

# -- films -----------------------------------------------------------------------------------------


@plays(e.AnnounceFilm)
async def announce(product: Product, session: AsyncSession, event: e.AnnounceFilm) -> int | None:
    """Announce it as the phone does: its clock may be wrong, its key is the film's."""
    person = product.person_of(event.dose.treatment)
    dose_id = await product.dose_id(session, event.dose)
    # The phone shows the code of the window that it believes in; between two of them the last one.
    believed = rules.dose_day(event.captured_at - timedelta(hours=1), person.zone)
    film = RecordingCreate(
        content_type="video/mp4",
        size=100_000,
        duration_ms=20_000,
        captured_at=event.captured_at,
        opened_at=event.captured_at - timedelta(minutes=1),
        day_code=rules.day_code(person.patient.id, believed),
        mirrored=False,
    )
    once = Idempotency(f"film-{event.film:012d}", digest_of(film.model_dump_json().encode()))
    dose = await dose_to_film.first(
        session, dose_id=dose_id, patient_id=person.patient.id, key=once.key
    )
    if dose is None:
        raise NotFound
    sent = await announcements.announce(
        session, product.settings, product.storage, person.record, dose, once, film
    )
    row = await session.get_one(Recording, sent.id)
    product.sent(event.film, SentFilm(person.label, event.dose, row.id, row.media_id))
    return None


@plays(e.FilmArrives)
async def arrives(product: Product, session: AsyncSession, event: e.FilmArrives) -> int | None:
    """Confirm: the storage has it."""
    film = product.film(event.film)
    if await recordings.arrived(session, film.media_id) is None:
        raise NotFound
    stored = StoredObject("films/sent", 100_000, "video/mp4", clock.now())
    await media_service.confirm(session, film.media_id, stored)
    return None


@plays(e.FilmProcessed)
async def processed(product: Product, session: AsyncSession, event: e.FilmProcessed) -> int | None:
    """Do what the video work does, and put it into the queue."""
    film = product.film(event.film)
    if await recordings.begin_processing(session, film.media_id) is None:
        raise NotFound
    await session.flush()
    kept = await recordings.finish_processing(
        session, product.settings, film.recording_id, PROCESSED
    )
    if not kept:
        raise NotFound
    return None


@plays(e.GiveUpUpload)
async def give_up(product: Product, session: AsyncSession, event: e.GiveUpUpload) -> int | None:
    """Run the job over this film."""
    film = product.film(event.film)
    touched = await never_sent.give_up_uploads(session, [film.recording_id])
    row = await session.get_one(Recording, film.recording_id, populate_existing=True)
    if row.state is not RecordingState.ABANDONED:
        raise NotFound
    await misses.notice_misses_of(session, touched)
    return None


@plays(e.JudgeFilm)
async def judge(product: Product, session: AsyncSession, event: e.JudgeFilm) -> int | None:
    """Take the film from the queue, skipping the patient's others, and decide it."""
    film = product.film(event.film)
    actor = product.people[film.patient].actor(event.by)
    unread = product.unread_of(film.patient)
    others = [f.recording_id for f in unread if f.recording_id != film.recording_id]
    leased = await review_queue.lease_next(session, product.settings, actor, [], others)
    if leased is None:
        raise LeaseLost
    verdict = Verdict(event.verdict)
    good = verdict in {Verdict.OBSERVED, Verdict.PARTIAL}
    said = VerdictCreate(
        verdict=verdict,
        reason=None if good else ReviewReason.TOO_DARK,
        comment=None,
        tablets=None,
        watched_ms=12_000,
        opened_at=clock.now(),
        played_rate=Decimal(1),
    )
    await reviews.decide(session, product.settings, actor, film.recording_id, product.key(), said)
    product.read(event.film)
    if not good and any(f.dose == film.dose for f in product.unread_of(film.patient)):
        # As the job does once the seconds of the undo are over.
        await films_behind.take_up(session, [await product.dose_id(session, film.dose)])
    return None


@plays(e.WithdrawVerdict)
async def withdraw(product: Product, session: AsyncSession, event: e.WithdrawVerdict) -> int | None:
    """Correct it after the ten seconds."""
    film = product.film(event.film)
    review = await session.scalar(
        select(Review)
        .where(Review.recording_id == film.recording_id)
        .order_by(Review.created_at.desc())
        .limit(1)
    )
    if review is None:
        raise NotFound
    actor = product.people[film.patient].actor(event.by)
    await service_of("corrections").withdraw_verdict(session, actor, review, "看错了")
    product.sent(event.film, film)
    return None


# -- word and staff --------------------------------------------------------------------------------


@plays(e.SayWord)
async def say(product: Product, session: AsyncSession, event: e.SayWord) -> int | None:
    """Say it on the phone."""
    person = product.person_of(event.dose.treatment)
    dose_id = await product.dose_id(session, event.dose)
    dose = await own_dose_to_change(session, person.record, dose_id)
    word = DoseReportCreate(taken=event.taken, reason=CannotFilmReason.NO_SIGNAL)
    await service.report_dose(session, person.record, dose, word)
    return None


@plays(e.StaffSaw)
async def see(product: Product, session: AsyncSession, event: e.StaffSaw) -> int | None:
    """Enter it at the PC."""
    person = product.person_of(event.dose.treatment)
    dose_id = await product.dose_id(session, event.dose)
    dose = (await session.scalars(select(Dose).where(Dose.id == dose_id))).one()
    report = StaffReportCreate.model_validate({"kind": event.how.value})
    entry = await service.enter_seen_dose(session, person.actor(event.by), dose, report)
    await session.flush()
    product.entries[event.entry] = entry.id
    return None


@plays(e.CorrectStaffSaw)
async def strike(product: Product, session: AsyncSession, event: e.CorrectStaffSaw) -> int | None:
    """Strike a wrong entry through."""
    if event.entry not in product.entries:
        raise NotFound
    report = await session.get_one(DoseReport, product.entries[event.entry])
    dose = await session.get_one(Dose, report.dose_id)
    person = next(p for p in product.people.values() if p.patient.id == dose.patient_id)
    await service_of("corrections").withdraw_entry(
        session, person.actor(event.by), report, "记错了人"
    )
    return None


def service_of(name: str) -> Any:
    """Import a service that another branch brings."""
    return import_module(f"app.medication.service.{name}")


@plays(e.AnswerSideEffects)
async def answer(product: Product, session: AsyncSession, event: e.AnswerSideEffects) -> int | None:
    """Answer the question before the dose."""
    person = product.person_of(event.dose.treatment)
    dose_id = await product.dose_id(session, event.dose)
    dose = await own_dose_to_change(session, person.record, dose_id)
    felt = SideEffectCreate(
        symptoms=[SymptomCode(s) for s in sorted(event.severe)], reported_at=clock.now()
    )
    await service.report_side_effects(session, person.record, dose, felt)
    return None


@plays(e.DecideSevere)
async def decide(product: Product, session: AsyncSession, event: e.DecideSevere) -> int | None:
    """Decide on the page of the patient, from what it shows."""
    person = product.people[event.patient]
    severe, schemas = service_of("severe"), import_module("app.medication.schemas.severe")
    today = rules.dose_day(clock.now(), person.zone)
    if any(until is not None and until < today for _, until in event.until):
        raise PlanInPast  # the page does
    _, answers = await severe.what_stands(session, person.patient.id)
    decision = schemas.SevereDecision(
        seen=answers[0].id if answers else None,
        until={product.known(treatment)[1]: until for treatment, until in event.until},
        note="已打电话",
        come_in=False,
    )
    await severe.decide(session, person.actor(event.by), person.patient, decision)
    return None


# -- alerts ----------------------------------------------------------------------------------------


@plays(e.CloseAlert)
async def close(product: Product, session: AsyncSession, event: e.CloseAlert) -> int | None:
    """Say what was done about it; the jobs have run until now, as they do every quarter."""
    patient, treatment_id = product.known(event.treatment)
    if event.kind is AlertKind.SEVERE:
        await _handle_severe(product, session, patient, event.by)
        return None
    await misses.notice_misses_of(session, [treatment_id])
    if event.kind is AlertKind.REJECTIONS_IN_ROW:
        await _tell_rejections(product, session)
    episode = await product.dose_id(session, product.episode) if product.episode else treatment_id
    alert = await session.scalar(
        select(Alert).where(
            Alert.subject_id == treatment_id,
            Alert.kind == event.kind.value,
            Alert.episode == str(episode),
            Alert.state.in_(WAITING),
        )
    )
    if alert is None:
        raise AlertNotHandled
    await handle(session, product.people[patient].actor(event.by), alert, "已电话联系")
    return None


async def _tell_rejections(product: Product, session: AsyncSession) -> None:
    untold = await verdict_notices.untold_verdicts(session, product.settings, UNTOLD)
    await verdict_notices.tell_verdicts(session, untold)
    await rejections.notice_rejections_of(session, [verdict.dose_id for verdict in untold])


async def _handle_severe(product: Product, session: AsyncSession, patient: int, by: int) -> None:
    """Try to clear a clinical stop by a note."""
    person = product.people[patient]
    alert = await session.scalar(
        select(Alert).where(
            Alert.patient_id == person.patient.id,
            Alert.kind == AlertKind.SEVERE.value,
            Alert.state.in_(WAITING),
        )
    )
    if alert is None:
        raise AlertNotHandled
    await handle(session, person.actor(by), alert, "已电话联系")
