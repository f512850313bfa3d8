"""Records that may be a second one of the same person."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.institutions.models import Institution, Team
from app.patients.models import Guardian, Patient
from app.patients.reach import within_reach
from app.patients.search import key_to_find

MOST = 10


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
            Patient.search_keys.contains([key_to_find(typed)]),
        )
        .order_by(Patient.created_at, Patient.id)
        .limit(MOST)
    )
    return [Twin(*row) for row in result]


async def as_twin(session: AsyncSession, patient: Patient) -> Twin:
    """Show the record itself in the same columns."""
    return Twin(*(await session.execute(_records().where(Patient.id == patient.id))).one())


def _records() -> Select[Patient, Guardian | None, str, str]:
    return (
        select(Patient, Guardian, Team.name, Institution.name)
        .join(Team, Team.id == Patient.team_id)
        .join(Institution, Institution.id == Team.institution_id)
        .outerjoin(Guardian, Guardian.patient_id == Patient.id)
    )
