"""Two doctors change one plan at once: the second goes on from what the first wrote."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.db import Sessionmaker
from app.core.problems import NotFound
from app.medication.models import Dose, DoseHold, Treatment
from app.medication.queries.treatments import get_plan
from app.medication.schemas.treatments import HoldCreate
from app.medication.service import changes
from tests.medication import plans
from tests.medication.plans import ZONE, X, day
from tests.medication.test_races import overlapping

pytestmark = pytest.mark.usefixtures("noon")


async def _start(sessions: Sessionmaker) -> tuple[StaffActor, UUID]:
    async with sessions.begin() as session:
        actor, treatment = await plans.start(session)
        return actor, treatment.id


def _edit(
    actor: StaffActor, treatment_id: UUID, first: int, tablets: str
) -> Callable[[AsyncSession], Coroutine[Any, Any, None]]:
    """Edit the plan from a day on, having loaded it first as the page does."""
    plan = plans.plan(first=first, tablets=tablets)

    async def edit(session: AsyncSession) -> None:
        treatment, _ = await get_plan(session, treatment_id)
        await changes.edit_plan(session, actor, treatment, ZONE, day(first), plan)

    return edit


async def test_two_edits_at_once_leave_one_plan_for_each_day(
    committed_database: Sessionmaker,
) -> None:
    actor, treatment_id = await _start(committed_database)

    async def second() -> None:
        async with committed_database.begin() as session:
            await _edit(actor, treatment_id, 10, "4")(session)

    await overlapping(committed_database, _edit(actor, treatment_id, 5, "2"), second())

    async with committed_database() as session:
        treatment, _ = await get_plan(session, treatment_id)
        spans = [(phase.starts_on, phase.ends_on) for phase in treatment.phases]
        assert spans == [(day(0), day(4)), (day(5), day(9)), (day(10), day(69))]
        assert await _tablets(session, treatment) == {4: "3", 5: "2", 9: "2", 10: "4"}


async def _tablets(session: AsyncSession, treatment: Treatment) -> dict[int, str]:
    """Read what the doses on both sides of each change say."""
    doses = [await plans.dose_on(session, treatment, offset) for offset in (4, 5, 9, 10)]
    return {(dose.due_on - day(0)).days: dose.drugs[0]["tablets"] for dose in doses}


async def test_a_pause_that_two_end_at_once_ends_once(committed_database: Sessionmaker) -> None:
    actor, treatment_id = await _start(committed_database)
    async with committed_database.begin() as session:
        treatment, _ = await get_plan(session, treatment_id)
        order = HoldCreate(from_on=day(2), to_on=day(4), reason="肝功能异常")
        hold_id = (await changes.hold(session, actor, treatment, ZONE, order)).id

    async def end(session: AsyncSession) -> None:
        treatment, _ = await get_plan(session, treatment_id)
        pause = await session.get_one(DoseHold, hold_id)
        await changes.end_hold(session, actor, treatment, ZONE, pause)

    async def second() -> None:
        with pytest.raises(NotFound):
            async with committed_database.begin() as session:
                await end(session)

    await overlapping(committed_database, end, second())

    async with committed_database() as session:
        held = select(Dose.id).where(Dose.treatment_id == treatment_id, Dose.expectation == X.HELD)
        assert (await session.scalars(held)).all() == []
        assert await session.get(DoseHold, hold_id) is None
