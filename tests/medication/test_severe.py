"""A severe symptom stops whole treatments, until a clinician decides what goes on."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import service as alerts
from app.alerts.models import AlertState
from app.alerts.problems import EndsByAct
from app.core import clock
from app.institutions.models import Team, Title
from app.medication.models import (
    Treatment,
)
from app.medication.queries.described import describe, dose_ref
from app.medication.service import layouts
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import LogIn
from tests.medication.phone import Phone
from tests.medication.plans import day
from tests.medication.stopped import alert_of, days_of, dose_on, evening_of, felt, words_of

pytestmark = pytest.mark.usefixtures("noon")


async def test_it_stops_what_lists_it_from_the_day_of_the_dose_and_nothing_else(
    phone: Phone, session: AsyncSession, tb: Treatment, pressure: Treatment
) -> None:
    told = (await phone.side_effects(await dose_on(session, tb), "yellow_skin")).json()

    assert (told["stopped"], told["filming_allowed"]) == (["tuberculosis"], False)
    stopped, going_on = await days_of(session, tb), await days_of(session, pressure)
    assert (words_of(stopped, -2, -1), words_of(stopped, 0, 10)) == ({"expected"}, {"stopped"})
    assert words_of(going_on, -2, 10) == {"expected"}
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
    told = (await phone.side_effects(await dose_on(session, pressure), symptom)).json()

    assert set(told["stopped"]) == stopped
    assert told["filming_allowed"] is ("hypertension" not in stopped)
    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}


async def test_where_no_list_has_it_the_treatment_of_the_dose_is_stopped(
    phone: Phone, session: AsyncSession, pressure: Treatment
) -> None:
    told = (await phone.side_effects(await dose_on(session, pressure), "yellow_skin")).json()

    assert told["stopped"] == ["hypertension"]
    assert words_of(await days_of(session, pressure), 0, 10) == {"stopped"}


async def test_a_mild_symptom_stops_nothing(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    told = (await phone.side_effects(await dose_on(session, tb), "nausea", "fever")).json()

    assert (told["stopped"], told["filming_allowed"]) == ([], True)
    assert words_of(await days_of(session, tb), -2, 10) == {"expected"}


async def test_days_that_are_laid_later_stand_still_too(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")

    await layouts.lay_out_ahead(session, [tb.id], day(35))

    states = await days_of(session, tb)
    assert len(states) > 30
    assert words_of(states, 0, max(states)) == {"stopped"}


async def test_doses_that_were_missed_meanwhile_count_as_held(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    """The answer waited two days on a phone without signal."""
    await phone.side_effects(await dose_on(session, tb, -1), "breathless")

    states = await days_of(session, tb)
    assert (states[-2], states[-1]) == ({"expected"}, {"stopped"})


async def test_what_was_taken_before_it_counts_as_taken(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    morning = await dose_on(session, tb)
    assert (await phone.report(morning)).status_code == 201

    await phone.side_effects(await evening_of(session, tb), "breathless")

    card = await phone.card(morning)
    assert (card["state"], card["severe"]) == ("self_reported", False)


async def test_a_stopped_dose_that_was_taken_all_the_same_counts(
    phone: Phone, session: AsyncSession, tb: Treatment
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")

    said = await phone.report(await evening_of(session, tb))

    assert (said.status_code, said.json()["state"]) == (201, "self_reported")
    evening = dose_ref((await evening_of(session, tb)).id)
    described = await describe(session, tb.patient_id, [evening])
    assert described[evening].state == "自己报告"
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        filmed = await phone.announce(await dose_on(session, tb))
    assert filmed.status_code == 201
    assert (await phone.card(await dose_on(session, tb)))["can_film"] is False


# -- what staff see ---------------------------------------------------------------------------


async def test_alert_and_pages_show_the_symptoms_the_words_the_phone_and_the_act(
    phone: Phone,
    session: AsyncSession,
    patient: Patient,
    tb: Treatment,
    log_in: LogIn,
) -> None:
    dose = await dose_on(session, tb)
    await felt(phone, dose, "yellow_skin", "nausea", note="尿像浓茶两天了")
    doctor = await log_in(Title.FAMILY_DOCTOR)
    alert = await alert_of(session, patient)

    for address in (
        "/staff/alerts", f"/staff/alerts/{alert.id}", f"/staff/patients/{patient.id}/severe",
    ):  # fmt: skip
        page = (await doctor.get(address)).text
        assert "皮肤或眼白发黄" in page, address
        assert "尿像浓茶两天了" in page, address
        assert "UUID(" not in page, address
        assert patient.phone in page, address
        assert f"/staff/patients/{patient.id}/severe" in page, address
        assert f"/staff/alerts/{alert.id}/handle" not in page, address
    for address in (f"/staff/patients/{patient.id}", f"/staff/doses/{dose.id}"):
        assert f"/staff/patients/{patient.id}/severe" in (await doctor.get(address)).text, address
    treatment = (await doctor.get(f"/staff/treatments/{tb.id}")).text
    assert "停着，等医生决定" in treatment


async def test_a_note_of_what_was_done_does_not_end_it(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, team: Team
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    doctor = actor_of((await make.make_staff(session, team=team)).id)

    with pytest.raises(EndsByAct):
        await alerts.handle(session, doctor, await alert_of(session, patient), "已打电话")

    assert (await alert_of(session, patient)).state is AlertState.OPEN
    assert words_of(await days_of(session, tb), 0, 10) == {"stopped"}


async def test_each_severe_answer_is_news_of_one_alert(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, team: Team
) -> None:
    doctor = actor_of((await make.make_staff(session, team=team)).id)
    await phone.side_effects(await dose_on(session, tb), "breathless")
    await alerts.mark_seen(session, doctor, await alert_of(session, patient))

    await phone.side_effects(await evening_of(session, tb), "bleeding", key="worse-answer")
    await phone.side_effects(await evening_of(session, tb), "bleeding", key="worse-answer")
    await phone.side_effects(await evening_of(session, tb), "nausea", key="milder-answer")

    alert = await alert_of(session, patient)
    assert (alert.state, alert.times_raised) == (AlertState.OPEN, 2)
    assert alert.detail == {"symptoms": ["bleeding", "breathless"]}
