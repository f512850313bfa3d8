"""A drug that two running treatments have is asked about, however the second came to have it."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import today_in
from app.medication.models import Dose, Expectation, Outcome, Treatment
from app.medication.problems import TwoRunningTreatments
from app.patients.models import Condition, Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.test_merging import chief, merge
from tests.medication.test_pages_treatments import order

__all__ = ["chief"]
pytestmark = pytest.mark.usefixtures("noon")
ASKED = "免得同一种药服两遍"


@pytest.fixture
def today(patient: Patient) -> date:
    return today_in(patient.zone)


async def started(desk: Desk, patient: Patient, form: dict[str, Any]) -> httpx.Response:
    return await desk.http.post(f"/staff/patients/{patient.id}/treatments/new", data=form)


async def named(session: AsyncSession, name: str) -> Treatment:
    found = await session.scalars(select(Treatment).where(Treatment.name == name))
    return found.one()


def drug(of: str, /, **changes: Any) -> dict[str, Any]:
    return {"phases.0.drugs.0.name": of} | changes


async def two(desk: Desk, session: AsyncSession, patient: Patient, first: date) -> Treatment:
    """Start one with 氨氯地平片 and another illness's with 二甲双胍; return the second."""
    for form in (
        order(first),
        order(first, **drug("二甲双胍", name="糖尿病", condition="diabetes")),
    ):
        assert (await started(desk, patient, form)).status_code == 303
    return await named(session, "糖尿病")


async def expected(session: AsyncSession, treatment: Treatment) -> int:
    return (
        await session.scalar(
            select(func.count()).where(
                Dose.treatment_id == treatment.id, Dose.expectation == Expectation.EXPECTED
            )
        )
        or 0
    )


async def test_an_edit_asks_about_a_new_drug_that_another_treatment_has(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    second = await two(desk, session, patient, today)
    address, from_on = f"/staff/treatments/{second.id}/edit", today + timedelta(days=1)
    form = order(from_on, **drug("氨氯地平 片"), from_on=from_on.isoformat())

    asked = await desk.http.post(address, data=form)
    meant = await desk.http.post(address, data=form | {"another": "yes"})
    again = await desk.http.post(address, data=form | {"phases.0.drugs.0.tablets": "2"})

    assert (asked.status_code, ASKED in asked.text) == (422, True)
    assert "已有进行中的“高血压”" in asked.text
    assert 'name="another"' in asked.text
    assert meant.status_code == 303
    assert again.status_code == 303  # it has the drug by now: that was meant


async def test_an_edit_asks_nothing_about_what_ends_before_or_was_there(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    second = await two(desk, session, patient, today)
    first = await named(session, "高血压")
    await desk.http.post(
        f"/staff/treatments/{first.id}/stop",
        data={"stopped_on": (today + timedelta(days=3)).isoformat(), "outcome": "completed"},
    )
    address, later = f"/staff/treatments/{second.id}/edit", today + timedelta(days=4)
    forms = [
        order(today, **drug("二甲双胍"), from_on=today.isoformat()),
        order(later, **drug("氨氯地平片"), from_on=later.isoformat()),
    ]

    answers = [await desk.http.post(address, data=form) for form in forms]

    assert [answer.status_code for answer in answers] == [303, 303]


async def test_an_end_is_not_taken_back_unasked_beside_what_was_begun_in_its_place(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    """A colleague ends it by mistake, another begins it anew, and a third takes the end back."""
    assert (await started(desk, patient, order(today))).status_code == 303
    first = await named(session, "高血压")
    stopped = {"stopped_on": today.isoformat(), "outcome": Outcome.STOPPED_BY_DOCTOR.value}
    await desk.http.post(f"/staff/treatments/{first.id}/stop", data=stopped)
    new = order(today + timedelta(days=1), name="高血压 第二次", another="yes")
    assert (await started(desk, patient, new)).status_code == 303
    before = await expected(session, first)
    address = f"/staff/treatments/{first.id}/correct-stop"
    back = {"taken_back": "yes", "why": "记错了"}

    asked = await desk.http.post(address, data=back)

    assert (asked.status_code, ASKED in asked.text) == (422, True)
    assert "已有进行中的“高血压 第二次”" in asked.text
    assert await expected(session, first) == before

    meant = await desk.http.post(address, data=back | {"another": "yes"})

    assert meant.status_code == 303
    assert await expected(session, first) > before


async def test_an_earlier_end_or_one_without_another_is_corrected_unasked(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    second = await two(desk, session, patient, today)
    address = f"/staff/treatments/{second.id}"
    for act, days in (("stop", 5), ("correct-stop", 2), ("correct-stop", 9)):
        last = (today + timedelta(days=days)).isoformat()
        form = {"stopped_on": last, "outcome": "completed"}
        assert (await desk.http.post(f"{address}/{act}", data=form)).status_code == 303


async def test_two_records_with_one_drug_for_two_illnesses_are_not_joined(
    session: AsyncSession, chief: Any, team: Any
) -> None:
    old, kept = [await make.make_patient(session, team=team, bound=False) for _ in range(2)]
    await make.make_treatment(session, patient=old)
    await make.make_treatment(session, patient=kept, condition=Condition.DIABETES)

    with pytest.raises(TwoRunningTreatments):
        async with session.begin_nested():
            await merge(session, chief, old, kept)
