"""What comes in and goes out of the admin API."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.accounts.models import Role, ScanPurpose
from app.institutions.models import Tier, Title

Name = Annotated[str, Field(min_length=1, max_length=80)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=3)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class InstitutionCreate(_In):
    parent_id: UUID
    tier: Tier
    name: Name


class InstitutionRead(_Out):
    institution_id: UUID = Field(validation_alias="id")
    parent_id: UUID | None
    tier: Tier
    name: str


class TeamCreate(_In):
    institution_id: UUID
    name: Name


class TeamRead(_Out):
    team_id: UUID = Field(validation_alias="id")
    institution_id: UUID
    name: str


class TeamMembers(_In):
    staff_ids: list[UUID] = Field(max_length=100)


class StaffCreate(_In):
    username: Annotated[str, Field(min_length=3, max_length=64, pattern=r"^[a-z0-9._-]+$")]
    name: Name
    title: Title
    institution_id: UUID
    roles: Roles


class StaffRead(_Out):
    staff_id: UUID = Field(validation_alias="id")
    username: str
    name: str
    title: Title
    institution_id: UUID
    roles: list[Role]
    is_active: bool


class HandoverRead(_Out):
    staff_id: UUID
    initial_password: str
    otpauth_uri: str


class StaffMove(_In):
    institution_id: UUID


class StaffRoles(_In):
    roles: Roles


class AuditRead(_Out):
    event_id: UUID = Field(validation_alias="id")
    at: AwareDatetime = Field(validation_alias="created_at")
    actor_id: UUID
    actor_name: str
    action: str
    patient_id: UUID | None
    subject_id: UUID | None
    request_id: UUID | None
    detail: dict[str, Any] | None


class FailedJobRead(_Out):
    job_id: int = Field(validation_alias="id")
    name: str
    queue: str
    attempts: int
    args: dict[str, Any]
    failed_at: AwareDatetime | None


class StaffScanRead(BaseModel):
    kind: ScanPurpose
    staff_name: str
