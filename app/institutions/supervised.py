"""The institution that a supervisor looks at: their own or one below, and the way down to it."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel
from sqlalchemy import ARRAY, Select, Uuid, any_, cast, func, select
from sqlalchemy.orm import aliased

from app.accounts.access import SupervisorActor
from app.core import clock
from app.core.db import Session
from app.core.filters import CLINIC_ZONE
from app.core.json_rows import json_rows, typed
from app.core.problems import NotFound
from app.core.statements import Prepared
from app.institutions.models import Institution, StaffMember, Team

# Days that the pages offer, and for which figures are kept.
PERIODS = (7, 30, 90)


def _offered(days: int) -> int:
    """Take the shortest period offered that is not shorter."""
    return next(period for period in PERIODS if period >= days)


Days = Annotated[int, Query(ge=1, le=PERIODS[-1]), AfterValidator(_offered)]


class Ancestor(BaseModel):
    """An institution on the way down."""

    id: UUID
    name: str


class Supervised(NamedTuple):
    """An institution in the supervisor's subtree.

    `way` begins at the supervisor's own institution and ends with this one. `condition`: the
    illness that was asked for, if any; pages hand it on.
    """

    institution: Institution
    way: list[Ancestor]
    condition: str | None = None


@Prepared
def _supervised(
    own: bool, /, *, staff_id: UUID, institution_id: UUID | None
) -> Select[Institution, Any]:
    home, above = aliased(Institution), aliased(Institution)
    ids = cast(func.string_to_array(Institution.path, "."), ARRAY(Uuid))
    way = (
        select(above.id, above.name)
        .where(above.id == any_(ids), above.path.startswith(home.path))
        .order_by(above.path)
        .correlate(Institution, home)
    )
    found = (
        select(Institution, json_rows(way))
        .join(home, Institution.path.startswith(home.path))
        .join(StaffMember, StaffMember.institution_id == home.id)
        .where(StaffMember.id == staff_id)
    )
    return found.where(Institution.id == (home.id if own else institution_id))


async def supervised_institution(
    session: Session,
    actor: SupervisorActor,
    institution_id: UUID | None = None,
    condition: Annotated[str | None, Query(max_length=40, pattern="^[a-z_]+$")] = None,
) -> Supervised:
    """Take the one asked for in the address, or the supervisor's own; one statement."""
    row = await _supervised.first(
        session,
        institution_id is None,
        staff_id=actor.account_id,
        institution_id=institution_id,
    )
    if row is None:
        raise NotFound
    institution, way = row
    return Supervised(institution, typed(Ancestor, way), condition)


SupervisedInstitution = Annotated[Supervised, Depends(supervised_institution)]


def teams_within(institution: Institution) -> Select[UUID]:
    """Select the teams of this institution and of every one below it."""
    below = select(Institution.id).where(Institution.path.startswith(institution.path))
    return select(Team.id).where(Team.institution_id.in_(below))


def first_day_of(at: datetime, days: int) -> date:
    """First day of a period that ends on the day of this instant, in the clinics' zone."""
    return at.astimezone(ZoneInfo(CLINIC_ZONE)).date() - timedelta(days=days)


def first_day(days: int) -> date:
    """As `first_day_of`, of a period that ends today."""
    return first_day_of(clock.now(), days)


def frame(supervised: Supervised, days: int, tab: str) -> dict[str, Any]:
    """Give `institutions/supervised.html` its context: the frame of every page of supervision."""
    return {
        "institution": supervised.institution,
        "way": supervised.way,
        "days": days,
        "kept": f"&condition={supervised.condition}" if supervised.condition else "",
        "periods": PERIODS,
        "tab": tab,
    }
