"""Every write from a phone keeps which account held it, and as whom."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import (
    Dose,
    DoseReport,
    Expectation,
    Recording,
    SideEffectReport,
)
from app.medication.schemas.doses import StaffReportCreate
from app.medication.service import doses
from app.patients.models import Patient, Relation
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")
Entered = type[DoseReport] | type[SideEffectReport] | type[Recording]


async def _entered(session: AsyncSession, table: Entered, dose: Dose) -> list[tuple[Any, Any]]:
    found = await session.execute(
        select(table.by_account_id, table.relation).where(table.dose_id == dose.id)
    )
    return [(account_id, relation) for account_id, relation in found]


@pytest.mark.parametrize(
    ("act", "table"),
    [("announce", Recording), ("report", DoseReport), ("side_effects", SideEffectReport)],
)
async def test_a_write_of_the_phone_names_its_account(
    act: str, table: Entered, phone: Phone, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    answer = await getattr(phone, act)(dose)

    assert answer.status_code == 201
    assert await _entered(session, table, dose) == [(patient.wechat_account_id, Relation.SELF)]


async def test_what_staff_enter_names_no_account(session: AsyncSession, dose: Dose) -> None:
    assert dose.expectation is Expectation.EXPECTED
    staff = actor_of((await make.make_staff(session)).id)

    await doses.enter_seen_dose(session, staff, dose, StaffReportCreate(kind="live"))
    await session.flush()

    assert await _entered(session, DoseReport, dose) == [(None, None)]
