"""Which team looked after a patient on a day gone by: figures of that day stay with it."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, SQLColumnExpression, func, select, union
from sqlalchemy.sql.functions import coalesce

from app.patients.models import PastTeam, Patient


def team_on(on: SQLColumnExpression[date]) -> coalesce[UUID]:
    """Tell the team of `Patient`, which the statement must have, on a day of another column."""
    past = (
        select(PastTeam.team_id)
        .where(PastTeam.patient_id == Patient.id, PastTeam.until_on >= on)
        .order_by(PastTeam.until_on)
        .limit(1)
        .correlate_except(PastTeam)
        .scalar_subquery()
    )
    return func.coalesce(past, Patient.team_id)


def ever_in(team_id: UUID) -> CompoundSelect[UUID]:
    """Select patients who are in the team, or were once."""
    return union(
        select(Patient.id).where(Patient.team_id == team_id),
        select(PastTeam.patient_id).where(PastTeam.team_id == team_id),
    )


def moved_since(on: date) -> Select[UUID]:
    """Select patients who went to another team on this day or later."""
    return select(PastTeam.patient_id).where(PastTeam.until_on >= on - timedelta(days=1))
