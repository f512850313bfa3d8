"""What the job of supervision has rolled up of a patient's team, beside what the model says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.institutions.supervised import first_day_of
from app.medication.models import AdherenceDay, SlippingPatient, TeamFigures
from tests.simulation.model_counts import Rates
from tests.simulation.model_rollups import Slip, by_day, slips
from tests.simulation.model_world import Treatment
from tests.simulation.product import Product
from tests.simulation.product_look import labels_of
from tests.simulation.product_people import Person

COUNTS = ("closed", "observed", "verified", "reported", "unreviewed")
Told = tuple[str, Any, Any, int | None]


@dataclass(frozen=True)
class RolledUp:
    """Counts by day and illness, sums by period, who slips by period and illness."""

    days: dict[tuple[date, str], tuple[int, ...]]
    sums: dict[int, tuple[int, ...]]
    slipping: dict[tuple[int, str], Slip]
    unread: set[tuple[int, str]]


async def rolled_up(product: Product, session: AsyncSession, person: Person) -> RolledUp:
    """Read the rows of the person's team, which nobody else is with."""
    team_id, labels = person.patient.team_id, labels_of(product, person)
    days = await session.scalars(select(AdherenceDay).where(AdherenceDay.team_id == team_id))
    sums = await session.scalars(select(TeamFigures).where(TeamFigures.team_id == team_id))
    of_team = select(SlippingPatient).where(SlippingPatient.team_id == team_id)
    slipping = (await session.scalars(of_team)).all()
    assert {row.patient_id for row in slipping} <= {person.patient.id}
    return RolledUp(
        {(row.on, row.condition.value): (*_counts(row), row.missed) for row in days},
        {row.days: _counts(row) for row in sums},
        {(row.days, row.condition.value): _slip(row, labels[row.treatment_id]) for row in slipping},
        {(row.days, row.condition.value) for row in slipping if row.unread},
    )


def _counts(row: AdherenceDay | TeamFigures | Rates) -> tuple[int, ...]:
    return tuple(getattr(row, name) for name in COUNTS)


def _slip(row: SlippingPatient, treatment: int) -> Slip:
    return Slip(
        treatment,
        row.condition.value,
        row.closed,
        row.observed,
        row.reported,
        row.unreviewed,
        row.in_row,
        row.by_film,
    )


def compare_rolled_up(
    treatments: Sequence[Treatment], at: datetime, rolled: RolledUp
) -> Iterator[Told]:
    """Tell what differs: what it is, what the model says, what the job wrote, of which treatment.

    The first run was in the first night: it missed no day.
    """
    said = by_day(treatments, at)
    wanted = {key: (*_counts(told), told.missed) for key, told in said.items()}
    for key in sorted(wanted.keys() | rolled.days.keys()):
        if wanted.get(key) != rolled.days.get(key):
            yield f"day of a team, {key}", wanted.get(key), rolled.days.get(key), None
    for days, sums in rolled.sums.items():
        first = first_day_of(at, days)
        inside = (told for (day, _), told in said.items() if day >= first)
        total = _counts(sum(inside, Rates()))
        if total != sums:
            yield f"sum of {days} days", total, sums, None
        yield from _slipping(treatments, at, rolled, days)


def _slipping(
    treatments: Sequence[Treatment], at: datetime, rolled: RolledUp, days: int
) -> Iterator[Told]:
    """Of each illness the worst of what needs a look; one with films left unread may join it."""
    told = {slip.treatment: slip for slip in slips(treatments, at, first_day_of(at, days))}
    for condition in sorted({slip.condition for slip in told.values()} | _listed(rolled, days)):
        key, what = (days, condition), f"who slips in {days} days"
        row = rolled.slipping.get(key)
        of = [slip for slip in told.values() if slip.condition == condition]
        wanted = [slip for slip in of if slip.needs_a_look]
        if row is None:
            if wanted:
                yield what, wanted, None, wanted[0].treatment
            continue
        own = told.get(row.treatment)
        known = [*wanted, own] if own and key in rolled.unread else wanted
        if own != row or own not in known or own.order != min(slip.order for slip in known):
            yield what, known, row, row.treatment


def _listed(rolled: RolledUp, days: int) -> set[str]:
    return {condition for of, condition in rolled.slipping if of == days}
