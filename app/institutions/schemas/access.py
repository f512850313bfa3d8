"""Changes of access: what was asked for, and who may confirm it."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.schemas import Output
from app.institutions.models import AccessChangeKind, AccessChangeState, Title


class AccessChangeRead(Output):
    """`payload`: from what to what, in codes and ids.

    Without `settled_by` and yet confirmed it needed no second person.
    """

    change_id: UUID = Field(validation_alias="id")
    kind: AccessChangeKind
    state: AccessChangeState
    staff_id: UUID | None
    team_id: UUID | None
    payload: dict[str, Any]
    requested_by: UUID
    created_at: AwareDatetime
    expires_at: AwareDatetime
    settled_at: AwareDatetime | None
    settled_by: UUID | None


class ConfirmerRead(Output):
    staff_id: UUID = Field(validation_alias="id")
    name: str
    title: Title


class AccessAskedRead(Output):
    """In effect when `change.state` is confirmed; else one of `confirmers` must say yes."""

    change: AccessChangeRead
    confirmers: list[ConfirmerRead]


class MembersAskedRead(Output):
    """`removed` are out already; each newcomer waits for a second person."""

    removed: list[UUID]
    asked: list[AccessAskedRead]
