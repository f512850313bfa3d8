"""The calendar, the audit trail, and jobs that gave up."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.accounts.words import DETAIL, said_of
from app.core.schemas import Input, Line, Output
from app.institutions.models import DayKind


class CalendarDayPut(Input):
    kind: DayKind
    name: Line


class CalendarDayRead(Output):
    day: date
    kind: DayKind
    name: str


class CalendarYearRead(Output):
    """`missing_years`: nobody has entered their holidays yet, and it is time to."""

    year: int
    days: list[CalendarDayRead]
    missing_years: list[int]


class AuditRead(Output):
    """`action_word` and `detail_words` say in Chinese what `action` and `detail` are as codes."""

    event_id: UUID = Field(validation_alias="id")
    at: AwareDatetime = Field(validation_alias="created_at")
    actor_id: UUID
    actor_name: str
    action: str
    action_word: str
    patient_id: UUID | None
    subject_id: UUID | None
    request_id: UUID | None
    detail: dict[str, Any] | None
    detail_words: str


def in_words(
    words: Mapping[str, Mapping[str, str]], rows: Sequence[Mapping[str, Any]]
) -> list[AuditRead]:
    return [
        AuditRead.model_validate(
            {
                **row,
                "action_word": words["audit_action"].get(row["action"], row["action"]),
                "detail_words": said_of(words[DETAIL], row["detail"]),
            }
        )
        for row in rows
    ]


class FailedJobRead(Output):
    job_id: int = Field(validation_alias="id")
    name: str
    queue: str
    attempts: int
    args: dict[str, Any]
    failed_at: AwareDatetime | None
