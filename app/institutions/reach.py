"""Reach in the tree: which institutions and teams a member of staff may act for."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, or_, select, union_all
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.core import clock
from app.core.feature import StaffReader
from app.core.filters import CLINIC_ZONE
from app.institutions.models import Absence, Institution, StaffMember, Team, TeamMember


class Reader(NamedTuple):
    """Whose reach is asked, and on which day: for statements that are built once.

    `on` is a bound value and not the database's own date, so that the one clock decides.
    """

    account_id: UUID
    supervises: bool
    on: date


def clinic_today() -> date:
    """Which day it is where absences begin and end."""
    return clock.today_in(CLINIC_ZONE)


def running(on: date) -> ColumnElement[bool]:
    """Match an absence that covers this day; its first and its last day belong to it."""
    return and_(Absence.cancelled_at.is_(None), Absence.from_on <= on, Absence.to_on >= on)


def own_teams(staff_id: UUID, on: date) -> CompoundSelect[UUID]:
    """Select the teams one belongs to, and those of whom one stands in for on that day."""
    stood_in_for = (
        select(TeamMember.team_id)
        .join(Absence, Absence.staff_id == TeamMember.staff_id)
        .where(Absence.stand_in_id == staff_id, running(on))
    )
    return union_all(
        select(TeamMember.team_id).where(TeamMember.staff_id == staff_id), stood_in_for
    )


def subtree(staff_id: UUID) -> Select[UUID]:
    """Select the staff member's institution and every one below it."""
    home, below = aliased(Institution), aliased(Institution)
    return (
        select(below.id)
        .join(home, below.path.startswith(home.path))
        .join(StaffMember, StaffMember.institution_id == home.id)
        .where(StaffMember.id == staff_id)
    )


def subtree_teams(staff_id: UUID) -> Select[UUID]:
    return select(Team.id).where(Team.institution_id.in_(subtree(staff_id)))


def reachable_teams(actor: StaffReader) -> Select[UUID] | CompoundSelect[UUID]:
    """One rule for every list and loader: own teams; a supervisor the whole subtree, too."""
    on = actor.on if isinstance(actor, Reader) else clinic_today()
    own = own_teams(actor.account_id, on)
    if not actor.supervises:
        return own
    # By the institution: by the ids of its teams each team was held against each institution.
    within = Team.institution_id.in_(subtree(actor.account_id))
    return select(Team.id).where(or_(Team.id.in_(own), within))


def operated(actor: StaffActor) -> ColumnElement[bool]:
    return Institution.id.in_(subtree(actor.account_id))
