"""The same figures counted plainly in Python from all rows: what the roll-ups must equal."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.filters import CLINIC_ZONE
from app.medication import rules
from app.medication.models import (
    AdherenceDay,
    Dose,
    Evidence,
    Progress,
    Reading,
    Recording,
    Review,
    ReviewDay,
    ReviewWithdrawal,
    TeamStanding,
    Treatment,
    Verdict,
)
from app.patients.models import Condition, PastTeam, Patient

A_DAY = timedelta(days=1)
SEEN = (Evidence.LIVE, Evidence.IN_PERSON)
Key = tuple[UUID, date, Condition | None]
Days = dict[Key, Counter[str]]


async def _all(session: AsyncSession, model: Any) -> list[Any]:
    fresh = select(model).execution_options(populate_existing=True)
    return list(await session.scalars(fresh))


def _told(dose: Dose, at: datetime) -> set[str]:
    observed = dose.verdict is Verdict.OBSERVED
    verified = observed or dose.evidence in SEEN
    kinds = {
        "closed": True,
        "observed": observed,
        "verified": verified,
        "reported": verified or dose.self_reported_taken is True,
        "unreviewed": dose.progress is not Progress.NONE,
        "missed": rules.state_of(dose, at) is rules.DoseState.MISSED,
    }
    return {kind for kind, holds in kinds.items() if holds}


async def _past_teams(session: AsyncSession) -> dict[UUID, list[PastTeam]]:
    past: dict[UUID, list[PastTeam]] = defaultdict(list)
    for row in sorted(await _all(session, PastTeam), key=lambda r: r.until_on):
        past[row.patient_id].append(row)
    return past


def _team_on(past: list[PastTeam], on: date, now: UUID) -> UUID:
    then = [row.team_id for row in past if row.until_on >= on]
    return then[0] if then else now


async def doses_by_day(session: AsyncSession) -> Days:
    teams = {p.id: p.team_id for p in await _all(session, Patient)}
    past = await _past_teams(session)
    until = {s.team_id: s.closed_until for s in await _all(session, TeamStanding)}
    against = {t.id: t.condition for t in await _all(session, Treatment)}
    days: Days = defaultdict(Counter)
    for dose in await _all(session, Dose):
        team_id = _team_on(past[dose.patient_id], dose.due_on, teams[dose.patient_id])
        at = until[team_id]
        if rules.counts(dose) and dose.closes_at <= at:
            days[team_id, dose.due_on, against[dose.treatment_id]].update(_told(dose, at))
    return days


def clinic_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(CLINIC_ZONE)).date()


async def films_by_day(session: AsyncSession, at: datetime) -> Days:
    withdrawn = {w.review_id for w in await _all(session, ReviewWithdrawal)}
    standing: dict[UUID, dict[Reading, Review]] = defaultdict(dict)
    for review in await _all(session, Review):
        if review.id not in withdrawn:
            standing[review.recording_id][review.reading] = review
    days: Days = defaultdict(Counter)
    past = await _past_teams(session)
    for film in await _all(session, Recording):
        if film.ready_at is not None:
            uploaded_on = clinic_day(film.uploaded_at)
            team_id = _team_on(past[film.patient_id], uploaded_on, film.team_id)
            days[team_id, uploaded_on, None].update(_film(film, at))
        if film.first_reviewed_at is not None:
            read_on = clinic_day(film.first_reviewed_at)
            team_id = _team_on(past[film.patient_id], read_on, film.team_id)
            on = days[team_id, read_on, None]
            read = standing[film.id]
            on[f"verdict {read[Reading.FIRST].verdict}"] += 1
            if Reading.SECOND in read:
                on[f"{read[Reading.FIRST].verdict} {read[Reading.SECOND].verdict}"] += 1
    return days


def _film(film: Recording, at: datetime) -> set[str]:
    assert film.uploaded_at is not None
    read, day_after = film.first_reviewed_at, film.uploaded_at + A_DAY
    due = day_after <= at
    in_time = due and read is not None and read <= day_after
    return {"received"} | {w for w, holds in (("due", due), ("in_time", in_time)) if holds}


async def rolled_up_doses(session: AsyncSession) -> Days:
    names = ("closed", "observed", "verified", "reported", "unreviewed", "missed")
    return {
        (row.team_id, row.on, row.condition): Counter(
            {n: c for n in names if (c := getattr(row, n))}
        )
        for row in await _all(session, AdherenceDay)
    }


async def rolled_up_films(session: AsyncSession) -> Days:
    verdicts = list(Verdict)
    days: Days = {}
    for row in await _all(session, ReviewDay):
        counts = Counter({n: c for n in ("received", "due", "in_time") if (c := getattr(row, n))})
        counts.update(f"verdict {verdicts[n]}" for n in row.verdicts)
        counts.update(f"{verdicts[n // 4]} {verdicts[n % 4]}" for n in row.pairs)
        days[row.team_id, row.on, None] = counts
    return days
