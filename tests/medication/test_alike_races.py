"""Two acts at once, each of which brings one drug into another treatment: the second is asked."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.db import Sessionmaker
from app.medication.problems import DrugInAnother, SameTreatmentRuns
from app.medication.queries.treatments import get_plan
from app.medication.schemas.treatments import StopCorrection, TreatmentCreate
from app.medication.service import changes, stops, treatments
from app.patients.models import Condition, Patient
from tests.medication import plans
from tests.medication.plans import HORIZON, ZONE, day
from tests.medication.test_races import overlapping

pytestmark = pytest.mark.usefixtures("noon")
Act = Callable[[AsyncSession], Coroutine[Any, Any, object]]
NEW_DRUG = "盐酸小檗碱片"


def order(name: str, condition: Condition) -> TreatmentCreate:
    """Order a treatment with a drug of its own name."""
    plan = plans.plan(first=1)
    plan.phases[0].drugs[0].name = name
    return TreatmentCreate(template_id=None, name=name, condition=condition, plan=plan)


class Record:
    """A patient with two treatments that share nothing; the first has ended yesterday, or not."""

    def __init__(self, actor: StaffActor, patient_id: UUID, own: list[UUID]) -> None:
        self.actor, self.patient_id, self.own = actor, patient_id, own

    def edit(self, which: int) -> Act:
        plan = plans.plan(first=2)
        plan.phases[0].drugs[0].name = NEW_DRUG

        async def edit(session: AsyncSession) -> None:
            treatment, _ = await get_plan(session, self.own[which])
            await changes.edit_plan(session, self.actor, treatment, ZONE, day(2), plan, alone=True)

        return edit

    def start(self, name: str, condition: Condition) -> Act:
        async def start(session: AsyncSession) -> object:
            patient = await session.get_one(Patient, self.patient_id)
            return await treatments.start_treatment(
                session, self.actor, patient, order(name, condition), HORIZON
            )

        return start

    def take_end_back(self) -> Act:
        back = StopCorrection(stopped_on=None, outcome=None, reason="记错了")

        async def take_back(session: AsyncSession) -> None:
            treatment, _ = await get_plan(session, self.own[0])
            await stops.correct_stop(
                session, self.actor, treatment, ZONE, back, HORIZON, alone=True
            )

        return take_back


async def record(sessions: Sessionmaker, *, ended: bool = False) -> Record:
    async with sessions.begin() as session:
        actor, first = await plans.start(session, plans.plan(first=-9))
        patient = await session.get_one(Patient, first.patient_id)
        second = await treatments.start_treatment(
            session, actor, patient, order("二甲双胍片", Condition.DIABETES), HORIZON
        )
        if ended:
            await stops.stop(session, actor, first, ZONE, plans.stopping(-1))
        return Record(actor, patient.id, [first.id, second.id])


async def refused(sessions: Sessionmaker, act: Act, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        async with sessions.begin() as session:
            await act(session)


async def test_two_edits_that_bring_one_drug(committed_database: Sessionmaker) -> None:
    own = await record(committed_database)
    second = refused(committed_database, own.edit(1), DrugInAnother)
    await overlapping(committed_database, own.edit(0), second)


async def test_a_start_beside_an_edit_that_brings_its_drug(
    committed_database: Sessionmaker,
) -> None:
    own = await record(committed_database)
    start = own.start(NEW_DRUG, Condition.HYPERTENSION)
    second = refused(committed_database, start, SameTreatmentRuns)
    await overlapping(committed_database, own.edit(0), second)


async def test_an_end_taken_back_while_another_begins_in_its_place(
    committed_database: Sessionmaker,
) -> None:
    own = await record(committed_database, ended=True)
    start = own.start("四联片", Condition.TUBERCULOSIS)
    second = refused(committed_database, own.take_end_back(), SameTreatmentRuns)
    await overlapping(committed_database, start, second)


async def test_one_that_begins_while_an_end_is_taken_back(
    committed_database: Sessionmaker,
) -> None:
    own = await record(committed_database, ended=True)
    start = own.start("四联片", Condition.TUBERCULOSIS)
    second = refused(committed_database, start, SameTreatmentRuns)
    await overlapping(committed_database, own.take_end_back(), second)
