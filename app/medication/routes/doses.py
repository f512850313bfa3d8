"""Doses of the patient who asks: calendar, rates, one dose, what was felt and said."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.limits import OPEN_READS, by_address
from app.core import clock
from app.core.access import PUBLIC
from app.core.db import Session
from app.core.idempotency import OncePerKey
from app.core.state import AppStorage
from app.core.storage import Storage
from app.media.content_types import JPEG
from app.medication import cards, rules, symptoms
from app.medication.loaders import OwnDose, OwnDoseToChange, ReadingRecord, ReportingRecord
from app.medication.models import Outcome, Recording
from app.medication.queries import doses as queries
from app.medication.queries import recordings as recording_queries
from app.medication.queries.rates import courses_of, rates_between
from app.medication.schemas.doses import (
    CalendarDay,
    CalendarRead,
    DoseCard,
    DoseDetail,
    DoseReportCreate,
    DoseReportRead,
    RecordingHistory,
    ReviewRead,
    SideEffectCreate,
    SideEffectRead,
    SymptomRead,
)
from app.medication.schemas.rates import (
    AdherenceRead,
    RatesLine,
    RatesRead,
    TreatmentAdherence,
    TreatmentRates,
)
from app.medication.service import doses as service

router = APIRouter(prefix="/api/doses", tags=["doses"])
Month = Annotated[str, Path(pattern=r"^20[0-9][0-9]-(0[1-9]|1[0-2])$")]


@router.get("/symptoms", dependencies=[PUBLIC, by_address(OPEN_READS)])
async def list_symptoms() -> list[SymptomRead]:
    return [
        SymptomRead(
            code=s.code,
            label=s.label,
            severe=s.severe,
            advice=s.advice,
            asked_of=sorted(s.asked_of),
            stops=sorted(s.stops),
        )
        for s in symptoms.SYMPTOMS
    ]


@router.get("/calendar/{month}")
async def read_calendar(
    month: Month, record: ReadingRecord, storage: AppStorage, session: Session
) -> CalendarRead:
    year, number = int(month[:4]), int(month[5:])
    first = date(year, number, 1)
    last = first.replace(day=monthrange(year, number)[1])
    at = clock.now()
    rows = await queries.cards_between(session, record.patient.id, first, last)
    by_day: dict[date, list[DoseCard]] = defaultdict(list)
    for row in rows:
        by_day[row.due_on].append(cards.card_of(row, at, storage))
    days = [CalendarDay(on=on, doses=doses) for on, doses in sorted(by_day.items())]
    patient, today = record.patient, rules.dose_day(at, record.patient.zone)
    lines = await rates_between(session, patient.id, at, today, first, last)
    treatments = [
        TreatmentRates(**_of_line(line), rates=RatesRead.model_validate(line.rates(0)))
        for line in lines
        if line.running or line.rates(0).closed
    ]
    return CalendarRead(month=month, days=days, treatments=treatments)


def _of_line(line: RatesLine) -> dict[str, Any]:
    return line.model_dump(include={"name", "condition", "running"}) | {"treatment_id": line.id}


@router.get("/adherence")
async def read_adherence(record: ReadingRecord, session: Session) -> AdherenceRead:
    at, patient = clock.now(), record.patient
    lines = await courses_of(session, patient.id, at, rules.dose_day(at, patient.zone))
    return AdherenceRead(
        treatments=[
            TreatmentAdherence(
                **_of_line(line),
                completed=line.outcome in {Outcome.CURED, Outcome.COMPLETED},
                rates=RatesRead.model_validate(line.whole),
                last_30_days=RatesRead.model_validate(line.recent),
            )
            for line in lines
        ]
    )


@router.get("/{dose_id}")
async def read_dose(
    dose: OwnDose, record: ReadingRecord, storage: AppStorage, session: Session
) -> DoseDetail:
    card = cards.card_of(await queries.card_of(session, dose.id), clock.now(), storage)
    reports = await queries.reports_of_dose(session, dose.id)
    return DoseDetail(
        **card.model_dump(),
        recordings=await _histories(session, storage, dose.id, record.patient.zone),
        reports=[
            DoseReportRead(kind=r.kind, taken=r.taken, reason=r.reason, reported_at=r.created_at)
            for r in reports
        ],
    )


async def _histories(
    session: AsyncSession, storage: Storage, dose_id: UUID, zone: str
) -> list[RecordingHistory]:
    reviews: dict[UUID, list[ReviewRead]] = defaultdict(list)
    for review, name in await recording_queries.reviews_of_doses(session, [dose_id]):
        reviews[review.recording_id].append(
            ReviewRead(
                verdict=review.verdict,
                reason=review.reason,
                comment=review.comment,
                decided_at=review.created_at,
                reviewer_name=name,
            )
        )
    films = await recording_queries.recordings_of_dose(session, dose_id)
    return [
        _history(film, _day_in(zone, media.delete_at), reviews, storage) for film, media in films
    ]


def _day_in(zone: str, at: datetime | None) -> date | None:
    return at.astimezone(ZoneInfo(zone)).date() if at else None


def _history(
    film: Recording,
    delete_on: date | None,
    reviews: dict[UUID, list[ReviewRead]],
    storage: Storage,
) -> RecordingHistory:
    decided: Sequence[ReviewRead] = reviews[film.id]
    newest = decided[0] if decided else None
    shown = film.poster_key is not None and newest is not None
    return RecordingHistory(
        recording_id=film.id,
        state=film.state,
        uploaded_at=film.uploaded_at,
        problem=film.problem,
        verdict=newest.verdict if newest else None,
        reason=newest.reason if newest else None,
        comment=newest.comment if newest else None,
        still_url=storage.link(str(film.poster_key), JPEG) if shown else None,
        captured_at=film.captured_at,
        delete_on=delete_on,
        deleted=film.film_deleted_at is not None,
        reviews=list(decided),
    )


@router.post("/{dose_id}/side-effects", status_code=201)
async def report_side_effects(
    body: SideEffectCreate,
    dose: OwnDose,
    record: ReportingRecord,
    once: OncePerKey,
    session: Session,
) -> SideEffectRead:
    """Keep the answer; a severe one stops the treatments that `stopped` names."""

    async def work() -> SideEffectRead:
        report, stopped = await service.report_side_effects(session, record, dose, body)
        await session.flush()  # the cards are read back from the rows
        rows = await queries.cards_from(session, [t.id for t in stopped], dose.due_on)
        if all(row.id != dose.id for row in rows):
            rows = [await queries.card_of(session, dose.id), *rows]
        return SideEffectRead(
            report_id=report.id,
            severe=report.severe,
            advice=symptoms.advice_for(body.symptoms),
            filming_allowed=dose.severe_at is None,
            stopped=[t.name for t in stopped],
            doses=[cards.standing_of(row, clock.now()) for row in rows],
        )

    return await once.once(session, record.patient.id, SideEffectRead, work)


@router.post("/{dose_id}/reports", status_code=201)
async def report_dose(
    body: DoseReportCreate,
    dose: OwnDoseToChange,
    record: ReportingRecord,
    once: OncePerKey,
    storage: AppStorage,
    session: Session,
) -> DoseCard:
    async def work() -> DoseCard:
        await service.report_dose(session, record, dose, body)
        await session.flush()  # the card is read back from the row
        row = await queries.card_of(session, dose.id)
        return cards.card_of(row, clock.now(), storage)

    return await once.once(session, record.patient.id, DoseCard, work)
