"""Today's doses as cards: which day it is, what may be done, at what cost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.service import consents
from app.core import clock
from app.medication.models import Evidence, Expectation, RecordingState, Slot, Verdict
from app.medication.rules import day_code
from app.patients.consents import PURPOSE
from app.patients.models import Patient
from tests.accounts.factories import make_wechat_account, wechat_client
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.phone import Phone, phone_of

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def patient(session: AsyncSession) -> Patient:
    return await make.make_patient(session)


@pytest.fixture
async def phone(app: FastAPI, patient: Patient) -> AsyncIterator[Phone]:
    made = phone_of(app, patient)
    yield made
    await made.http.aclose()


async def test_an_open_dose_can_be_filmed(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)

    (card,) = await phone.today()

    assert card["dose_id"] == str(dose.id)
    assert (card["state"], card["can_film"], card["can_report"]) == ("open", True, True)
    assert card["drugs"] == [
        {
            "name": "四联抗结核片 HRZE",
            "strength": "H75/R150/Z400/E275 mg",
            "tablets": "3",
        }
    ]
    assert card["opens_at"] == "2026-09-09T20:00:00Z"
    assert card["closes_at"] == "2026-09-10T19:00:00Z"
    assert card["recording"] is None
    assert card["side_effects_answered"] is False


async def test_codes_of_today_and_three_days_ahead_come_with_the_doses(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    on = clock.today_in(patient.zone)
    for days in range(-1, 6):
        due_on = on + timedelta(days=days)
        await make.make_dose(session, patient=patient, treatment=treatment, due_on=due_on)

    told = (await phone.http.get("/api/doses/calendar/2026-09")).json()

    codes = {day["on"]: day["doses"][0]["day_code"] for day in told["days"]}
    assert [day for day, code in codes.items() if code] == [f"2026-09-{10 + n}" for n in range(4)]
    assert codes["2026-09-13"] == day_code(patient.id, on + timedelta(days=3))
    assert len(codes["2026-09-13"]) == 4
    assert [card["day_code"] for card in await phone.today()] == [codes["2026-09-10"]]


@pytest.mark.parametrize(
    ("at", "handed_out"),
    [("2026-09-10T18:59:59+00:00", True), ("2026-09-10T19:00:00+00:00", False)],
)
async def test_a_code_ends_with_its_window(
    at: str, handed_out: bool, app: FastAPI, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)

    with clock.frozen(datetime.fromisoformat(at)):
        card = await phone_of(app, patient).card(dose)

    assert (card["day_code"] is not None) is handed_out


def test_codes_differ_by_day_and_by_patient() -> None:
    day = datetime(2026, 9, 10, tzinfo=UTC).date()
    one, other = make_ids()

    of_days = {day_code(one, day + timedelta(days=n)) for n in range(100)}
    assert len(of_days) > 90
    assert day_code(one, day) == day_code(one, day)
    assert [day_code(one, day + timedelta(days=n)) for n in range(3)] != [
        day_code(other, day + timedelta(days=n)) for n in range(3)
    ]


def make_ids() -> tuple[UUID, UUID]:
    return UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("at", "day"),
    [("2026-09-10T18:59:59+00:00", "2026-09-10"), ("2026-09-10T19:00:00+00:00", "2026-09-11")],
)
async def test_the_day_lasts_until_three_in_the_morning(
    at: str, day: str, app: FastAPI, patient: Patient
) -> None:
    with clock.frozen(datetime.fromisoformat(at)):
        told = (await phone_of(app, patient).http.get("/api/today")).json()

    assert told["on"] == day


async def test_the_day_is_that_of_the_patients_zone(app: FastAPI, session: AsyncSession) -> None:
    far = await make.make_patient(session, zone="Pacific/Apia")
    dose = await make.make_dose(session, patient=far)

    told = (await phone_of(app, far).http.get("/api/today")).json()

    assert told["zone"] == "Pacific/Apia"
    assert told["on"] == "2026-09-10"
    assert told["items"][0]["ref"]["id"] == str(dose.id)


async def test_only_todays_doses_in_the_order_of_the_day(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    for slot in (Slot.BEDTIME, Slot.MORNING, Slot.EVENING):
        await make.make_dose(session, patient=patient, treatment=treatment, slot=slot)
    for days in (-1, 1):
        on = clock.today_in(patient.zone) + timedelta(days=days)
        await make.make_dose(session, patient=patient, treatment=treatment, due_on=on)

    assert [d["slot"] for d in await phone.today()] == ["morning", "evening", "bedtime"]


async def test_nothing_due_is_an_empty_list(phone: Phone) -> None:
    assert await phone.today() == []


async def test_anothers_doses_are_not_shown(phone: Phone, session: AsyncSession) -> None:
    await make.make_dose(session)

    assert await phone.today() == []


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (RecordingState.REQUESTED, "uploading"),
        (RecordingState.UPLOADED, "processing"),
        (RecordingState.PROCESSING, "processing"),
        (RecordingState.READY, "pending_review"),
        (RecordingState.UNUSABLE, "open"),
    ],
)
async def test_card_follows_the_film(
    state: RecordingState, word: str, phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)
    film = await make.make_recording(session, dose=dose, state=state)

    (card,) = await phone.today()

    assert card["state"] == word
    assert card["recording"]["recording_id"] == str(film.id)
    assert card["recording"]["problem"] == ("truncated" if word == "open" else None)
    assert card["can_film"] is (word in {"open", "uploading"})


async def test_a_rejection_shows_why_and_the_still(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)
    film = await make.make_recording(session, dose=dose)
    await make.make_review(session, recording=film, verdict=Verdict.REJECTED, comment="请开灯")

    (card,) = await phone.today()

    assert card["state"] == "rejected"
    assert card["can_film"] is True
    told = card["recording"]
    assert (told["verdict"], told["reason"], told["comment"]) == ("rejected", "too_dark", "请开灯")
    assert film.poster_key in told["still_url"]


async def test_an_accepted_film_needs_no_still(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)
    await make.make_review(session, recording=await make.make_recording(session, dose=dose))

    (card,) = await phone.today()

    assert (card["state"], card["can_film"], card["can_report"]) == ("observed", False, False)
    assert card["recording"]["still_url"] is None


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"evidence": Evidence.IN_PERSON}, "in_person"),
        ({"evidence": Evidence.SELF_REPORT, "self_reported_taken": True}, "self_reported"),
        ({"expectation": Expectation.HELD}, "held"),
        ({"severe_at": datetime(2026, 9, 10, tzinfo=UTC)}, "open"),
    ],
)
async def test_other_states(
    facts: dict[str, Any], word: str, phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    await make.make_dose(session, patient=patient, **facts)

    (card,) = await phone.today()

    assert card["state"] == word
    assert card["can_film"] is (word == "self_reported")
    assert card["severe"] is ("severe_at" in facts)


async def test_an_unbound_phone_is_told_to_bind(app: FastAPI, session: AsyncSession) -> None:
    stranger = await make_wechat_account(session)

    answer = await wechat_client(app, stranger.id).get("/api/today")

    assert (answer.status_code, answer.json()["type"]) == (403, "not-bound")


async def test_a_closed_account_is_as_unbound(app: FastAPI, session: AsyncSession) -> None:
    gone = await make.make_patient(session, closed_at=clock.now())

    answer = await phone_of(app, gone).http.get("/api/today")

    assert answer.json()["type"] == "not-bound"


async def test_withdrawn_health_consent_shows_nothing(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    assert patient.wechat_account_id is not None
    await consents.withdraw(session, patient.wechat_account_id, PURPOSE)

    answer = await phone.http.get("/api/today")

    assert (answer.status_code, answer.json()["type"]) == (403, "consent-required")
    assert answer.json()["purpose"] == "health_record"


@pytest.mark.parametrize("treatments", [1, 12])
async def test_cost_does_not_grow_with_the_list(
    treatments: int,
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    connection: AsyncConnection,
) -> None:
    for _ in range(treatments):
        treatment = await make.make_treatment(session, patient=patient)
        dose = await make.make_dose(session, patient=patient, treatment=treatment)
        await make.make_review(session, recording=await make.make_recording(session, dose=dose))

    with counted(connection) as statements:
        cards = await phone.today()

    assert len(cards) == treatments
    assert len(statements) == 2
