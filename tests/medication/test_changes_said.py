"""A hold, an end and its correction say how many doses they mean; one of none is refused."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import today_in
from app.core.forms import new_key
from app.medication.models import DoseHold, Treatment
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.test_pages_treatments import order

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def today(patient: Patient) -> date:
    return today_in(patient.zone)


@pytest.fixture
async def treatment(session: AsyncSession, patient: Patient, today: date) -> Treatment:
    """One a day for sixty days, of which ten are laid out; the first was taken."""
    laid = today + timedelta(days=9)
    made = await make.make_treatment(session, patient=patient, starts_on=today, laid_until=laid)
    for n in range(10):
        facts: dict[str, Any] = {"self_reported_taken": True} if n == 0 else {}
        on = today + timedelta(days=n)
        await make.make_dose(session, patient=patient, treatment=made, due_on=on, **facts)
    return made


def said(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return unquote(str(answer.headers))


def holding(today: date, first: int, last: int, **more: Any) -> dict[str, Any]:
    days = {"from_on": first, "to_on": last}
    form = {name: (today + timedelta(days=n)).isoformat() for name, n in days.items()}
    return form | {"reason": "住院治疗", "key": new_key()} | more


async def hold(desk: Desk, treatment: Treatment, form: dict[str, Any]) -> httpx.Response:
    return await desk.http.post(f"/staff/treatments/{treatment.id}/hold", data=form)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (0, 3, "一共 3 次；另有 1 次已经服了，照样算。"),
        (5, 14, "一共 10 次。"),
        (55, 90, "一共 5 次。"),
    ],
)
async def test_a_hold_says_how_many_doses_it_means(
    desk: Desk, treatment: Treatment, today: date, first: int, last: int, told: str
) -> None:
    answer = await hold(desk, treatment, holding(today, first, last))

    assert told in said(answer)


async def test_a_hold_of_all_counts_every_treatment(
    desk: Desk, session: AsyncSession, patient: Patient, treatment: Treatment, today: date
) -> None:
    await make.make_treatment(session, patient=patient, starts_on=today)
    await make.make_treatment(session, patient=await make.make_patient(session), starts_on=today)

    answer = await hold(desk, treatment, holding(today, 1, 4, every="yes"))

    assert "2 个治疗的一共 8 次。" in said(answer)


async def test_a_hold_of_days_without_a_dose_is_refused_and_nothing_stays(
    desk: Desk, session: AsyncSession, treatment: Treatment, today: date
) -> None:
    """The year typed is the next one."""
    answer = await hold(desk, treatment, holding(today, 365, 372))

    assert (answer.status_code, "这几天没有安排服药" in answer.text) == (422, True)
    assert await session.scalar(select(func.count()).select_from(DoseHold)) == 0


async def test_an_end_and_its_correction_say_what_goes_and_what_stays(
    desk: Desk, treatment: Treatment, today: date
) -> None:
    address = f"/staff/treatments/{treatment.id}"
    last = (today + timedelta(days=4)).isoformat()

    stopped = await desk.http.post(
        f"{address}/stop", data={"stopped_on": last, "outcome": "completed"}
    )
    back = await desk.http.post(f"{address}/correct-stop", data={"taken_back": "yes"})

    assert "还有 4 次，以后的 55 次取消。" in said(stopped)
    assert "从现在起还有 59 次。" in said(back)


async def test_an_edit_under_a_last_day_counts_up_to_it(
    desk: Desk, treatment: Treatment, today: date
) -> None:
    last = today + timedelta(days=4)
    address = f"/staff/treatments/{treatment.id}"
    await desk.http.post(
        f"{address}/stop", data={"stopped_on": last.isoformat(), "outcome": "completed"}
    )
    every = {"phases.0.drugs.0.weekdays": [*"1234567"]}
    from_on = (today + timedelta(days=3)).isoformat()
    until = order(today + timedelta(days=3), from_on=from_on, **every)
    after = order(last + timedelta(days=1), from_on=from_on, leaving_out="yes", **every)

    refused = await desk.http.post(f"{address}/edit", data=after)
    made = await desk.http.post(f"{address}/edit", data=until)

    assert (refused.status_code, "一次药也没有" in refused.text) == (422, True)
    assert "一共 4 次服药" in said(made)
    assert "最后一天仍是" in said(made)
