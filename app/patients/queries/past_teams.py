"""Which team looked after a patient on a day gone by: figures of that day stay with it."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    func,
    select,
    union,
)
from sqlalchemy.sql.functions import coalesce

from app.patients.models import PastTeam, Patient


def team_on(on: SQLColumnExpression[date]) -> coalesce[UUID]:
    """Tell the team of `Patient`, which the statement must have, on a day of another column."""
    return func.coalesce(past_team_on(Patient.id, on), Patient.team_id)


def past_team_on(
    patient_id: SQLColumnExpression[UUID], on: SQLColumnExpression[date]
) -> ScalarSelect[UUID]:
    """Tell the team on that day of who has left it since; null where it is the present one."""
    return (
        select(PastTeam.team_id)
        .where(PastTeam.patient_id == patient_id, PastTeam.until_on >= on)
        .order_by(PastTeam.until_on)
        .limit(1)
        .correlate_except(PastTeam)
        .scalar_subquery()
    )


def ever_in(team_id: UUID) -> CompoundSelect[UUID]:
    """Select patients who are in the team, or were once."""
    return union(
        select(Patient.id).where(Patient.team_id == team_id),
        select(PastTeam.patient_id).where(PastTeam.team_id == team_id),
    )


def moved_since(on: date) -> Select[UUID]:
    """Select patients who went to another team on this day or later."""
    return select(PastTeam.patient_id).where(PastTeam.until_on >= on - timedelta(days=1))
