"""Reads of alerts: what a doctor must look at now."""

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.feature import StaffReader
from app.core.pagination import Key, Slice, paginate
from app.institutions.models import Team
from app.institutions.reach import reachable_teams
from app.medication.models import Alert, Treatment
from app.patients.models import Patient

AlertRow = Row[Any]
MOST_COUNTED = 100


async def open_alerts(session: AsyncSession, actor: StaffActor, cursor: str | None) -> Slice:
    """Newest first, with whom to call and who looks after them."""
    statement = (
        select(
            Alert.id,
            Alert.created_at,
            Alert.kind,
            Patient,
            Treatment.name.label("treatment_name"),
            Team.name.label("team_name"),
        )
        .join(Patient, Patient.id == Alert.patient_id)
        .join(Treatment, Treatment.id == Alert.treatment_id)
        .join(Team, Team.id == Alert.team_id)
        .where(Alert.acknowledged_at.is_(None), Alert.team_id.in_(reachable_teams(actor)))
    )
    return await paginate(session, statement, Key(Alert.created_at, Alert.id), cursor, 50)


async def count_open(session: AsyncSession, actor: StaffReader) -> int:
    """Count at most a hundred: the badge says 99+ beyond that."""
    some = (
        select(Alert.id)
        .where(Alert.acknowledged_at.is_(None), Alert.team_id.in_(reachable_teams(actor)))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return await session.scalar(select(func.count()).select_from(some)) or 0
