"""Hold days of a treatment, or of all of a patient's, and resume from today."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.core.db import find_locked, for_update
from app.core.problems import NotFound
from app.medication import layout
from app.medication.models import ChangeKind, DoseHold, Treatment
from app.medication.problems import PlanInPast, StopUndecided
from app.medication.queries.treatments import holds_of, made_together, with_plan
from app.medication.running import runs_on, today_in
from app.medication.schemas.treatments import HoldCreate
from app.medication.service.expectations import free_days, hold_days
from app.medication.service.treatments import (
    lock_in_care,
    not_after_end,
    not_before_today,
    note_change,
)


async def hold(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    order: HoldCreate,
    *,
    version: int | None = None,
) -> DoseHold:
    """Take the days out of the expectation; what was taken of them counts all the same."""
    not_before_today(order.from_on, zone)
    await lock_in_care(session, treatment, zone, version)
    not_after_end(order.from_on, treatment)
    return await _hold(session, actor, treatment, order)


async def hold_all(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    order: HoldCreate,
    *,
    version: int | None = None,
) -> DoseHold:
    """Hold these days of every running treatment of the patient; return the hold of this one."""
    not_before_today(order.from_on, zone)
    every = await _lock_all_of(session, treatment.patient_id)
    await lock_in_care(session, treatment, zone, version)
    not_after_end(order.from_on, treatment)
    made = await _hold(session, actor, treatment, order)
    today = today_in(zone)
    for other in every:
        runs = runs_on(other.stopped_on, today) and runs_on(other.stopped_on, order.from_on)
        if runs and other.id != treatment.id:
            await _hold(session, actor, other, order)
    return made


async def _lock_all_of(session: AsyncSession, patient_id: UUID) -> Sequence[Treatment]:
    """Lock in the order of their ids, before any dose of one is touched."""
    found = await session.scalars(
        for_update(
            with_plan().where(Treatment.patient_id == patient_id).order_by(Treatment.id),
            of=[Treatment],
        )
    )
    return found.all()


async def _hold(
    session: AsyncSession, actor: StaffActor, treatment: Treatment, order: HoldCreate
) -> DoseHold:
    held = DoseHold(
        treatment_id=treatment.id,
        from_on=order.from_on,
        to_on=order.to_on,
        reason=order.reason,
        held_by=actor.account_id,
    )
    session.add(held)
    await hold_days(session, treatment.id, order.from_on, order.to_on)
    detail = order.model_dump(mode="json")
    note_change(
        session, actor, treatment, ChangeKind.HELD, detail,
        from_on=order.from_on, to_on=order.to_on,
    )  # fmt: skip
    return held


async def end_hold(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    held: DoseHold,
    *,
    version: int | None = None,
) -> None:
    """Resume from today: days already held stay held, and those that another hold covers."""
    await lock_in_care(session, treatment, zone, version)
    today = today_in(zone)
    if await find_locked(session, DoseHold, held.id) is None:
        raise NotFound  # ended by a colleague before it began
    if held.to_on is None:
        raise StopUndecided
    if held.to_on < today:
        raise PlanInPast
    first, last, hold_id = max(today, held.from_on), held.to_on, held.id
    if held.from_on >= today:
        await session.delete(held)
    else:
        held.to_on = today - layout.ONE_DAY
    await free_days(session, treatment.id, first, last)
    detail = {"resumed_on": today.isoformat(), "reason": held.reason}
    note_change(
        session,
        actor,
        treatment,
        ChangeKind.HELD,
        detail,
        code="hold_ended",
        hold_id=hold_id,
        before=last,
        after=today - layout.ONE_DAY,
    )


async def end_hold_everywhere(
    session: AsyncSession,
    actor: StaffActor,
    treatment: Treatment,
    zone: str,
    held: DoseHold,
    *,
    version: int | None = None,
) -> int:
    """Resume, as one act, all that one act had held; return how many treatments go on."""
    every = await _lock_all_of(session, treatment.patient_id)
    own, alike = [one.id for one in every], aliased(DoseHold)
    beside = (
        select(alike)
        .join(DoseHold, made_together(alike, DoseHold))
        .where(DoseHold.id == held.id, alike.treatment_id.in_(own))
    )
    others = {h.treatment_id: h for h in await session.scalars(beside)}
    await end_hold(session, actor, treatment, zone, held, version=version)
    resumed, today = 1, today_in(zone)
    for other in every:
        if other.id in others and runs_on(other.stopped_on, today):
            await end_hold(session, actor, other, zone, others[other.id])
            resumed += 1
    return resumed


async def holds_on(session: AsyncSession, treatment_id: UUID, on: date) -> bool:
    """Say whether any hold covers the day."""
    return layout.is_held(await holds_of(session, treatment_id), on)
