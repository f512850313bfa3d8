"""Calendar, rates, one dose."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core import clock
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    RecordingState,
    Verdict,
)
from app.patients.models import Patient
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")
OBSERVED = {"evidence": Evidence.VIDEO, "verdict": Verdict.OBSERVED}


async def _month(
    session: AsyncSession, patient: Patient, days: int = 9, **facts: Any
) -> list[Dose]:
    treatment = await make.make_treatment(session, patient=patient)
    return await make.make_doses(session, patient=patient, treatment=treatment, days=days, **facts)


async def test_symptoms_are_public(phone: Phone) -> None:
    del phone.http.headers["authorization"]

    told = (await phone.http.get("/api/doses/symptoms")).json()

    assert len(told) == 15
    assert {"code", "label", "severe", "advice", "asked_of", "stops"} == set(told[0])
    asked = {one["code"]: one["asked_of"] for one in told}
    assert asked["red_urine"] == ["tuberculosis"]
    assert asked["breathless"] == ["diabetes", "hypertension", "tuberculosis"]
    assert all(set(one["stops"]) <= set(one["asked_of"]) for one in told)


async def test_calendar_tells_each_day_and_the_rates_of_its_month(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    doses = await _month(session, patient)  # 1–9 September
    doses[0].evidence, doses[0].verdict = Evidence.VIDEO, Verdict.OBSERVED
    doses[1].evidence = Evidence.IN_PERSON
    doses[2].expectation = Expectation.HELD
    await make.make_recording(session, dose=doses[3])
    await make.make_dose(session, patient=patient, due_on=date(2026, 8, 31))
    await session.flush()

    told = (await phone.http.get("/api/doses/calendar/2026-09")).json()

    states = {day["on"]: [d["state"] for d in day["doses"]] for day in told["days"]}
    assert states == {
        "2026-09-01": ["observed"],
        "2026-09-02": ["in_person"],
        "2026-09-03": ["held"],
        "2026-09-04": ["pending_review"],
        **{f"2026-09-{n:02d}": ["missed"] for n in range(5, 10)},
    }
    rates = {line["treatment_id"]: line["rates"] for line in told["treatments"]}
    assert rates.pop(str(doses[0].treatment_id)) == {
        "closed": 8, "observed": 1, "verified": 2, "reported": 2, "unreviewed": 1, "by_film": True,
        "observed_rate": 0.125, "verified_rate": 0.25, "reported_rate": 0.25,
        "unreviewed_rate": 0.125, "observed_rate_max": 0.25,
    }  # fmt: skip
    assert [of["closed"] for of in rates.values()] == [0]  # the dose of August


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "26-09", "2026-9", "1999-01", "x"])
async def test_no_such_month(month: str, phone: Phone) -> None:
    answer = await phone.http.get(f"/api/doses/calendar/{month}")

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")


@pytest.mark.parametrize(("month", "days"), [("2026-09", 9), ("2028-02", 29), ("2026-12", 31)])
async def test_a_month_has_all_its_days(
    month: str, days: int, phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    for n in range(1, days + 1):
        on = date.fromisoformat(f"{month}-{n:02d}")
        await make.make_dose(session, patient=patient, treatment=treatment, due_on=on)

    told = (await phone.http.get(f"/api/doses/calendar/{month}")).json()

    assert len(told["days"]) == days


@pytest.mark.parametrize("days", [2, 9])
async def test_calendar_costs_the_same_whatever_its_length(
    days: int, phone: Phone, session: AsyncSession, patient: Patient, connection: AsyncConnection
) -> None:
    for dose in await _month(session, patient, days):
        await make.make_review(session, recording=await make.make_recording(session, dose=dose))

    with counted(connection) as statements:
        told = (await phone.http.get("/api/doses/calendar/2026-09")).json()

    assert len(told["days"]) == days
    assert len(statements) == 3


async def test_adherence_of_the_course_and_of_the_last_thirty_days(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    await _month(session, patient, 40, **OBSERVED)

    (told,) = (await phone.http.get("/api/doses/adherence")).json()["treatments"]

    assert told["rates"]["closed"] == 40
    assert told["last_30_days"]["closed"] == 30
    assert told["rates"]["observed_rate"] == 1.0


async def test_adherence_before_anything_closed_is_no_number(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    await make.make_treatment(session, patient=patient)

    (told,) = (await phone.http.get("/api/doses/adherence")).json()["treatments"]

    assert told["rates"]["closed"] == 0
    assert told["rates"]["observed_rate"] is None


async def test_one_dose_with_its_films_verdicts_and_reports(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first = await make.make_recording(session, dose=dose)
    reviewer = await make.make_staff(session, name="孙医生")
    await make.make_review(
        session, recording=first, reviewer=reviewer, verdict=Verdict.REJECTED, comment="太暗"
    )
    await make.make_recording(session, dose=dose, state=RecordingState.UNUSABLE)
    await make.make_recording(session, dose=dose, state=RecordingState.ABANDONED)
    await phone.report(dose)

    card = await phone.card(dose)

    assert [r["state"] for r in card["recordings"]] == ["unusable", "ready"]
    told = card["recordings"][1]
    assert told["delete_on"] == "2026-12-09"
    assert told["deleted"] is False
    assert told["reviews"] == [
        {
            "verdict": "rejected",
            "reason": "too_dark",
            "comment": "太暗",
            "decided_at": "2026-09-10T04:00:00Z",
            "reviewer_name": "孙医生",
        }
    ]
    assert told["still_url"]
    reported = [(r["kind"], r["taken"], r["reason"]) for r in card["reports"]]
    assert reported == [("self_report", True, "no_signal")]


async def test_day_of_deletion_is_that_of_the_patients_zone(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    with clock.frozen(datetime(2026, 9, 10, 17, tzinfo=UTC)):  # 01:00 of the 11th
        film = await make.make_recording(session, dose=dose)
        await make.make_review(session, recording=film)

    assert (await phone.card(dose))["recordings"][0]["delete_on"] == "2026-12-10"


async def test_a_second_reading_is_not_shown_to_the_patient(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose)
    await make.make_review(session, recording=film)
    await make.make_review(session, recording=film, reading="second", verdict=Verdict.REJECTED)

    card = await phone.card(dose)

    assert [r["verdict"] for r in card["recordings"][0]["reviews"]] == ["observed"]
    assert card["state"] == "observed"


async def test_anothers_dose_is_not_found(phone: Phone, session: AsyncSession) -> None:
    foreign = await make.make_dose(session)

    for answer in (
        await phone.http.get(f"/api/doses/{foreign.id}"),
        await phone.side_effects(foreign),
        await phone.report(foreign),
        await phone.announce(foreign),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
