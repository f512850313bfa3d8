"""Records that may be a second one of the same person."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.institutions.models import Institution, Team
from app.patients.models import Guardian, Patient
from app.patients.reach import within_reach
from app.patients.search import keys_to_find, whole_name_key, whole_phone_key

MOST = 10
# Before what only the opened row tells is compared.
MOST_READ = 200


class Twin(NamedTuple):
    patient: Patient
    guardian: Guardian | None
    team_name: str
    institution_name: str


async def possible_twins(
    session: AsyncSession, actor: StaffActor, patient: Patient, typed: str
) -> Sequence[Twin]:
    """Other records within reach with this ID number, phone, or last four digits of a phone."""
    result = await session.execute(
        _records()
        .where(
            within_reach(actor),
            Patient.id != patient.id,
            Patient.search_keys.overlap(keys_to_find(typed)),
        )
        .order_by(Patient.created_at, Patient.id)
        .limit(MOST)
    )
    return [Twin(*row) for row in result]


async def as_twin(session: AsyncSession, patient: Patient) -> Twin:
    """Show the record itself in the same columns."""
    return Twin(*(await session.execute(_records().where(Patient.id == patient.id))).one())


async def likely_twins(
    session: AsyncSession, actor: StaffActor, name: str, phone: str, birth_year: int
) -> Sequence[Patient]:
    """Read those within reach with this phone, or of this year and beginning with this name."""
    named = and_(
        Patient.search_keys.contains([whole_name_key(name)]),
        func.extract("year", Patient.birth_on) == birth_year,
    )
    result = await session.scalars(
        select(Patient)
        .where(
            within_reach(actor),
            Patient.merged_into_id.is_(None),
            or_(named, Patient.search_keys.contains([whole_phone_key(phone)])),
        )
        .order_by(Patient.created_at, Patient.id)
        .limit(MOST_READ)
    )
    return result.all()


async def twins_shown(
    session: AsyncSession, actor: StaffActor, ids: Sequence[UUID]
) -> Sequence[Twin]:
    result = await session.execute(
        _records()
        .where(within_reach(actor), Patient.id.in_(ids))
        .order_by(Patient.created_at, Patient.id)
    )
    return [Twin(*row) for row in result]


def _records() -> Select[Patient, Guardian | None, str, str]:
    return (
        select(Patient, Guardian, Team.name, Institution.name)
        .join(Team, Team.id == Patient.team_id)
        .join(Institution, Institution.id == Team.institution_id)
        .outerjoin(Guardian, Guardian.patient_id == Patient.id)
    )
