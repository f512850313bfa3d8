"""What is due for this patient now, composed of the features."""

from datetime import timedelta

from fastapi import APIRouter

from app.core import clock
from app.core.db import Session
from app.core.state import AppStorage
from app.medication import cards, rules
from app.medication.queries.doses import cards_between
from app.patients.loaders import OwnPatient
from app.today.schemas import DayCode, TodayRead

router = APIRouter(prefix="/api", tags=["today"])


@router.get("/today")
async def read_today(patient: OwnPatient, storage: AppStorage, session: Session) -> TodayRead:
    at = clock.now()
    on = rules.dose_day(at, patient.zone)
    rows = await cards_between(session, patient.id, on, on)
    days = [on + timedelta(days=n) for n in range(rules.CODE_DAYS_AHEAD + 1)]
    return TodayRead(
        on=on,
        zone=patient.zone,
        now=at,
        day_codes=[DayCode(on=d, code=rules.day_code(patient.id, d)) for d in days],
        doses=[cards.card_of(row, at, storage) for row in rows],
    )
