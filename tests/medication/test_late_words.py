"""What comes too early, too late or too often hears which; a word said in time is in time."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.medication.models import Dose, DoseReport, Evidence
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.phone import Phone, phone_of

pytestmark = pytest.mark.usefixtures("noon")


@pytest.mark.parametrize(
    ("captured_h", "sent_h", "reason"),
    [  # hours from the close; the window opened 23 hours before it
        (-23.1, -23.1, None),  # by a clock that is off
        (-23.3, -22, None),  # it came within the window: the clock is off, the code shows the day
        (-23.3, -23.3, "not-yet"),
        (0.1, 1, None),
        (0.3, 1, "too-late"),
        (-1, 72.1, "too-late"),
    ],
)
async def test_a_film_that_is_refused_hears_why(
    captured_h: float, sent_h: float, reason: str | None, app: FastAPI, patient: Patient, dose: Dose
) -> None:
    at = (dose.closes_at + timedelta(hours=captured_h)).isoformat()
    with clock.frozen(dose.closes_at + timedelta(hours=sent_h)):
        answer = await phone_of(app, patient).announce(dose, captured_at=at, opened_at=at)

    assert answer.status_code == (201 if reason is None else 409)
    assert answer.json().get("reason") == reason


async def test_a_film_of_a_dose_that_staff_saw_hears_that_it_is_settled(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient, evidence=Evidence.IN_PERSON)

    answer = await phone.announce(dose)

    told = answer.json()
    assert (answer.status_code, told["type"], told["reason"]) == (409, "dose-not-open", "settled")


async def test_three_reasons_are_three_sentences(
    app: FastAPI, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    seen = await make.make_dose(session, patient=patient, evidence=Evidence.LIVE)
    titles = {(await phone_of(app, patient).announce(seen)).json()["title"]}
    for hours in (-30, 80):
        with clock.frozen(dose.closes_at + timedelta(hours=hours)):
            titles.add((await phone_of(app, patient).report(dose)).json()["title"])

    assert len(titles) == 3


@pytest.mark.parametrize(
    ("said_h", "sent_h", "status"),
    [  # hours from the close
        (-2, 30, 201),  # said in the window, no signal for a day and more
        (23, 71, 201),
        (None, 23, 201),
        (None, 30, 409),
        (-2, 73, 409),  # too long on its way
        (25, 30, 409),  # said too late
        (-24, 30, 409),  # said before the window
        (31, 30, 409),  # a time that is still to come is not believed
        (31, 23, 201),  # and the word is taken as said now
        (-900, 23, 201),
    ],
)
async def test_a_word_counts_when_it_was_said(
    said_h: float | None, sent_h: float, status: int, app: FastAPI, session: AsyncSession,
    patient: Patient, dose: Dose,
) -> None:  # fmt: skip
    said = None if said_h is None else dose.closes_at + timedelta(hours=said_h)
    body = {"taken": True, "reason": "no_signal", "note": None}
    with clock.frozen(dose.closes_at + timedelta(hours=sent_h)):
        answer = await phone_of(app, patient).say(
            dose, "reports", "a-word-said", **body, said_at=said and said.isoformat()
        )

    assert answer.status_code == status
    if status == 409:
        assert answer.json()["type"] == "dose-not-open"
        assert answer.json()["reason"] == "too-late"
        return
    kept = (await session.scalars(select(DoseReport).where(DoseReport.dose_id == dose.id))).one()
    believed = said is not None and said_h in {-2, 23}
    assert (kept.said_at == said) is believed or kept.said_at is None
