"""How many doses a change of a plan means, laid out or not: said to whoever makes it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core import clock
from app.medication.layout import ONE_DAY, count_doses
from app.medication.models import Dose, Expectation, Treatment
from app.medication.queries.treatments import with_plan
from app.medication.rates import taken
from app.medication.running import running, running_on
from app.medication.schemas.treatments import HoldCreate

Which = ColumnElement[bool] | InstrumentedAttribute[bool]


class Paused(NamedTuple):
    """Doses of days on hold, those that were taken apart; over so many treatments."""

    doses: int
    taken: int
    treatments: int


async def paused(
    session: AsyncSession, treatment: Treatment, order: HoldCreate, *, every: bool
) -> Paused:
    """Count what a hold means that was just made, of this treatment or of all that run."""
    held = [treatment]
    if every:
        own = with_plan().where(
            Treatment.patient_id == treatment.patient_id,
            running(clock.now()),
            running_on(order.from_on),
        )
        held = list(await session.scalars(own))
    on_hold = (
        Dose.due_on.between(order.from_on, order.to_on),
        Dose.expectation == Expectation.HELD,
    )
    doses = await _laid(session, held, *on_hold, ~taken())
    doses += sum(_not_laid(one, order.from_on, order.to_on) for one in held)
    return Paused(doses, await _laid(session, held, *on_hold, taken()), len(held))


async def let_go(session: AsyncSession, treatment: Treatment) -> int:
    """Count what the last day of the treatment takes away."""
    if treatment.stopped_on is None:
        return 0
    later = count_doses(treatment.phases, max(treatment.laid_until, treatment.stopped_on) + ONE_DAY)
    return later + await _laid(session, [treatment], Dose.cancelled_by_stop, ~taken())


async def coming(session: AsyncSession, treatment: Treatment, today: date) -> int:
    """Count what is still to be taken from now on."""
    ahead = (Dose.closes_at > clock.now(), Dose.expectation == Expectation.EXPECTED)
    last = treatment.stopped_on or date.max
    later = _not_laid(treatment, today, last)
    return later + await _laid(session, [treatment], *ahead, ~taken())


def _not_laid(treatment: Treatment, first: date, last: date) -> int:
    last = min(last, treatment.stopped_on or last)
    return count_doses(treatment.phases, max(first, treatment.laid_until + ONE_DAY), last)


async def _laid(session: AsyncSession, treatments: Sequence[Treatment], *which: Which) -> int:
    ids = [one.id for one in treatments]
    counted = select(func.count()).where(Dose.treatment_id.in_(ids), *which)
    return await session.scalar(counted) or 0
