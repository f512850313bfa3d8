"""Which phone reaches a team, and whether a team takes patients: in Python and in SQL alike."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, any_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.institutions.models import Institution, Team


def phone_of(team: Team) -> str | None:
    """Take the number published for the team, or else its institution's (which must be loaded)."""
    return team.phone or team.institution.phone


def takes_patients(team: Team) -> bool:
    """Say whether it is open and can be called; its institution must be loaded."""
    return team.closed_at is None and phone_of(team) is not None


def taking_patients() -> ColumnElement[bool]:
    """`takes_patients` for a statement that joins Team and its Institution."""
    return and_(
        Team.closed_at.is_(None), or_(Team.phone.is_not(None), Institution.phone.is_not(None))
    )


def on_call_phone() -> ColumnElement[str | None]:
    """Select the 24-hour phone, in a statement that joins Team and its Institution.

    The team's own, or else that of the nearest institution upwards that has one.
    """
    above = aliased(Institution)
    ancestors = cast(func.string_to_array(Institution.path, "."), ARRAY(Uuid()))
    nearest = (
        select(above.on_call_phone)
        .where(above.id == any_(ancestors), above.on_call_phone.is_not(None))
        .order_by(func.length(above.path).desc())
        .limit(1)
        .correlate(Institution)
        .scalar_subquery()
    )
    return func.coalesce(Team.on_call_phone, nearest)


async def on_call_phone_of(session: AsyncSession, team_id: UUID) -> str | None:
    """Whom to call at any hour about this team's patients; None when nobody is published."""
    statement = (
        select(on_call_phone())
        .select_from(Team)
        .join(Institution, Institution.id == Team.institution_id)
        .where(Team.id == team_id)
    )
    row: str | None = await session.scalar(statement)
    return row
