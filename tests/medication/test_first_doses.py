"""The first day of a plan, a start far ahead, and a second treatment like one that runs."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import Dose, Expectation, Slot, Treatment
from app.medication.running import today_in
from app.patients.models import Condition, Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.test_pages_treatments import order

pytestmark = pytest.mark.usefixtures("noon")
DAILY = {"phases.0.drugs.0.weekdays": [*"1234567"]}


@pytest.fixture
def today(patient: Patient) -> date:
    return today_in(patient.zone)


async def start(desk: Desk, patient: Patient, form: dict[str, Any]) -> httpx.Response:
    return await desk.http.post(f"/staff/patients/{patient.id}/treatments/new", data=form)


async def slots_on(session: AsyncSession, treatment: Treatment, on: date) -> set[Slot]:
    found = await session.scalars(
        select(Dose.slot).where(
            Dose.treatment_id == treatment.id,
            Dose.due_on == on,
            Dose.expectation == Expectation.EXPECTED,
        )
    )
    return set(found)


async def treatment_of(session: AsyncSession, patient: Patient) -> Treatment:
    found = await session.scalars(select(Treatment).where(Treatment.patient_id == patient.id))
    return found.one()


@pytest.mark.parametrize(
    ("morning", "evening", "passed_too", "first_day", "said"),
    [
        ("12:01", "19:10", "", {Slot.MORNING, Slot.EVENING}, "56 次服药，第一次是9月10日 12:01"),
        ("12:00", "19:10", "", {Slot.EVENING}, "55 次服药，第一次是9月10日 19:10"),
        ("06:40", "19:10", "", {Slot.EVENING}, "55 次服药，第一次是9月10日 19:10"),
        ("06:40", "11:59", "", set(), "54 次服药，第一次是9月11日 06:40"),
        ("06:40", "01:30", "", {Slot.EVENING}, "55 次服药，第一次是9月11日 01:30"),
        ("06:40", "11:00", "yes", {Slot.MORNING, Slot.EVENING}, "56 次服药，第一次是9月10日 06:40"),
    ],
)
async def test_hours_of_today_that_have_passed_are_not_laid_unless_told(
    morning: str, evening: str, passed_too: str, first_day: set[Slot], said: str,
    desk: Desk, session: AsyncSession, patient: Patient, today: date,
) -> None:  # fmt: skip
    """It is noon; what lies in the night after the day is still to come."""
    hours = {"slot_times.morning": morning, "slot_times.evening": evening}

    made = await start(desk, patient, order(today, passed_too=passed_too, **DAILY, **hours))

    assert made.status_code == 303
    assert said in unquote(str(made.headers))
    treatment = await treatment_of(session, patient)
    assert await slots_on(session, treatment, today) == first_day
    tomorrow = await slots_on(session, treatment, today + timedelta(days=1))
    assert tomorrow == {Slot.MORNING, Slot.EVENING}


async def test_a_plan_of_this_morning_alone_has_no_dose_left_at_noon(
    desk: Desk, patient: Patient, today: date
) -> None:
    form = order(today, **DAILY) | {
        "phases.0.ends_on": today.isoformat(),
        "phases.0.drugs.0.slots": ["morning"],
    }

    refused = await start(desk, patient, form)

    assert (refused.status_code, "一次药也没有" in refused.text) == (422, True)
    assert (await start(desk, patient, form | {"passed_too": "yes"})).status_code == 303


@pytest.mark.parametrize(
    ("passed_too", "slots"),
    [("", {Slot.EVENING}), ("yes", {Slot.MORNING, Slot.EVENING})],
)
async def test_an_edit_from_today_lays_no_new_hour_that_has_passed(
    passed_too: str, slots: set[Slot],
    desk: Desk, session: AsyncSession, patient: Patient, today: date,
) -> None:  # fmt: skip
    treatment = await make.make_treatment(
        session, patient=patient, starts_on=today, slots=[Slot.EVENING], laid_until=today
    )
    await make.make_dose(session, patient=patient, treatment=treatment, slot=Slot.EVENING)
    form = order(today, from_on=today.isoformat(), passed_too=passed_too, **DAILY)

    edited = await desk.http.post(f"/staff/treatments/{treatment.id}/edit", data=form)

    assert edited.status_code == 303
    assert f"一共 {54 + len(slots)} 次服药" in unquote(str(edited.headers))
    assert await slots_on(session, treatment, today) == slots


async def test_an_edit_keeps_this_mornings_dose_that_is_there(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    treatment = await make.make_treatment(
        session, patient=patient, starts_on=today, laid_until=today
    )
    await make.make_dose(session, patient=patient, treatment=treatment)

    await desk.http.post(
        f"/staff/treatments/{treatment.id}/edit",
        data=order(today, from_on=today.isoformat(), **DAILY),
    )

    assert await slots_on(session, treatment, today) == {Slot.MORNING, Slot.EVENING}


@pytest.mark.parametrize(("ahead", "asked"), [(90, False), (91, True), (300, True)])
async def test_a_start_far_ahead_is_asked_about(
    ahead: int, asked: bool, desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    form = order(today + timedelta(days=ahead))

    answer = await start(desk, patient, form)

    assert answer.status_code == (422 if asked else 303)
    assert ('name="far"' in answer.text) is asked
    if asked:
        assert (await start(desk, patient, form | {"far": "yes"})).status_code == 303
    assert (await treatment_of(session, patient)).starts_on == today + timedelta(days=ahead)


async def count_of(session: AsyncSession, patient: Patient) -> int:
    found = select(func.count()).where(Treatment.patient_id == patient.id)
    return await session.scalar(found) or 0


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"condition": "tuberculosis"}, True),
        ({"phases.0.drugs.0.name": "四联抗结核片 HRZE"}, True),
        ({"phases.0.drugs.0.name": "四联抗结核片\u3000\uff48\uff52\uff5a\uff45"}, True),
        ({"condition": "diabetes"}, False),
    ],
)
async def test_beside_one_like_it_that_runs_the_form_asks(
    changes: dict[str, Any], asked: bool,
    desk: Desk, session: AsyncSession, patient: Patient, today: date,
) -> None:  # fmt: skip
    running = await make.make_treatment(session, patient=patient, name="结核初治")
    form = order(today, **changes)

    answer = await start(desk, patient, form)

    assert answer.status_code == (422 if asked else 303)
    assert ("已有进行中的“结核初治”" in answer.text) is asked
    if asked:
        assert f"/staff/treatments/{running.id}/edit" in answer.text
        assert await count_of(session, patient) == 1
        assert (await start(desk, patient, form | {"another": "yes"})).status_code == 303
    assert await count_of(session, patient) == 2


async def test_one_that_has_ended_or_anothers_asks_nothing(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    ended: dict[str, Any] = {"stopped_on": today - timedelta(days=1), "outcome": "completed"}
    same: dict[str, Any] = {"condition": Condition.HYPERTENSION}
    await make.make_treatment(session, patient=patient, **ended, **same)
    await make.make_treatment(session, **same)

    answer = await start(desk, patient, order(today))

    assert answer.status_code == 303


async def test_an_old_name_without_a_letter_is_refused_when_it_is_sent_and_still_shown(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    treatment.phases[0].drugs[0].name = "\u200b"
    await session.flush()

    shown = await desk.http.get(f"/staff/treatments/{treatment.id}/edit")
    sent = order(today, from_on=today.isoformat(), **{"phases.0.drugs.0.name": "\u200b"})
    refused = await desk.http.post(f"/staff/treatments/{treatment.id}/edit", data=sent)

    assert (shown.status_code, refused.status_code) == (200, 422)


@pytest.mark.parametrize("blank", ["\u200b\u200b", "·", "\u3164"])
@pytest.mark.parametrize("field", ["name", "phases.0.name", "phases.0.drugs.0.name"])
async def test_a_blank_name_is_no_name(
    blank: str, field: str, desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    refused = await start(desk, patient, order(today, **{field: blank}))

    assert refused.status_code == 422
    assert await count_of(session, patient) == 0
