"""What is due for this patient now."""

from datetime import date, datetime

from pydantic import BaseModel

from app.medication.schemas.doses import DoseCard


class DayCode(BaseModel):
    """Shown on the camera page; handed out ahead so that an offline film proves its day."""

    on: date
    code: str


class TodayRead(BaseModel):
    on: date
    zone: str
    now: datetime
    day_codes: list[DayCode]
    doses: list[DoseCard]
