"""Phones whose clocks are wrong: by that alone no film, word or answer is lost."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.settings import Settings
from app.medication.models import Dose, DoseReport, Recording, RecordingFlag, SideEffectReport
from app.medication.rules import day_code
from app.medication.service import recordings
from app.patients.models import Patient
from tests.medication.desk import Desk
from tests.medication.films import PROCESSED
from tests.medication.phone import Phone, phone_of

pytestmark = pytest.mark.usefixtures("noon")
DAY = timedelta(days=1)
FILM = b"no film, but the storage does not look inside"


def said(**off: float) -> str:
    """Tell the time of a phone whose clock is so far ahead."""
    return (clock.now() + timedelta(**off)).isoformat()


async def film_of(session: AsyncSession, dose: Dose) -> Recording:
    found = select(Recording).where(Recording.dose_id == dose.id)
    return (await session.scalars(found.execution_options(populate_existing=True))).one()


@pytest.mark.parametrize("ahead", [{"minutes": 11}, {"hours": 8}, {"days": 2}, {"days": 400}])
async def test_a_film_of_a_phone_that_runs_ahead_was_captured_by_now_at_the_latest(
    ahead: dict[str, float], phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    wrong = {"captured_at": said(**ahead), "opened_at": said(**ahead)}

    answer = await phone.announce(dose, **wrong)

    assert answer.status_code == 201, answer.text
    film = await film_of(session, dose)
    assert (film.captured_at, film.opened_at) == (clock.now(), clock.now())
    assert film.flags == [RecordingFlag.CLOCK_OFF]


async def test_a_little_ahead_is_not_worth_a_flag(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    assert (await phone.announce(dose, captured_at=said(minutes=9))).status_code == 201

    film = await film_of(session, dose)
    assert (film.captured_at, film.flags) == (clock.now(), [])


async def test_the_doctor_reads_that_the_clock_was_wrong(
    phone: Phone, desk: Desk, session: AsyncSession, settings: Settings, dose: Dose
) -> None:
    announced = (await phone.announce(dose, captured_at=said(hours=5))).json()
    film = await film_of(session, dose)
    await recordings.arrived(session, film.media_id)
    await recordings.begin_processing(session, film.media_id)
    await session.flush()
    await recordings.finish_processing(session, settings, film.id, PROCESSED)

    page = (await desk.http.get(f"/staff/doses/{dose.id}")).text

    assert f"film-{announced['recording_id']}" in page
    assert "手机时间不准" in page


@pytest.mark.parametrize("off", [{"days": -2}, {"days": -1}, {"hours": -20}])
async def test_the_code_of_the_day_proves_the_day_of_a_phone_that_is_slow(
    off: dict[str, float], phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    answer = await phone.announce(dose, captured_at=said(**off), opened_at=said(**off))

    assert answer.status_code == 201, answer.text
    film = await film_of(session, dose)
    assert film.captured_at == dose.opens_at
    assert film.flags == [RecordingFlag.CLOCK_OFF]


async def test_another_days_code_proves_nothing(phone: Phone, dose: Dose) -> None:
    code = day_code(phone.patient.id, dose.due_on - DAY)

    slow = await phone.announce(dose, captured_at=said(days=-1), day_code=code)

    assert (slow.status_code, slow.json()["reason"]) == (409, "not-yet")


async def test_a_film_with_the_code_that_is_sent_after_the_window_lies_inside_it(
    app: FastAPI, patient: Patient, session: AsyncSession, dose: Dose
) -> None:
    """Filmed offline by a phone that is two days ahead; four days later it is too late."""
    with clock.frozen(dose.closes_at + timedelta(hours=6)):
        phone = phone_of(app, patient)
        code = day_code(phone.patient.id, dose.due_on - DAY)
        other = await phone.announce(dose, captured_at=said(days=2), day_code=code)
        assert (other.status_code, other.json()["reason"]) == (409, "too-late")
        assert (await phone.announce(dose, captured_at=said(days=2))).status_code == 201

    assert (await film_of(session, dose)).captured_at == dose.closes_at
    with clock.frozen(dose.closes_at + timedelta(hours=73)):
        phone = phone_of(app, patient)
        late = await phone.announce(dose, key="another-film-key", captured_at=said(days=2))
    assert (late.status_code, late.json()["reason"]) == (409, "too-late")


async def test_the_code_takes_in_nothing_that_was_filmed_after_the_window(
    app: FastAPI, patient: Patient, dose: Dose
) -> None:
    with clock.frozen(dose.closes_at + timedelta(hours=6)):
        late = await phone_of(app, patient).announce(dose, captured_at=said(hours=-5))

    assert (late.status_code, late.json()["reason"]) == (409, "too-late")


async def test_a_confirmation_of_a_phone_that_runs_ahead_is_taken(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    await phone.send(dose, FILM)
    film = await film_of(session, dose)

    again = await phone.http.post(
        f"/api/recordings/{film.id}/uploaded", json={"sent_at": said(days=2)}
    )

    assert (again.status_code, film.sent_at) == (200, clock.now())


async def test_a_word_of_a_phone_that_runs_ahead_is_said_when_it_arrives(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    word = await phone.say(
        dose, "reports", "word-of-the-future", taken=True, reason="no_signal", note=None,
        said_at=said(hours=7),
    )  # fmt: skip

    assert word.status_code == 201, word.text
    kept = (await session.scalars(select(DoseReport).where(DoseReport.dose_id == dose.id))).one()
    assert kept.said_at is None
    assert (await phone.card(dose))["state"] == "self_reported"


async def test_a_severe_answer_of_a_phone_that_runs_ahead_is_not_of_the_future(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    told = await phone.say(
        dose, "side-effects", "felt-in-the-future", symptoms=["yellow_skin"], note=None,
        reported_at=said(hours=20),
    )  # fmt: skip

    assert (told.status_code, told.json()["severe"]) == (201, True)
    answers = select(SideEffectReport).where(SideEffectReport.dose_id == dose.id)
    assert (await session.scalars(answers)).one().reported_at == clock.now()
