"""What was felt before a dose, what was said of it, and what staff saw."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.models import Alert
from app.core import clock
from app.core.severity import Severity
from app.medication import rules
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT
from app.medication.models import (
    Dose,
    DoseReport,
    Evidence,
    Expectation,
    Progress,
    Recording,
    SideEffectReport,
    Verdict,
)
from app.medication.problems import CannotReport, DoseNotOpen
from app.medication.queries.described import describe, dose_ref
from app.medication.schemas.doses import StaffReportCreate
from app.medication.service import doses as service
from app.medication.service import recordings
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import Phone, phone_of

pytestmark = pytest.mark.usefixtures("noon")
OBSERVED = {"evidence": Evidence.VIDEO, "verdict": Verdict.OBSERVED}


async def test_no_side_effects_lets_filming_go_on(phone: Phone, dose: Dose) -> None:
    answer = await phone.side_effects(dose)

    assert answer.status_code == 201
    told = answer.json()
    assert (told["severe"], told["advice"], told["filming_allowed"]) == (False, None, True)
    assert (await phone.card(dose))["side_effects_answered"] is True


async def test_mild_side_effects_come_with_advice(phone: Phone, dose: Dose) -> None:
    told = (await phone.side_effects(dose, "nausea")).json()

    assert (told["severe"], told["filming_allowed"]) == (False, True)
    assert "照常服药" in told["advice"]


async def _film_after(phone: Phone, dose: Dose) -> Any:
    """Announce a film that was captured after what happened just now."""
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        return await phone.announce(dose)


async def test_a_film_captured_before_a_severe_answer_is_taken_in(phone: Phone, dose: Dose) -> None:
    """It was taken before anything was felt; the queue of the phone only came later."""
    await phone.side_effects(dose, "yellow_skin")

    assert (await phone.announce(dose)).status_code == 201


async def test_severe_side_effects_stop_the_filming_and_alert(
    phone: Phone, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    told = (await phone.side_effects(dose, "nausea", "yellow_skin")).json()

    assert (told["severe"], told["filming_allowed"]) == (True, False)
    assert (await phone.card(dose))["can_film"] is False
    alert = (await session.scalars(select(Alert).where(Alert.patient_id == patient.id))).one()
    assert (alert.kind, alert.patient_id) == (SEVERE_SIDE_EFFECT.code, patient.id)
    assert (alert.team_id, alert.severity) == (patient.team_id, Severity.SEVERE)
    described = await describe(session, patient.id, [dose_ref(dose.id)])
    assert described[dose_ref(dose.id)].state == "因严重不适停着"


async def test_a_milder_answer_does_not_lift_a_severe_one(phone: Phone, dose: Dose) -> None:
    await phone.side_effects(dose, "breathless")

    told = (await phone.side_effects(dose, key="second-answer")).json()

    assert told["filming_allowed"] is False
    assert (await phone.card(dose))["can_film"] is False


async def test_a_film_captured_after_a_severe_answer_is_news_to_the_doctor(
    phone: Phone, desk: Desk, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    await phone.side_effects(dose, "breathless")
    severe = f"/staff/patients/{patient.id}/severe"
    assert "报告以后还是服了药" not in (await desk.http.get(severe)).text

    filmed = await _film_after(phone, dose)
    film = await session.get_one(Recording, UUID(filmed.json()["recording_id"]))
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        await recordings.arrived(session, film.media_id)

    assert filmed.status_code == 201
    assert "服药视频拍于报告严重不适之后" in (await desk.http.get(severe)).text
    assert "拍于报告严重不适之后" in (await desk.http.get(f"/staff/doses/{dose.id}")).text
    card = await phone.card(dose)
    assert (card["state"], card["can_film"]) == ("processing", False)


async def test_a_film_captured_before_a_severe_answer_is_no_news(
    phone: Phone, desk: Desk, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    filmed = (await phone.announce(dose)).json()
    await phone.side_effects(dose, "breathless")
    film = await session.get_one(Recording, UUID(filmed["recording_id"]))
    await recordings.arrived(session, film.media_id)

    for page in (f"/staff/patients/{patient.id}/severe", f"/staff/doses/{dose.id}"):
        assert "拍于报告严重不适之后" not in (await desk.http.get(page)).text


async def test_side_effects_sent_twice_are_kept_once(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first = await phone.side_effects(dose, "nausea")
    again = await phone.side_effects(dose, "nausea")

    assert (again.status_code, again.json()) == (201, first.json())
    kept = select(func.count()).where(SideEffectReport.patient_id == dose.patient_id)
    assert await session.scalar(kept) == 1


async def test_same_key_other_symptoms_is_refused(phone: Phone, dose: Dose) -> None:
    await phone.side_effects(dose, "nausea")

    answer = await phone.side_effects(dose, "fever")

    assert (answer.status_code, answer.json()["type"]) == (422, "idempotency-mismatch")


async def test_same_key_on_another_dose_is_refused(
    phone: Phone, session: AsyncSession, patient: Patient, dose: Dose
) -> None:
    other = await make.make_dose(session, patient=patient)
    await phone.side_effects(dose)

    assert (await phone.side_effects(other)).json()["type"] == "idempotency-mismatch"


async def test_same_key_of_another_person_is_another_key(
    app: FastAPI, phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    neighbour = await make.make_patient(session)
    theirs = await make.make_dose(session, patient=neighbour)

    assert (await phone.side_effects(dose)).status_code == 201
    assert (await phone_of(app, neighbour).side_effects(theirs)).status_code == 201


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"symptoms": ["headless"]}, "/body/symptoms/0"),
        ({"reported_at": "2026-09-10T12:00:00"}, "/body/reported_at"),  # naive
        ({"note": "长" * 501}, "/body/note"),
        ({"extra": 1}, "/body/extra"),
    ],
)
async def test_wrong_answers_are_named_without_being_echoed(
    body: dict[str, Any], pointer: str, phone: Phone, dose: Dose
) -> None:
    usual: dict[str, Any] = {"symptoms": [], "note": None, "reported_at": clock.now().isoformat()}

    answer = await phone.say(dose, "side-effects", "wrong-answer", **usual | body)

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]
    assert set(answer.json()["errors"][0]) == {"pointer", "message"}


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space", "半角以外的字符"])
async def test_a_key_must_be_a_key(key: str, phone: Phone, dose: Dose) -> None:
    answer = await phone.http.post(
        f"/api/doses/{dose.id}/side-effects",
        json={"symptoms": [], "note": None, "reported_at": clock.now().isoformat()},
        headers={b"Idempotency-Key": key.encode()},
    )

    assert answer.status_code == 422


async def test_a_self_report_is_shown_as_what_it_is(phone: Phone, dose: Dose) -> None:
    answer = await phone.report(dose)

    assert answer.status_code == 201
    card = answer.json()
    assert (card["state"], card["can_film"], card["can_report"]) == ("self_reported", True, True)


async def test_a_dose_said_not_taken_stays_open(phone: Phone, dose: Dose) -> None:
    assert (await phone.report(dose, taken=False)).json()["state"] == "open"


async def test_a_report_after_a_film_is_refused(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    await make.make_recording(session, dose=dose)

    answer = await phone.report(dose)

    assert (answer.status_code, answer.json()["type"]) == (409, "cannot-report")


async def test_a_report_is_taken_for_a_day_after_the_window(app: FastAPI, dose: Dose) -> None:
    for hours, status in ((23, 201), (25, 409)):
        with clock.frozen(dose.closes_at + timedelta(hours=hours)):
            patient_phone = phone_of(app, await _patient_of(app, dose))
            answer = await patient_phone.report(dose, key=f"report-after-{hours}")
        assert answer.status_code == status


async def _patient_of(app: FastAPI, dose: Dose) -> Patient:
    async with app.state.sessions() as session:
        found: Patient = await session.get_one(Patient, dose.patient_id)
        return found


async def test_a_report_sent_twice_is_kept_once(
    phone: Phone, session: AsyncSession, dose: Dose
) -> None:
    first, again = await phone.report(dose), await phone.report(dose)

    assert again.json() == first.json()
    assert await session.scalar(select(func.count()).select_from(DoseReport)) == 1


# -- doses that staff saw ---------------------------------------------------------------------


@pytest.fixture
async def actor(session: AsyncSession) -> StaffActor:
    return actor_of((await make.make_staff(session)).id)


@pytest.mark.parametrize("kind", ["live", "in_person"])
async def test_a_dose_staff_saw_is_its_own_evidence(
    kind: str, phone: Phone, session: AsyncSession, actor: StaffActor, dose: Dose
) -> None:
    entry = StaffReportCreate.model_validate({"kind": kind})

    row = await service.enter_seen_dose(session, actor, dose, entry)
    await session.flush()

    assert (row.kind, row.staff_id, row.taken) == (Evidence(kind), actor.account_id, True)
    card = await phone.card(dose)
    assert (card["state"], card["can_film"]) == (kind, False)


@pytest.mark.parametrize(
    "facts",
    [
        OBSERVED,
        {"evidence": Evidence.VIDEO, "verdict": Verdict.PARTIAL},
        {"evidence": Evidence.VIDEO, "progress": Progress.PENDING_REVIEW},
    ],
)
async def test_staff_cannot_enter_over_a_film(
    facts: dict[str, Any], session: AsyncSession, actor: StaffActor, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient, **facts)

    with pytest.raises(CannotReport):
        await service.enter_seen_dose(session, actor, dose, StaffReportCreate(kind="live"))


async def test_staff_cannot_enter_a_dose_that_has_not_begun(
    session: AsyncSession, actor: StaffActor, patient: Patient
) -> None:
    later = datetime(2026, 9, 11, tzinfo=UTC)
    dose = await make.make_dose(session, patient=patient, opens_at=later)

    with pytest.raises(DoseNotOpen):
        await service.enter_seen_dose(session, actor, dose, StaffReportCreate(kind="live"))


LET_GO = [Expectation.HELD, Expectation.RESCHEDULED, Expectation.CANCELLED]


@pytest.mark.parametrize("expectation", LET_GO)
async def test_staff_enter_what_they_saw_whatever_the_plan_says(
    expectation: Expectation, session: AsyncSession, actor: StaffActor, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient, expectation=expectation)

    await service.enter_seen_dose(session, actor, dose, StaffReportCreate(kind="live"))

    assert rules.state_of(dose, clock.now()) is rules.DoseState.LIVE


@pytest.mark.parametrize("expectation", LET_GO)
async def test_the_patients_word_is_taken_in_whatever_the_plan_says(
    expectation: Expectation, phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient, expectation=expectation)

    assert (await phone.report(dose, taken=True)).status_code == 201

    assert (await phone.card(dose))["state"] == "self_reported"


async def test_a_word_that_comes_too_late_hears_why(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    long_ago = clock.today_in(patient.zone) - timedelta(days=3)
    dose = await make.make_dose(session, patient=patient, due_on=long_ago)

    answer = await phone.report(dose, taken=True)

    assert (answer.status_code, answer.json()["type"]) == (409, "dose-not-open")


@pytest.mark.parametrize("facts", [{}, {"evidence": Evidence.VIDEO, "verdict": Verdict.REJECTED}])
async def test_staff_may_enter_a_miss_or_a_rejected_dose_later(
    facts: dict[str, Any], session: AsyncSession, actor: StaffActor, patient: Patient
) -> None:
    yesterday = clock.today_in(patient.zone) - timedelta(days=1)
    dose = await make.make_dose(session, patient=patient, due_on=yesterday, **facts)

    await service.enter_seen_dose(session, actor, dose, StaffReportCreate(kind="in_person"))

    assert dose.evidence is Evidence.IN_PERSON
