"""Days taken out of the expectation, and given back to it."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, literal, null, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication import rates
from app.medication.models import Dose, DoseHold, Expectation
from app.medication.queries.treatments import covers


def _days(treatment_id: UUID, first: date, last: date | None) -> list[ColumnElement[bool]]:
    days = [Dose.treatment_id == treatment_id, Dose.due_on >= first]
    return days if last is None else [*days, Dose.due_on <= last]


async def hold_days(
    session: AsyncSession,
    treatment_id: UUID,
    first: date,
    last: date | None,
    *,
    stopped_at: datetime | None = None,
) -> None:
    """Expect no dose of these days, whatever is known of it: what was taken counts all the same.

    `stopped_at`: since when a severe symptom stops those that were not taken.
    """
    await session.execute(
        update(Dose)
        .where(
            *_days(treatment_id, first, last),
            Dose.expectation.in_([Expectation.EXPECTED, Expectation.HELD]),
        )
        .values(
            expectation=Expectation.HELD,
            severe_at=case(
                (rates.taken(), Dose.severe_at),
                else_=func.coalesce(Dose.severe_at, literal(stopped_at, Dose.severe_at.type)),
            ),
        )
        .execution_options(synchronize_session=False)
    )


async def free_days(
    session: AsyncSession, treatment_id: UUID, first: date, last: date | None = None
) -> None:
    """Expect the held doses of these days again, but for days that another hold covers."""
    await session.flush()  # the holds are read as they are by now
    covered = exists().where(DoseHold.treatment_id == treatment_id, covers(Dose.due_on))
    await session.execute(
        update(Dose)
        .where(*_days(treatment_id, first, last), Dose.expectation == Expectation.HELD, ~covered)
        .values(expectation=Expectation.EXPECTED)
        .execution_options(synchronize_session=False)
    )


async def lift_stops(session: AsyncSession, treatment_ids: Collection[UUID]) -> None:
    """Say of no dose of theirs any more that a severe symptom stops it."""
    await session.execute(
        update(Dose)
        .where(Dose.treatment_id.in_(treatment_ids), Dose.severe_at.is_not(None))
        .values(severe_at=null())
        .execution_options(synchronize_session=False)
    )
