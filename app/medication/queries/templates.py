"""Treatment templates: which are offered to whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.institutions.models import Institution, StaffMember, Team
from app.institutions.reach import subtree
from app.medication.models import TreatmentTemplate
from app.patients.models import Condition, Patient

ORDER = (TreatmentTemplate.condition, TreatmentTemplate.name, TreatmentTemplate.id)


class OfferedTemplate(NamedTuple):
    """`author` and `place` are None for a standard one."""

    template: TreatmentTemplate
    author: str | None
    place: str | None

    @property
    def id(self) -> UUID:
        return self.template.id

    @property
    def condition(self) -> Condition:
        return self.template.condition

    @property
    def made_at(self) -> datetime:
        return self.template.created_at


def _offered_at(path: Select[str]) -> ColumnElement[bool]:
    """Match standard ones, and those of the place itself or of one above it."""
    at = path.scalar_subquery()
    return or_(TreatmentTemplate.institution_id.is_(None), at.startswith(Institution.path))


def _with_author() -> Select[TreatmentTemplate, str | None, str | None]:
    return (
        select(TreatmentTemplate, StaffMember.name, Institution.name)
        .outerjoin(Institution, Institution.id == TreatmentTemplate.institution_id)
        .outerjoin(StaffMember, StaffMember.id == TreatmentTemplate.created_by)
    )


def _active() -> Select[TreatmentTemplate, str | None, str | None]:
    return _with_author().where(TreatmentTemplate.is_active)


def _at(patient: Patient) -> ColumnElement[bool]:
    path = (
        select(Institution.path)
        .join(Team, Team.institution_id == Institution.id)
        .where(Team.id == patient.team_id)
    )
    return _offered_at(path)


async def offered_for(session: AsyncSession, patient: Patient) -> Sequence[OfferedTemplate]:
    """List what holds where the patient is looked after."""
    rows = await session.execute(_active().where(_at(patient)).order_by(*ORDER))
    return [OfferedTemplate(*row) for row in rows]


async def find_offered(
    session: AsyncSession, patient: Patient, template_id: UUID
) -> TreatmentTemplate | None:
    """Find one that is offered where the patient is looked after, or was until it was withdrawn."""
    this = TreatmentTemplate.id == template_id
    found = await session.execute(_with_author().where(_at(patient), this))
    row = found.first()
    return row[0] if row else None


async def active_templates(session: AsyncSession, actor: StaffActor) -> Sequence[TreatmentTemplate]:
    """List what is offered where the member of staff belongs, and what is made below."""
    path = (
        select(Institution.path)
        .join(StaffMember, StaffMember.institution_id == Institution.id)
        .where(StaffMember.id == actor.account_id)
    )
    below = TreatmentTemplate.institution_id.in_(subtree(actor.account_id))
    found = await session.scalars(_active().where(or_(_offered_at(path), below)).order_by(*ORDER))
    return found.all()
