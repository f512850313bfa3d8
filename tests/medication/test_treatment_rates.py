"""Rates of each treatment by itself: none hides another, old courses and no films are no 0 %."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.medication import rules
from app.medication.models import Dose, Evidence, Outcome, RecordingState, Treatment, Verdict
from app.patients.models import Condition, Patient
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")
OBSERVED = {"evidence": Evidence.VIDEO, "verdict": Verdict.OBSERVED}
SAID = {"self_reported_taken": True}
NO_FILMS = "没有要求拍，也没有收到视频"


def today_of(patient: Patient) -> date:
    return rules.dose_day(clock.now(), patient.zone)


async def course(
    session: AsyncSession, patient: Patient, days: int, doses: dict[str, Any], **columns: Any
) -> list[Dose]:
    treatment = await make.make_treatment(session, patient=patient, **columns)
    return await make.make_doses(session, patient=patient, treatment=treatment, days=days, **doses)


async def pills(session: AsyncSession, patient: Patient, days: int = 10) -> list[Dose]:
    hypertension = {"condition": Condition.HYPERTENSION, "name": "降压药"}
    return await course(session, patient, days, SAID, **hypertension)


async def old_course(session: AsyncSession, patient: Patient, ended_ago: int) -> Treatment:
    """Ten days of which nothing came, ended so many days ago."""
    last = today_of(patient) - timedelta(days=ended_ago)
    treatment = await make.make_treatment(
        session, patient=patient, name="旧方案", starts_on=last - timedelta(days=9), days=10,
        stopped_on=last, outcome=Outcome.LOST,
    )  # fmt: skip
    for ago in range(10):
        day = last - timedelta(days=ago)
        await make.make_dose(session, patient=patient, treatment=treatment, due_on=day)
    return treatment


async def adherence(phone: Phone) -> dict[str, Any]:
    told = (await phone.http.get("/api/doses/adherence")).json()
    assert set(told) == {"treatments"}
    return {line["name"]: line for line in told["treatments"]}


async def test_each_treatment_has_rates_of_its_own(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    await course(session, patient, 10, {}, name="抗结核方案")
    await pills(session, patient)

    told = await adherence(phone)

    assert {name: line["rates"]["reported_rate"] for name, line in told.items()} == {
        "抗结核方案": 0.0,
        "降压药": 1.0,
    }
    assert told["降压药"]["condition"] == "hypertension"


async def test_an_old_course_is_never_added_to_the_running_one(
    phone: Phone, desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    await old_course(session, patient, 400)
    await course(session, patient, 10, OBSERVED, name="第二次")

    told = await adherence(phone)
    page = (await desk.http.get(f"/staff/patients/{patient.id}/medication")).text

    now, old = told["第二次"], told["旧方案"]
    assert (now["running"], now["rates"]["closed"], now["rates"]["observed_rate"]) == (True, 10, 1)
    assert (old["running"], old["rates"]["closed"], old["rates"]["observed_rate"]) == (False, 10, 0)
    assert old["last_30_days"]["closed"] == 0
    assert (now["completed"], old["completed"]) == (False, False)
    head, before = page.split("以前的治疗（1）")
    assert "100.0%" in head.split("服药率")[-1]
    assert "旧方案" not in head.split("服药率")[-1]
    assert "旧方案" in before


@pytest.mark.parametrize(("last", "running"), [(-1, False), (0, True), (3, True)])
async def test_a_treatment_runs_until_its_last_day_is_over(
    last: int, running: bool, phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    stopped_on = today_of(patient) + timedelta(days=last)
    end = {"stopped_on": stopped_on, "outcome": Outcome.COMPLETED}
    await course(session, patient, 5, OBSERVED, name="抗结核方案", **end)

    told = (await adherence(phone))["抗结核方案"]
    assert (told["running"], told["completed"]) == (running, True)


async def test_who_does_not_film_has_no_rate_of_films(
    phone: Phone, desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    await pills(session, patient)

    rates = (await adherence(phone))["降压药"]["rates"]
    page = (await desk.http.get(f"/staff/patients/{patient.id}")).text

    assert rates["by_film"] is False
    assert rates["observed_rate"] is rates["observed_rate_max"] is rates["unreviewed_rate"] is None
    assert (rates["verified_rate"], rates["reported_rate"]) == (0.0, 1.0)
    assert NO_FILMS in page
    assert "<b>看到服药</b>" not in page


async def test_tuberculosis_is_to_be_filmed_and_not_filming_is_nought(
    phone: Phone, desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    await course(session, patient, 10, SAID, name="抗结核方案")

    rates = (await adherence(phone))["抗结核方案"]["rates"]
    page = (await desk.http.get(f"/staff/patients/{patient.id}")).text

    assert (rates["by_film"], rates["observed_rate"]) == (True, 0.0)
    assert "<b>看到服药</b>" in page
    assert NO_FILMS not in page


async def test_one_film_in_the_time_shown_makes_films_count(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    doses = await pills(session, patient, 40)
    film = await make.make_recording(session, dose=doses[0], state=RecordingState.UNUSABLE)

    told = (await adherence(phone))["降压药"]

    assert film.dose_id == doses[0].id
    assert (told["rates"]["by_film"], told["rates"]["observed_rate"]) == (True, 0.0)
    assert (told["last_30_days"]["by_film"], told["last_30_days"]["observed_rate"]) == (False, None)


async def test_the_month_names_a_course_that_ended_in_it_and_no_older_one(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    """Today is the tenth of September."""
    await old_course(session, patient, 3)
    await course(session, patient, 2, OBSERVED, name="第二次")

    months = {}
    for month in ("2026-09", "2026-08", "2026-07"):
        told = (await phone.http.get(f"/api/doses/calendar/{month}")).json()
        months[month] = {t["name"]: t["rates"]["closed"] for t in told["treatments"]}

    assert months["2026-09"] == {"第二次": 2, "旧方案": 7}
    assert months["2026-08"] == {"第二次": 0, "旧方案": 3}
    assert months["2026-07"] == {"第二次": 0}


async def test_other_patients_treatments_are_not_told(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    await pills(session, patient)
    await course(session, await make.make_patient(session), 10, OBSERVED, name="别人的")

    assert set(await adherence(phone)) == {"降压药"}
