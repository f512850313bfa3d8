"""Staff and their absences."""

from datetime import date, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.accounts.models import Role
from app.core.schemas import Input, Name, NearDay, Note, Output
from app.institutions.models import AbsenceReason, Title
from app.institutions.reach import clinic_today
from app.institutions.schemas.access import AccessAskedRead

Roles = Annotated[list[Role], Field(min_length=1, max_length=4)]
LONGEST_ABSENCE = timedelta(days=366)


class StaffCreate(Input):
    username: Annotated[str, Field(min_length=3, max_length=64, pattern=r"^[a-z0-9._-]+$")]
    name: Name
    title: Title
    institution_id: UUID
    roles: Roles


class StaffRead(Output):
    staff_id: UUID = Field(validation_alias="id")
    username: str
    name: str
    title: Title
    institution_id: UUID
    roles: list[Role]
    is_active: bool


class HandoverRead(Output):
    """Where `asked.change` is waiting, the password opens nothing before it is confirmed."""

    staff_id: UUID
    initial_password: str
    otpauth_uri: str
    asked: AccessAskedRead


class StaffMove(Input):
    institution_id: UUID


class StaffRoles(Input):
    roles: Roles


class StaffName(Input):
    name: Name


class StaffTitle(Input):
    title: Title


class AbsenceCreate(Input):
    """Both days included; may have begun, but not be over, and ends within a year."""

    from_on: NearDay
    to_on: NearDay
    stand_in_id: UUID
    reason: AbsenceReason
    note: Note | None = None

    @model_validator(mode="after")
    def _days(self) -> Self:
        today = clinic_today()
        if self.to_on < self.from_on:
            raise ValueError("结束日期早于开始日期。")
        if self.to_on < today:
            raise ValueError("结束日期已经过去。")
        if self.from_on < today - LONGEST_ABSENCE or self.to_on > today + LONGEST_ABSENCE:
            raise ValueError("请假最长登记到一年以内。")
        return self


class AbsenceRead(Output):
    absence_id: UUID = Field(validation_alias="id")
    staff_id: UUID
    staff_name: str
    stand_in_id: UUID | None
    stand_in_name: str | None
    from_on: date
    to_on: date
    reason: AbsenceReason
    note: str | None
    cancelled_at: AwareDatetime | None
