"""The trail says what changed of a treatment and a dose, in codes, days and ids; nothing said."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent
from app.medication.audit import CHANGE_DOSE, CHANGE_TREATMENT
from app.medication.models import Outcome, TreatmentChange
from app.medication.schemas.doses import StaffReportCreate
from app.medication.schemas.treatments import HoldCreate, TreatmentStop
from app.medication.service import changes, doses
from tests.medication.plans import ZONE, day, dose_on, plan, start

pytestmark = pytest.mark.usefixtures("noon")


async def told(session: AsyncSession, subject_id: UUID, code: str) -> list[dict[str, Any]]:
    await session.flush()
    rows = await session.scalars(
        select(AuditEvent.detail)
        .where(AuditEvent.subject_id == subject_id, AuditEvent.action == code)
        .order_by(AuditEvent.id)
    )
    return [dict(row or {}) for row in rows]


async def test_each_change_of_a_treatment_says_from_what_to_what(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=20))
    held = HoldCreate(from_on=day(2), to_on=day(4), reason="肝功能异常")

    hold = await changes.hold(session, actor, treatment, ZONE, held)
    await session.flush()
    hold_id = str(hold.id)
    await changes.end_hold(session, actor, treatment, ZONE, hold)
    dose = await dose_on(session, treatment, 1)
    dose_id = str(dose.id)
    await changes.reschedule(session, actor, treatment, ZONE, dose, day(30))
    await changes.edit_plan(session, actor, treatment, ZONE, day(5), plan(first=5))
    order = TreatmentStop(stopped_on=day(6), outcome=Outcome.COMPLETED)
    await changes.stop(session, actor, treatment, ZONE, order)

    said = await told(session, treatment.id, CHANGE_TREATMENT.code)
    kept = await session.scalars(select(TreatmentChange.id).order_by(TreatmentChange.id))
    assert [one.pop("change_id") for one in said] == [str(change_id) for change_id in kept]
    assert said == [
        {"code": "started", "template_id": None, "starts_on": f"{day(0)}"},
        {"code": "held", "from_on": f"{day(2)}", "to_on": f"{day(4)}"},
        {"code": "hold_ended", "hold_id": hold_id, "before": f"{day(4)}", "after": f"{day(-1)}"},
        {
            "code": "rescheduled", "dose_id": dose_id,
            "before": f"{day(1)}", "after": f"{day(30)}",
        },
        {"code": "edited", "from_on": f"{day(5)}"},
        {"code": "stopped", "stopped_on": f"{day(6)}", "outcome": "completed"},
    ]  # fmt: skip
    assert "肝功能" not in str(said)


async def test_a_dose_that_was_seen_is_told(session: AsyncSession) -> None:
    actor, treatment = await start(session, plan(days=3))
    dose = await dose_on(session, treatment, 0)

    await doses.enter_seen_dose(session, actor, dose, StaffReportCreate(kind="live", note="看见了"))

    assert await told(session, dose.id, CHANGE_DOSE.code) == [
        {"code": "entered_seen", "before": "none", "after": "live"},
    ]
