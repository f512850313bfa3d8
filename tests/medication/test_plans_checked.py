"""A plan is refused, asked about, or done and said with its number of doses."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import today_in
from app.medication.layout import count_doses
from app.medication.models import Dose, Expectation, Treatment
from app.medication.schemas.treatments import Plan
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.test_pages_treatments import order

pytestmark = pytest.mark.usefixtures("noon")
DRUG = "phases.0.drugs"


@pytest.fixture
def today(patient: Patient) -> date:
    return today_in(patient.zone)


async def start(desk: Desk, patient: Patient, form: dict[str, Any]) -> httpx.Response:
    return await desk.http.post(f"/staff/patients/{patient.id}/treatments/new", data=form)


async def count_of(session: AsyncSession, model: type[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(model)) or 0


def ending(today: date, *, first: int, last: int, **changes: Any) -> dict[str, Any]:
    ends_on = (today + timedelta(days=last)).isoformat()
    return order(today + timedelta(days=first), **{"phases.0.ends_on": ends_on, **changes})


async def test_a_plan_without_a_dose_is_refused_and_nothing_is_written(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    tuesday = -today.weekday() + 8  # of next week
    over = ending(today, first=-400, last=-1)
    never = ending(today, first=tuesday, last=tuesday + 1, **{f"{DRUG}.0.weekdays": ["1"]})
    last_day = ending(today, first=-3, last=0, **{f"{DRUG}.0.weekdays": [*"1234567"]})

    before = await count_of(session, Treatment)

    refused = [await start(desk, patient, form) for form in (over, never)]
    made = await start(desk, patient, last_day)

    assert [answer.status_code for answer in refused] == [422, 422]
    assert all("从今天起一次药也没有" in answer.text for answer in refused)
    assert made.status_code == 303
    assert await count_of(session, Treatment) == before + 1


async def test_success_says_how_many_doses_are_planned(
    desk: Desk, patient: Patient, today: date
) -> None:
    made = await start(desk, patient, ending(today, first=0, last=13))

    assert "一共安排了 12 次服药" in unquote(str(made.headers))  # 3 weekdays, 2 slots, 2 weeks


def second_line(name: str, strength: str, **changes: Any) -> dict[str, Any]:
    line = {"name": name, "strength": strength, "tablets": "1", "slots": ["morning"],
            "weekdays": ["1"]} | changes  # fmt: skip
    return {f"{DRUG}.1.{field}": value for field, value in line.items()}


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (second_line("氨氯地平片", "5 mg"), 422),
        (second_line("氨氯地平 片", "\uff15MG"), 422),
        (second_line("氨氯地平片", "5mg", slots=["noon", "evening"], weekdays=["5", "6"]), 422),
        (second_line("氨氯地平片", "10 mg"), 303),
        (second_line("缬沙坦", "5 mg"), 303),
        (second_line("氨氯地平片", "5 mg", slots=["noon"]), 303),
        (second_line("氨氯地平片", "5 mg", weekdays=["2", "4"]), 303),
    ],
)
async def test_one_drug_in_two_lines_is_one_drug_twice(
    line: dict[str, Any], status: int, desk: Desk, patient: Patient, today: date
) -> None:
    answer = await start(desk, patient, order(today) | line)

    assert answer.status_code == status
    assert ("写了两行" in answer.text) is (status == 422)


@pytest.mark.parametrize(
    ("hour", "status"), [("02:59", 303), ("03:00", 422), ("03:59", 422), ("04:00", 303)]
)
async def test_an_hour_between_two_days_is_refused(
    hour: str, status: int, desk: Desk, patient: Patient, today: date
) -> None:
    answer = await start(desk, patient, order(today, **{"slot_times.morning": hour}))

    assert answer.status_code == status
    assert ("不属于任何一天" in answer.text) is (status == 422)


async def test_the_form_says_to_which_day_an_hour_of_the_night_belongs(
    desk: Desk, patient: Patient
) -> None:
    page = await desk.http.get(f"/staff/patients/{patient.id}/treatments/new?template=free")

    assert "凌晨 3 点以前的钟点算前一天的" in page.text
    assert "到点手机不会响" in page.text


async def expected_on(session: AsyncSession, treatment: Treatment, on: date) -> int:
    found = await session.scalar(
        select(func.count()).where(
            Dose.treatment_id == treatment.id,
            Dose.due_on == on,
            Dose.expectation == Expectation.EXPECTED,
        )
    )
    return found or 0


async def test_an_edit_that_begins_later_asks_about_the_doses_between(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    laid: dict[str, Any] = {"starts_on": today, "laid_until": today + timedelta(days=2)}
    treatment = await make.make_treatment(session, patient=patient, **laid)
    for n in range(3):
        await make.make_dose(
            session, patient=patient, treatment=treatment, due_on=today + timedelta(days=n)
        )
    other = await make.make_dose(session, patient=patient, due_on=today)
    address = f"/staff/treatments/{treatment.id}/edit"
    form = order(today + timedelta(days=2), from_on=today.isoformat())

    asked = await desk.http.post(address, data=form)

    assert asked.status_code == 422
    assert "还有 2 次安排好的服药" in asked.text
    assert 'name="leaving_out"' in asked.text
    assert [await expected_on(session, treatment, today + timedelta(n)) for n in (0, 1)] == [1, 1]

    meant = await desk.http.post(address, data=form | {"leaving_out": "yes"})

    assert meant.status_code == 303
    assert [await expected_on(session, treatment, today + timedelta(n)) for n in (0, 1)] == [0, 0]
    await session.refresh(other)
    assert other.expectation is Expectation.EXPECTED


async def test_an_edit_that_begins_where_it_takes_force_asks_nothing(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    treatment = await make.make_treatment(session, patient=patient, starts_on=today)
    await make.make_dose(session, patient=patient, treatment=treatment, due_on=today)

    answer = await desk.http.post(
        f"/staff/treatments/{treatment.id}/edit",
        data=order(today, from_on=today.isoformat(), **{f"{DRUG}.0.weekdays": [*"1234567"]}),
    )

    assert answer.status_code == 303
    assert "一共 56 次服药" in unquote(str(answer.headers))


async def test_an_edit_that_leaves_no_dose_is_refused(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    treatment = await make.make_treatment(session, patient=patient, starts_on=today)
    tuesday = today + timedelta(days=-today.weekday() + 8)
    form = order(tuesday, from_on=today.isoformat(), leaving_out="yes")
    form |= {"phases.0.ends_on": tuesday.isoformat(), f"{DRUG}.0.weekdays": ["1"]}

    answer = await desk.http.post(f"/staff/treatments/{treatment.id}/edit", data=form)

    assert (answer.status_code, "一次药也没有" in answer.text) == (422, True)


def test_doses_are_counted_as_they_are_laid_out() -> None:
    """Two drugs of one slot are one dose."""
    drugs = [
        {"name": "甲", "tablets": "1", "slots": ["morning"], "weekdays": [1, 2]},
        {"name": "乙", "tablets": "1", "slots": ["morning", "noon"], "weekdays": [2]},
    ]
    monday = date(2026, 9, 7)
    phase = {"name": "期", "starts_on": monday, "ends_on": date(2026, 9, 20), "drugs": drugs}
    phases = Plan.model_validate({"phases": [phase], "slot_times": {}}).phases

    assert count_doses(phases, monday) == 6
    assert count_doses(phases, date(2026, 9, 15)) == 2
    assert count_doses(phases, date(2026, 9, 16)) == 0


async def test_doses_that_are_not_laid_out_yet_are_asked_about_too(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    """The plan has them, sixty days ahead, and the rows end long before."""
    treatment = await make.make_treatment(session, patient=patient, starts_on=today, days=90)
    address, from_on = f"/staff/treatments/{treatment.id}/edit", today + timedelta(days=60)
    form = order(from_on + timedelta(days=3), from_on=from_on.isoformat())

    asked = await desk.http.post(address, data=form)
    meant = await desk.http.post(address, data=form | {"leaving_out": "yes"})

    assert asked.status_code == 422
    assert "还有 3 次安排好的服药" in asked.text
    assert meant.status_code == 303
