"""A severe symptom stops whole treatments, until a clinician decides what goes on."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import service as alerts
from app.alerts.models import Alert, AlertState, ClosedWhy
from app.alerts.problems import EndsByAct
from app.core import clock
from app.institutions.models import Team, Title
from app.medication.alert_kinds import SEVERE_SIDE_EFFECT
from app.medication.models import (
    Dose,
    DoseHold,
    Outcome,
    Slot,
    Treatment,
    TreatmentChange,
)
from app.medication.problems import StopUndecided
from app.medication.queries.treatments import get_plan
from app.medication.schemas.treatments import HoldCreate, TreatmentStop
from app.medication.service import changes, layouts
from app.notifications.models import Notice
from app.patients.models import Condition, Patient
from tests.accounts.factories import actor_of, staff_client
from tests.medication import factories as make
from tests.medication import plans
from tests.medication.phone import Phone
from tests.medication.plans import TODAY, ZONE, day

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def tb(session: AsyncSession, patient: Patient) -> Treatment:
    """Yesterday to ten days ahead, mornings and evenings; nothing is laid beyond."""
    return await _course(session, patient, Condition.TUBERCULOSIS)


@pytest.fixture
async def pressure(session: AsyncSession, patient: Patient) -> Treatment:
    return await _course(session, patient, Condition.HYPERTENSION)


async def _course(session: AsyncSession, patient: Patient, condition: Condition) -> Treatment:
    treatment = await make.make_treatment(
        session, patient=patient, starts_on=day(-2), condition=condition, name=condition.value,
        slots=(Slot.MORNING, Slot.EVENING), laid_until=day(10),
    )  # fmt: skip
    for offset in range(-2, 11):
        for slot in (Slot.MORNING, Slot.EVENING):
            await make.make_dose(
                session, patient=patient, treatment=treatment, due_on=day(offset), slot=slot
            )
    return treatment


async def _dose(session: AsyncSession, treatment: Treatment, offset: int = 0) -> Dose:
    return await plans.dose_on(session, treatment, offset)


async def _states(session: AsyncSession, treatment: Treatment) -> dict[int, set[str]]:
    """Tell by day what is expected, and whether the day stands still."""
    doses = await session.scalars(
        select(Dose)
        .where(Dose.treatment_id == treatment.id)
        .execution_options(populate_existing=True)
    )
    states: dict[int, set[str]] = {}
    for dose in doses:
        word = "stopped" if dose.severe_at else dose.expectation.value
        states.setdefault((dose.due_on - TODAY).days, set()).add(word)
    return states


def _all(states: dict[int, set[str]], first: int, last: int) -> set[str]:
    return set().union(*(states[offset] for offset in range(first, last + 1)))


async def test_it_stops_what_lists_it_from_the_day_of_the_dose_and_nothing_else(
    phone: Phone, session: AsyncSession, tb: Treatment, pressure: Treatment
) -> None:
    told = (await phone.side_effects(await _dose(session, tb), "yellow_skin")).json()

    assert (told["stopped"], told["filming_allowed"]) == (["tuberculosis"], False)
    stopped, going_on = await _states(session, tb), await _states(session, pressure)
    assert (_all(stopped, -2, -1), _all(stopped, 0, 10)) == ({"expected"}, {"stopped"})
    assert _all(going_on, -2, 10) == {"expected"}
    cards = {card["condition"]: card for card in await phone.today()}
    assert (cards["tuberculosis"]["state"], cards["tuberculosis"]["severe"]) == ("held", True)
    assert cards["tuberculosis"]["can_film"] is cards["tuberculosis"]["can_report"] is False
    assert (cards["hypertension"]["state"], cards["hypertension"]["severe"]) == ("open", False)
    ranks = {item["dose"]["condition"]: item["rank"] for item in await phone.items()}
    assert ranks["tuberculosis"] == "stop"


@pytest.mark.parametrize(
    ("symptom", "stopped"),
    [
        ("fainting", {"tuberculosis", "hypertension"}),
        ("bleeding", {"tuberculosis", "hypertension"}),
        ("hearing_loss", {"tuberculosis"}),
    ],
)
async def test_the_list_of_the_condition_decides_not_the_dose_it_was_said_at(
    symptom: str, stopped: set[str], phone: Phone, session: AsyncSession,
    tb: Treatment, pressure: Treatment,
) -> None:  # fmt: skip
    told = (await phone.side_effects(await _dose(session, pressure), symptom)).json()

    assert set(told["stopped"]) == stopped
    assert told["filming_allowed"] is ("hypertension" not in stopped)
    assert _all(await _states(session, tb), 0, 10) == {"stopped"}


async def test_where_no_list_has_it_the_treatment_of_the_dose_is_stopped(
    phone: Phone, session: AsyncSession, pressure: Treatment
) -> None:
    told = (await phone.side_effects(await _dose(session, pressure), "yellow_skin")).json()

    assert told["stopped"] == ["hypertension"]
    assert _all(await _states(session, pressure), 0, 10) == {"stopped"}


async def test_a_mild_symptom_stops_nothing(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    told = (await phone.side_effects(await _dose(session, tb), "nausea", "fever")).json()

    assert (told["stopped"], told["filming_allowed"]) == ([], True)
    assert _all(await _states(session, tb), -2, 10) == {"expected"}


async def test_days_that_are_laid_later_stand_still_too(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")

    await layouts.lay_out_ahead(session, [tb.id], day(35))

    states = await _states(session, tb)
    assert len(states) > 30
    assert _all(states, 0, max(states)) == {"stopped"}


async def test_doses_that_were_missed_meanwhile_count_as_held(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    """The answer waited two days on a phone without signal."""
    await phone.side_effects(await _dose(session, tb, -1), "breathless")

    states = await _states(session, tb)
    assert (states[-2], states[-1]) == ({"expected"}, {"stopped"})


async def test_what_was_taken_before_it_counts_as_taken(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    morning = await _dose(session, tb)
    assert (await phone.report(morning)).status_code == 201

    await phone.side_effects(await _evening(session, tb), "breathless")

    card = await phone.card(morning)
    assert (card["state"], card["severe"]) == ("self_reported", False)


async def _evening(session: AsyncSession, treatment: Treatment) -> Dose:
    evening = select(Dose).where(
        Dose.treatment_id == treatment.id, Dose.due_on == TODAY, Dose.slot == Slot.EVENING
    )
    return (await session.scalars(evening)).one()


async def test_a_stopped_dose_that_was_taken_all_the_same_counts(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")

    said = await phone.report(await _evening(session, tb))

    assert (said.status_code, said.json()["state"]) == (201, "self_reported")
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        refused = await phone.announce(await _dose(session, tb))
    assert (refused.status_code, refused.json()["type"]) == (409, "severe-side-effect")


# -- what staff see ---------------------------------------------------------------------------


Browser = Callable[[Title], Awaitable[httpx.AsyncClient]]


@pytest.fixture
def browser(app: FastAPI, session: AsyncSession, team: Team) -> Browser:
    async def opened(title: Title = Title.FAMILY_DOCTOR) -> httpx.AsyncClient:
        staff = await make.make_staff(session, team=team, title=title)
        return await staff_client(app, session, staff.id)

    return opened


async def _felt(phone: Phone, dose: Dose, *symptoms: str, note: str) -> None:
    at = clock.now().isoformat()
    answer = await phone.say(
        dose, "side-effects", f"felt-{dose.id}", symptoms=[*symptoms], note=note, reported_at=at
    )
    assert answer.status_code == 201


async def test_alert_and_pages_show_the_symptoms_the_words_the_phone_and_the_act(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    dose = await _dose(session, tb)
    await _felt(phone, dose, "yellow_skin", "nausea", note="尿像浓茶两天了")
    doctor = await browser(Title.FAMILY_DOCTOR)
    alert = await _alert(session, patient)

    for address in (
        "/staff/alerts", f"/staff/alerts/{alert.id}", f"/staff/patients/{patient.id}/severe",
    ):  # fmt: skip
        page = (await doctor.get(address)).text
        assert "皮肤或眼白发黄" in page, address
        assert "尿像浓茶两天了" in page, address
        assert patient.phone in page, address
        assert f"/staff/patients/{patient.id}/severe" in page, address
        assert f"/staff/alerts/{alert.id}/handle" not in page, address
    for address in (f"/staff/patients/{patient.id}", f"/staff/doses/{dose.id}"):
        assert f"/staff/patients/{patient.id}/severe" in (await doctor.get(address)).text, address
    treatment = (await doctor.get(f"/staff/treatments/{tb.id}")).text
    assert "停着，等医生决定" in treatment


async def _alert(session: AsyncSession, patient: Patient) -> Alert:
    found = await session.scalars(
        select(Alert)
        .where(Alert.patient_id == patient.id, Alert.kind == SEVERE_SIDE_EFFECT.code)
        .execution_options(populate_existing=True)
    )
    return found.one()


async def test_a_note_of_what_was_done_does_not_end_it(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, team: Team
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    doctor = actor_of((await make.make_staff(session, team=team)).id)

    with pytest.raises(EndsByAct):
        await alerts.handle(session, doctor, await _alert(session, patient), "已打电话")

    assert (await _alert(session, patient)).state is AlertState.OPEN
    assert _all(await _states(session, tb), 0, 10) == {"stopped"}


async def test_each_severe_answer_is_news_of_one_alert(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, team: Team
) -> None:
    doctor = actor_of((await make.make_staff(session, team=team)).id)
    await phone.side_effects(await _dose(session, tb), "breathless")
    await alerts.mark_seen(session, doctor, await _alert(session, patient))

    await phone.side_effects(await _evening(session, tb), "bleeding", key="worse-answer")
    await phone.side_effects(await _evening(session, tb), "bleeding", key="worse-answer")
    await phone.side_effects(await _evening(session, tb), "nausea", key="milder-answer")

    alert = await _alert(session, patient)
    assert (alert.state, alert.times_raised) == (AlertState.OPEN, 2)
    assert alert.detail == {"symptoms": ["bleeding", "breathless"]}


# -- the decision -----------------------------------------------------------------------------


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
    browser: Browser,
) -> None:  # fmt: skip
    await phone.side_effects(await _dose(session, tb, -1), "breathless")
    doctor = await browser(Title.FAMILY_DOCTOR)

    answer = await _sent(doctor, patient, {tb: None, pressure: day(3)}, come_in="yes")

    assert answer.status_code == 303, answer.text
    went_on, held = await _states(session, tb), await _states(session, pressure)
    assert (went_on[-2], went_on[-1], _all(went_on, 0, 10)) == (
        {"expected"}, {"held"}, {"expected"},
    )  # fmt: skip
    assert (_all(held, -1, 3), _all(held, 4, 10)) == ({"held"}, {"expected"})
    alert = await _alert(session, patient)
    assert (alert.state, alert.closed_why) == (AlertState.CLOSED, ClosedWhy.HANDLED)
    assert alert.action_taken == "已打电话 症状消失"
    kinds = await session.scalars(select(Notice.kind).where(Notice.patient_id == patient.id))
    assert sorted(kinds) == ["come_in", "severe_decided", "severe_decided"]
    assert (await phone.card(await _dose(session, tb)))["can_film"] is True
    # Whoever lays out later holds no day that was given free.
    await layouts.lay_out_ahead(session, [tb.id], day(35))
    assert _all(await _states(session, tb), 11, 30) == {"expected"}


async def test_a_new_answer_after_the_decision_is_an_alert_of_its_own(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    doctor = await browser(Title.FAMILY_DOCTOR)
    assert (await _sent(doctor, patient, {tb: None})).status_code == 303

    with clock.frozen(clock.now() + timedelta(hours=1)):
        await phone.side_effects(await _evening(session, tb), "breathless", key="again-answer")

    states = await session.scalars(select(Alert.state).where(Alert.patient_id == patient.id))
    assert sorted(states) == ["closed", "open"]
    assert _all(await _states(session, tb), 0, 10) == {"stopped"}


async def test_a_day_that_another_pause_holds_stays_held(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    await make.make_hold(session, treatment=tb, from_on=day(2), to_on=day(3))

    await _sent(await browser(Title.FAMILY_DOCTOR), patient, {tb: None})

    states = await _states(session, tb)
    assert (_all(states, 0, 1), _all(states, 2, 3), _all(states, 4, 10)) == (
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
    tb: Treatment, browser: Browser,
) -> None:  # fmt: skip
    await phone.side_effects(await _dose(session, tb), "breathless")
    doctor = await browser(Title.FAMILY_DOCTOR)
    changed = {f"{k}.{tb.id}" if k != "note" else k: v for k, v in fields.items()}

    answer = await _sent(doctor, patient, {tb: None}, **{"note": "写了很多话"} | changed)

    assert answer.status_code == 422
    assert fault in answer.text
    assert ("写了很多话" in answer.text) is ("note" not in fields)
    assert _all(await _states(session, tb), 0, 10) == {"stopped"}
    assert (await _alert(session, patient)).state is AlertState.OPEN


async def test_whoever_has_not_read_the_newest_answer_decides_nothing(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    doctor = await browser(Title.FAMILY_DOCTOR)
    page = (await doctor.get(f"/staff/patients/{patient.id}/severe")).text
    seen = page.partition('name="seen" value="')[2][:36]
    await _felt(phone, await _evening(session, tb), "bleeding", note="牙龈出血")

    answer = await _sent(doctor, patient, {tb: None}, seen=seen)

    assert answer.status_code == 422
    assert "情况变了" in answer.text
    assert "牙龈出血" in answer.text
    assert _all(await _states(session, tb), 0, 10) == {"stopped"}


async def test_pressed_twice_it_is_decided_once(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    doctor, seen = await browser(Title.FAMILY_DOCTOR), await _newest(session, patient)
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
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    seen = await _newest(session, patient)
    fields = {"note": "已打电话", "seen": seen, f"act.{tb.id}": "go_on"}
    first = await _form(await browser(Title.FAMILY_DOCTOR), patient, key="decision-key-1", **fields)
    assert first.status_code == 303

    second = await _form(await browser(Title.SPECIALIST), patient, key="decision-key-2", **fields)

    assert second.status_code == 422
    assert "同事已经作了决定" in second.text


async def test_a_village_doctor_sees_it_and_whom_to_call_but_may_not_decide(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    village = await browser(Title.VILLAGE_DOCTOR)

    page = (await village.get(f"/staff/patients/{patient.id}/severe")).text
    refused = await _form(village, patient, key="decision-key-1", note="好", seen="")

    assert "请马上联系他们" in page
    assert '/severe"\n' not in page
    assert refused.status_code == 403
    assert _all(await _states(session, tb), 0, 10) == {"stopped"}


async def test_a_pause_that_waits_for_a_decision_is_not_ended_as_others_are(
    phone: Phone, session: AsyncSession, tb: Treatment, team: Team
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    doctor = actor_of((await make.make_staff(session, team=team)).id)
    treatment, _ = await get_plan(session, tb.id)
    hold = (await session.scalars(select(DoseHold).where(DoseHold.treatment_id == tb.id))).one()

    with pytest.raises(StopUndecided):
        await changes.end_hold(session, doctor, treatment, ZONE, hold)

    order = HoldCreate(from_on=day(1), to_on=day(2), reason="住院治疗")
    await changes.hold(session, doctor, treatment, ZONE, order)
    assert _all(await _states(session, tb), 0, 10) == {"stopped"}


async def test_the_end_of_the_treatment_decides_it(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, team: Team
) -> None:
    await phone.side_effects(await _dose(session, tb), "breathless")
    doctor = actor_of((await make.make_staff(session, team=team)).id)
    treatment, _ = await get_plan(session, tb.id)

    order = TreatmentStop(stopped_on=TODAY, outcome=Outcome.STOPPED_BY_DOCTOR)
    await changes.stop(session, doctor, treatment, ZONE, order)

    states = await _states(session, tb)
    assert (states[0], _all(states, 1, 10)) == ({"held"}, {"cancelled"})
    assert (await _alert(session, patient)).state is AlertState.CLOSED


async def test_an_answer_after_the_end_is_closed_by_what_was_done(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, browser: Browser
) -> None:
    """Nothing stands still, and yet somebody is in danger."""
    tb.stopped_on, tb.outcome = TODAY, Outcome.COMPLETED
    await session.flush()
    told = (await phone.side_effects(await _dose(session, tb), "breathless")).json()
    assert told["stopped"] == []
    doctor = await browser(Title.FAMILY_DOCTOR)

    answer = await _sent(doctor, patient, {})

    assert answer.status_code == 303
    assert (await _alert(session, patient)).state is AlertState.CLOSED
    again = await _sent(doctor, patient, {}, key="decision-key-2")
    assert (again.status_code, "同事已经作了决定" in again.text) == (422, True)
