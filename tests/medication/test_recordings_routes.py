"""A film's way in over HTTP: announced, sent to the real storage, confirmed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.service import consents
from app.core import clock
from app.core.ids import uuid7
from app.core.refs import Ref
from app.media.models import MediaObject, MediaState
from app.medication import rules
from app.medication.consents import PURPOSE
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Progress,
    Recording,
    RecordingState,
    Verdict,
)
from app.patients.models import Patient
from tests.bystanders import BYSTANDER_ID
from tests.counting import counted
from tests.medication import factories as make
from tests.medication.phone import Phone, phone_of, post_film

pytestmark = pytest.mark.usefixtures("noon")
FILM = b"no film, but the storage does not look inside"


async def recordings(session: AsyncSession) -> list[Recording]:
    found = await session.scalars(
        select(Recording)
        .where(Recording.patient_id != BYSTANDER_ID)
        .order_by(Recording.id)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def jobs(session: AsyncSession, name: str) -> int:
    counting = text("select count(*) from procrastinate_jobs where task_name = :name")
    return int((await session.execute(counting, {"name": name})).scalar_one())


async def test_announcing_answers_a_ticket_for_one_film(
    phone: Phone, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    answer = await phone.announce(dose)

    assert answer.status_code == 201
    told = answer.json()
    assert told["state"] == "requested"
    assert told["upload"]["fields"]["Content-Type"] == "video/mp4"
    assert str(patient.id) not in told["upload"]["fields"]["key"]
    assert (await phone.card(dose))["state"] == "uploading"
    (film,) = await recordings(session)
    assert (film.patient_id, film.team_id, film.dose_id) == (patient.id, patient.team_id, dose.id)


async def test_same_key_again_is_the_same_film_with_a_fresh_ticket(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first = (await phone.announce(dose)).json()
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        answer = await phone.http.post(
            f"/api/doses/{dose.id}/recordings",
            json=phone.film(dose, captured_at=_ago(11), opened_at=_ago(12)),
            headers={"Idempotency-Key": "one-film-one-key"},
        )
    again = answer.json()

    assert again["recording_id"] == first["recording_id"]
    assert again["upload"]["fields"]["key"] == first["upload"]["fields"]["key"]
    assert again["upload"]["expires_at"] > first["upload"]["expires_at"]
    assert len(await recordings(session)) == 1


def _ago(minutes: int) -> str:
    return (clock.now() - timedelta(minutes=minutes)).isoformat()


async def test_same_key_other_film_is_refused(phone: Phone, dose: Dose) -> None:
    await phone.announce(dose)

    answer = await phone.announce(dose, size=5)

    assert (answer.status_code, answer.json()["type"]) == (422, "idempotency-mismatch")


async def test_filming_again_before_any_byte_keeps_the_first_on_its_way(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    await phone.announce(dose, key="first-film")
    answer = await phone.announce(dose, key="second-film")

    assert answer.status_code == 201
    first, second = await recordings(session)
    assert (first.state, second.state) == (RecordingState.REQUESTED, RecordingState.REQUESTED)
    assert (await phone.card(dose))["recording"]["recording_id"] == str(second.id)


async def test_object_of_a_film_names_the_film_as_its_owner(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    recording_id = (await phone.announce(dose)).json()["recording_id"]

    (film,) = await recordings(session)
    media = await session.get_one(MediaObject, film.media_id)
    assert media.owner == Ref("medication", "recording", UUID(recording_id))
    assert (media.purpose, media.family, media.patient_id) == (
        "medication.film", "film", dose.patient_id
    )  # fmt: skip
    assert media.key.startswith("films/")


async def test_the_whole_way_in(phone: Phone, session: AsyncSession, dose: Dose) -> None:
    recording_id = await phone.send(dose, FILM)

    (film,) = await recordings(session)
    assert (film.id, film.state) == (recording_id, RecordingState.UPLOADED)
    assert film.uploaded_at == clock.now()
    assert film.sent_at == clock.now()
    media = await session.get_one(MediaObject, film.media_id, populate_existing=True)
    assert (media.state, media.size) == (MediaState.STORED, len(FILM))
    assert (await phone.card(dose))["state"] == "processing"
    assert await jobs(session, "medication.film_arrived") == 1


async def test_confirming_without_the_bytes_is_not_believed(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    announced = (await phone.announce(dose)).json()

    answer = await phone.confirm(announced["recording_id"])

    assert (answer.status_code, answer.json()["type"]) == (409, "upload-not-found")
    assert (await recordings(session))[0].state is RecordingState.REQUESTED
    assert await jobs(session, "medication.film_arrived") == 0


async def test_confirming_twice_is_once(phone: Phone, session: AsyncSession, dose: Dose) -> None:
    recording_id = await phone.send(dose, FILM)

    again = await phone.confirm(recording_id)

    assert (again.status_code, again.json()["state"]) == (200, "uploaded")
    assert await jobs(session, "medication.film_arrived") == 1


async def test_after_confirmation_the_same_key_needs_no_upload(phone: Phone, dose: Dose) -> None:
    await phone.send(dose, FILM)

    answer = await phone.announce(dose, size=len(FILM))

    assert (answer.status_code, answer.json()["upload"]) == (201, None)
    assert answer.json()["state"] == "uploaded"


async def test_anothers_film_cannot_be_confirmed(
    app: FastAPI, phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    recording_id = await phone.send(dose, FILM)
    stranger = phone_of(app, await make.make_patient(session))

    for answer in (await stranger.confirm(recording_id), await phone.confirm(uuid7())):
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"size": 200_000_000}, "film-too-large"),
        ({"size": 50_000_001}, "film-too-large"),
        ({"duration_ms": 180_001}, "film-too-long"),
        ({"content_type": "text/html"}, "film-type-unknown"),
        ({"content_type": "video/mp4; codecs=avc1"}, "film-type-unknown"),
        ({"day_code": "12345"}, "invalid"),
        ({"size": -1}, "invalid"),
        ({"captured_at": "2026-09-10T12:00:00"}, "invalid"),
    ],
)
async def test_a_film_that_cannot_be_is_refused_before_it_is_sent(
    said: dict[str, Any], problem: str, phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    answer = await phone.announce(dose, **said)

    assert (answer.status_code, answer.json()["type"]) == (422, problem)
    assert await recordings(session) == []
    assert (await phone.card(dose))["can_film"] is True


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"evidence": Evidence.VIDEO, "verdict": Verdict.OBSERVED}, "dose-not-open"),
        ({"evidence": Evidence.VIDEO, "verdict": Verdict.PARTIAL}, "dose-not-open"),
        ({"evidence": Evidence.IN_PERSON}, "dose-not-open"),
        ({"evidence": Evidence.VIDEO, "progress": Progress.PROCESSING}, "film-already-sent"),
        ({"evidence": Evidence.VIDEO, "progress": Progress.PENDING_REVIEW}, "film-already-sent"),
    ],
)
async def test_a_dose_that_is_settled_takes_no_film(
    facts: dict[str, Any], problem: str, phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient, **facts)

    answer = await phone.announce(dose)

    assert (answer.status_code, answer.json()["type"]) == (409, problem)


@pytest.mark.parametrize("expectation", Expectation)
async def test_a_film_of_its_window_is_taken_in_whatever_the_plan_says(
    expectation: Expectation, phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    """It may have been captured before the dose was held, moved or cancelled."""
    dose = await make.make_dose(session, patient=patient, expectation=expectation)

    assert (await phone.announce(dose)).status_code == 201

    await session.refresh(dose)
    assert rules.state_of(dose, clock.now()) is rules.DoseState.UPLOADING


@pytest.mark.parametrize(
    ("captured_h", "sent_h", "status"),
    [
        (-10, -9, 201),  # hours from the close of the window
        (-1, 71, 201),  # filmed in time, no signal for three days
        (-1, 72.1, 409),
        (1, 2, 409),  # filmed too late
        (-24, -10, 409),  # filmed before the window opened
        (0.1, 1, 201),  # the phone's clock is a little off
    ],
)
async def test_what_counts_is_when_it_was_filmed(
    captured_h: float, sent_h: float, status: int, app: FastAPI, patient: Patient, dose: Dose
) -> None:
    captured_at = dose.closes_at + timedelta(hours=captured_h)

    with clock.frozen(dose.closes_at + timedelta(hours=sent_h)):
        opened = rules.dose_day(captured_at - timedelta(hours=1), patient.zone)
        code = rules.day_code(patient.id, opened)
        answer = await phone_of(app, patient).announce(
            dose, captured_at=captured_at.isoformat(), day_code=code
        )

    assert answer.status_code == status
    assert status == 201 or answer.json()["type"] == "dose-not-open"


async def test_withdrawn_film_consent_stops_films_and_nothing_else(
    phone: Phone, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    announced = (await phone.announce(dose)).json()
    await post_film(announced["upload"], FILM)
    assert patient.wechat_account_id is not None
    await consents.withdraw(session, patient.wechat_account_id, PURPOSE)

    answer = await phone.announce(dose, key="another-film")

    assert (answer.status_code, answer.json()["type"]) == (403, "consent-required")
    assert answer.json()["purpose"] == "video_observation"
    assert (await phone.http.get("/api/today")).status_code == 200
    assert (await phone.confirm(announced["recording_id"])).json()["type"] == "film-not-taken"


# -- what the storage itself refuses ----------------------------------------------------------


async def _ticket(phone: Phone, dose: Dose, size: int = 100) -> dict[str, Any]:
    upload: dict[str, Any] = (await phone.announce(dose, size=size)).json()["upload"]
    return upload


async def test_storage_refuses_more_bytes_than_allowed(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    """The phone announces 100 kB and sends 50 MB and a byte: the storage refuses it."""
    upload = await _ticket(phone, dose)

    async with httpx.AsyncClient(timeout=60) as http:
        huge = b"\0" * 50_000_001
        answer = await http.post(upload["url"], data=upload["fields"], files={"file": huge})

    assert answer.status_code in {400, 403}
    assert b"EntityTooLarge" in answer.content
    film = (await recordings(session))[0]
    assert (await phone.confirm(film.id)).json()["type"] == "upload-not-found"


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "films/another-place/source"},
        {"Content-Type": "text/html"},
        {"success_action_status": "200"},
        {"x-amz-signature": "0" * 64},
    ],
)
async def test_storage_refuses_what_was_not_signed(
    changed: dict[str, str], phone: Phone, dose: Dose
) -> None:
    answer = await post_film(await _ticket(phone, dose), FILM, **changed)

    assert answer.status_code == 403


async def test_storage_refuses_an_empty_file(phone: Phone, dose: Dose) -> None:
    answer = await post_film(await _ticket(phone, dose), b"")

    assert answer.status_code in {400, 403}


async def test_films_are_not_public(phone: Phone, dose: Dose) -> None:
    upload = await _ticket(phone, dose)
    await post_film(upload, FILM)

    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{upload['url'].rstrip('/')}/{upload['fields']['key']}")

    assert answer.status_code == 403


# -- what it costs ----------------------------------------------------------------------------


async def test_announcing_and_confirming_cost_few_statements(
    phone: Phone, dose: Dose, connection: AsyncConnection
) -> None:
    with counted(connection) as announcing:
        announced = (await phone.announce(dose)).json()
    await post_film(announced["upload"], FILM)
    with counted(connection) as confirming:
        assert (await phone.confirm(announced["recording_id"])).status_code == 200

    assert len(announcing) <= 6, announcing
    assert len(confirming) <= 6, confirming


async def test_media_rows_are_one_a_film(phone: Phone, session: AsyncSession, dose: Dose) -> None:
    for _ in range(3):
        await phone.announce(dose)

    films = select(func.count()).where(MediaObject.patient_id == dose.patient_id)
    assert await session.scalar(films) == 1
