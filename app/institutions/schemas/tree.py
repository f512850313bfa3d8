"""Institutions and teams."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from app.core.normal_forms import clean_line
from app.core.schemas import Input, Name, Output, Phone
from app.institutions.hours import read_week, write_week
from app.institutions.models import Tier

IsoWeekday = Literal["1", "2", "3", "4", "5", "6", "7"]
Spans = Annotated[list[Annotated[str, Field(max_length=11)]], Field(max_length=6)]


def _week(sent: dict[str, list[str]]) -> dict[str, list[str]]:
    return write_week(read_week(sent))


# By ISO weekday, "1" for Monday: ["08:00-12:00", "14:00-17:30"], without overlap.
OpeningHours = Annotated[dict[IsoWeekday, Spans], AfterValidator(_week)]
Address = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean_line)]
Version = Annotated[int, Field(ge=1, lt=2**31)]


class InstitutionContactsInput(Input):
    """What patients may know: none of it is personal."""

    address: Address | None = None
    phone: Phone | None = None
    on_call_phone: Phone | None = None
    opening_hours: OpeningHours | None = None


class InstitutionCreate(InstitutionContactsInput):
    parent_id: UUID
    tier: Tier
    name: Name


class InstitutionContactsUpdate(InstitutionContactsInput):
    """Takes the place of all contacts; what is left out is taken back."""

    version: Version


class Renaming(Input):
    name: Name
    version: Version


class InstitutionRead(Output):
    institution_id: UUID = Field(validation_alias="id")
    parent_id: UUID | None
    tier: Tier
    name: str
    address: str | None
    phone: str | None
    on_call_phone: str | None
    opening_hours: dict[str, Any] | None
    version: int
    closed_at: AwareDatetime | None
    merged_into_id: UUID | None


class Merging(Input):
    into_id: UUID


class TeamContactsInput(Input):
    phone: Phone | None = None
    on_call_phone: Phone | None = None


class TeamCreate(TeamContactsInput):
    institution_id: UUID
    name: Name


class TeamContactsUpdate(TeamContactsInput):
    version: Version


class TeamRead(Output):
    """`reached_on_call_at`: the 24-hour phone that holds, its own or one from above."""

    team_id: UUID = Field(validation_alias="id")
    institution_id: UUID
    name: str
    phone: str | None
    on_call_phone: str | None
    reached_on_call_at: str | None
    takes_patients: bool
    version: int
    closed_at: AwareDatetime | None
    merged_into_id: UUID | None


class TeamMembers(Input):
    """The whole list; whoever came in or left since `version` was read makes it a conflict."""

    staff_ids: list[UUID] = Field(max_length=100)
    version: Version
