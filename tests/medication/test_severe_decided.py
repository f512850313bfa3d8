"""A clinician decides what goes on of what a severe symptom stopped."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent
from app.alerts.models import Alert, AlertState, ClosedWhy
from app.core import clock
from app.institutions.models import Team, Title
from app.medication.audit import CHANGE_TREATMENT
from app.medication.models import (
    DoseHold,
    Outcome,
    Treatment,
    TreatmentChange,
)
from app.medication.problems import PlanInPast, StopUndecided
from app.medication.queries.treatments import get_plan
from app.medication.schemas.treatments import HoldCreate, StopCorrection, TreatmentStop
from app.medication.service import changes, layouts
from app.notifications.models import Notice
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import LogIn
from tests.medication.phone import Phone
from tests.medication.plans import TODAY, ZONE, day
from tests.medication.stopped import (
    alert_of,
    days_of,
    decide_severe,
    dose_on,
    evening_of,
    felt,
    words_of,
)

pytestmark = pytest.mark.usefixtures("noon")


async def _form(browser: httpx.AsyncClient, patient: Patient, **fields: Any) -> httpx.Response:
    return await browser.post(f"/staff/patients/{patient.id}/severe", data=fields)


async def _sent(
    browser: httpx.AsyncClient, patient: Patient, acts: dict[Treatment, date | None], **more: str
) -> httpx.Response:
    """Fill in what the page shows at this moment, and send it."""
    page = (await browser.get(f"/staff/patients/{patient.id}/severe")).text
    seen = page.partition('name="seen" value="')[2][:36]
    fields: dict[str, Any] = {"key": "decision-key", "note": "已打电话 症状消失", "seen": seen}
    for treatment, until in acts.items():
        fields[f"act.{treatment.id}"] = "hold" if until else "go_on"
        fields[f"until.{treatment.id}"] = until.isoformat() if until else ""
    return await _form(browser, patient, **fields | more)


async def test_what_may_go_on_is_due_again_and_the_alert_has_ended(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, pressure: Treatment,
    log_in: LogIn,
) -> None:  # fmt: skip
    await phone.side_effects(await dose_on(session, tb, -1), "breathless")
    doctor = await log_in(Title.FAMILY_DOCTOR)

    answer = await _sent(doctor, patient, {tb: None, pressure: day(3)}, come_in="yes")

    assert answer.status_code == 303, answer.text
    went_on, held = await days_of(session, tb), await days_of(session, pressure)
    assert (went_on[-2], went_on[-1], words_of(went_on, 0, 10)) == (
        {"expected"}, {"held"}, {"expected"},
    )  # fmt: skip
    assert (words_of(held, -1, 3), words_of(held, 4, 10)) == ({"held"}, {"expected"})
    alert = await alert_of(session, patient)
    assert (alert.state, alert.closed_why) == (AlertState.CLOSED, ClosedWhy.HANDLED)
    assert alert.action_taken == "已打电话 症状消失"
    kinds = await session.scalars(select(Notice.kind).where(Notice.patient_id == patient.id))
    assert sorted(kinds) == ["come_in", "severe_decided", "severe_decided"]
    assert (await phone.card(await dose_on(session, tb)))["can_film"] is True
    details = await session.scalars(
        select(AuditEvent.detail["code"].astext).where(
            AuditEvent.action == CHANGE_TREATMENT.code, AuditEvent.patient_id == patient.id
        )
    )
    assert set(details) == {"severe_cleared", "severe_held"}
    # Whoever lays out later holds no day that was given free.
    await layouts.lay_out_ahead(session, [tb.id], day(35))
    assert words_of(await days_of(session, tb), 11, 30) == {"expected"}


async def test_a_new_answer_after_the_decision_is_an_alert_of_its_own(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor = await log_in(Title.FAMILY_DOCTOR)
    assert (await _sent(doctor, patient, {tb: None})).status_code == 303

    with clock.frozen(clock.now() + timedelta(hours=1)):
        await phone.side_effects(await evening_of(session, tb), "breathless", key="again-answer")

    states = await session.scalars(select(Alert.state).where(Alert.patient_id == patient.id))
    assert sorted(states) == ["closed", "open"]
    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}


async def test_a_day_that_another_pause_holds_stays_held(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    await make.make_hold(session, treatment=tb, from_on=day(2), to_on=day(3))

    await _sent(await log_in(Title.FAMILY_DOCTOR), patient, {tb: None})

    states = await days_of(session, tb)
    assert (words_of(states, 0, 1), words_of(states, 2, 3), words_of(states, 4, 10)) == (
        {"expected"}, {"held"}, {"expected"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"note": ""}, "请填写这一项"),
        ({"note": "\u200b\u200b"}, "请填写"),
        ({"act": ""}, "请选择继续服药，还是暂停到哪天"),
        ({"act": "hold", "until": ""}, "请填写暂停到哪一天"),
        ({"act": "hold", "until": "2206-01-01"}, "请填写暂停到哪一天"),
        ({"act": "hold", "until": "2026-09-09"}, "不能早于今天"),
    ],
)
async def test_a_decision_that_is_not_whole_changes_nothing_and_keeps_what_was_typed(
    fields: dict[str, str], fault: str, phone: Phone, session: AsyncSession, patient: Patient,
    tb: Treatment, log_in: LogIn,
) -> None:  # fmt: skip
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor = await log_in(Title.FAMILY_DOCTOR)
    changed = {f"{k}.{tb.id}" if k != "note" else k: v for k, v in fields.items()}

    answer = await _sent(doctor, patient, {tb: None}, **{"note": "写了很多话"} | changed)

    assert answer.status_code == 422
    assert fault in answer.text
    assert ("写了很多话" in answer.text) is ("note" not in fields)
    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}
    assert (await alert_of(session, patient)).state is AlertState.OPEN


async def test_whoever_has_not_read_the_newest_answer_decides_nothing(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor = await log_in(Title.FAMILY_DOCTOR)
    page = (await doctor.get(f"/staff/patients/{patient.id}/severe")).text
    seen = page.partition('name="seen" value="')[2][:36]
    await felt(phone, await evening_of(session, tb), "bleeding", note="牙龈出血")

    answer = await _sent(doctor, patient, {tb: None}, seen=seen)

    assert answer.status_code == 422
    assert "情况变了" in answer.text
    assert "牙龈出血" in answer.text
    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}


async def test_pressed_twice_it_is_decided_once(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor, seen = await log_in(Title.FAMILY_DOCTOR), await _newest(session, patient)
    acts = {f"act.{tb.id}": "hold", f"until.{tb.id}": day(3).isoformat()}
    fields = {"key": "decision-key", "note": "已打电话", "seen": seen} | acts

    first, again = [await _form(doctor, patient, **fields) for _ in range(2)]

    assert (first.status_code, again.status_code) == (303, 303)
    lines = select(func.count()).where(TreatmentChange.treatment_id == tb.id)
    assert await session.scalar(lines) == 1


async def _newest(session: AsyncSession, patient: Patient) -> str:
    subject = select(Alert.subject_id).where(Alert.patient_id == patient.id)
    return str((await session.scalars(subject)).one())


async def test_a_colleague_who_comes_second_is_told_so(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    seen = await _newest(session, patient)
    fields = {"note": "已打电话", "seen": seen, f"act.{tb.id}": "go_on"}
    first = await _form(await log_in(Title.FAMILY_DOCTOR), patient, key="decision-key-1", **fields)
    assert first.status_code == 303

    second = await _form(await log_in(Title.SPECIALIST), patient, key="decision-key-2", **fields)

    assert second.status_code == 422
    assert "同事已经作了决定" in second.text


async def test_a_village_doctor_sees_it_and_whom_to_call_but_may_not_decide(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    village = await log_in(Title.VILLAGE_DOCTOR)

    page = (await village.get(f"/staff/patients/{patient.id}/severe")).text
    refused = await _form(village, patient, key="decision-key-1", note="好", seen="")

    assert "请马上联系他们" in page
    assert '/severe"\n' not in page
    assert refused.status_code == 403
    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}


async def test_a_pause_that_waits_for_a_decision_is_not_ended_as_others_are(
    phone: Phone, session: AsyncSession, tb: Treatment, team: Team
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor = actor_of((await make.make_staff(session, team=team)).id)
    treatment, _ = await get_plan(session, tb.id)
    hold = (await session.scalars(select(DoseHold).where(DoseHold.treatment_id == tb.id))).one()

    with pytest.raises(StopUndecided):
        await changes.end_hold(session, doctor, treatment, ZONE, hold)

    order = HoldCreate(from_on=day(1), to_on=day(2), reason="住院治疗")
    await changes.hold(session, doctor, treatment, ZONE, order)
    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}


async def test_the_end_of_the_treatment_decides_it(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, team: Team
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor = actor_of((await make.make_staff(session, team=team)).id)
    treatment, _ = await get_plan(session, tb.id)

    order = TreatmentStop(stopped_on=TODAY, outcome=Outcome.STOPPED_BY_DOCTOR)
    await changes.stop(session, doctor, treatment, ZONE, order)

    states = await days_of(session, tb)
    assert (states[0], words_of(states, 1, 10)) == ({"held"}, {"cancelled"})
    assert (await alert_of(session, patient)).state is AlertState.CLOSED


async def test_an_answer_after_the_end_is_closed_by_what_was_done(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    """Nothing stands still, and yet somebody is in danger."""
    tb.stopped_on, tb.outcome = day(-1), Outcome.COMPLETED
    await session.flush()
    told = (await phone.side_effects(await dose_on(session, tb), "breathless")).json()
    assert told["stopped"] == []
    doctor = await log_in(Title.FAMILY_DOCTOR)

    answer = await _sent(doctor, patient, {})

    assert answer.status_code == 303
    assert (await alert_of(session, patient)).state is AlertState.CLOSED
    again = await _sent(doctor, patient, {}, key="decision-key-2")
    assert (again.status_code, "同事已经作了决定" in again.text) == (422, True)


async def test_an_end_on_a_coming_day_that_is_taken_back_finds_it_stopped(
    phone: Phone, session: AsyncSession, tb: Treatment, team: Team
) -> None:
    doctor = actor_of((await make.make_staff(session, team=team)).id)
    treatment, _ = await get_plan(session, tb.id)
    order = TreatmentStop(stopped_on=day(3), outcome=Outcome.COMPLETED)
    await changes.stop(session, doctor, treatment, ZONE, order)
    await phone.side_effects(await dose_on(session, tb), "breathless")

    back = StopCorrection(stopped_on=None, outcome=None, reason="记错了")
    await changes.correct_stop(session, doctor, treatment, ZONE, back, 35)
    await session.flush()

    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}


async def test_a_hold_into_the_past_is_refused_whoever_asks(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, team: Team
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor = actor_of((await make.make_staff(session, team=team)).id)

    with pytest.raises(PlanInPast):
        await decide_severe(session, doctor, patient, day(-1))

    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}
