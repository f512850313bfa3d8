"""Ordering a treatment on the PC: templates, the plan's form, holds, the end."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import today_in
from app.core.forms import new_key
from app.medication.models import (
    Dose,
    DoseHold,
    Expectation,
    Outcome,
    Slot,
    Treatment,
    TreatmentTemplate,
)
from app.medication.queries.treatments import get_plan, with_plan
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk

pytestmark = pytest.mark.usefixtures("noon")
TB = "肺结核初治 2HRZE/4HR"


@pytest.fixture
def today(patient: Patient) -> date:
    return today_in(patient.zone)


@pytest.fixture
async def treatment(session: AsyncSession, patient: Patient) -> Treatment:
    return await make.make_treatment(session, patient=patient)


def order(first: date, **changes: Any) -> dict[str, Any]:
    """Fill in the form of a free plan."""
    return {
        "key": new_key(),
        "template_id": "",
        "name": "高血压",
        "condition": "hypertension",
        "phases.0.name": "长期服药",
        "phases.0.starts_on": first.isoformat(),
        "phases.0.ends_on": (first + timedelta(days=27)).isoformat(),
        "phases.0.drugs.0.name": "氨氯地平片",
        "phases.0.drugs.0.strength": "5 mg",
        "phases.0.drugs.0.tablets": "1.5",
        "phases.0.drugs.0.slots": ["morning", "evening"],
        "phases.0.drugs.0.weekdays": ["1", "3", "5"],
        "slot_times.morning": "06:40",
        "slot_times.evening": "19:10",
        "slot_times.noon": "12:00",
    } | changes


async def template_id(session: AsyncSession) -> Any:
    return await session.scalar(select(TreatmentTemplate.id).where(TreatmentTemplate.name == TB))


async def count_of(session: AsyncSession, model: type[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_template_resolves_weight_bands_to_tablets(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    patient.weight_kg = Decimal(60)
    await session.flush()
    chosen = await template_id(session)

    page = await desk.http.get(
        f"/staff/patients/{patient.id}/treatments/new?template={chosen}&starts_on=2026-12-01"
    )

    assert 'name="phases.0.starts_on"\n' in page.text
    assert 'value="2026-12-01"' in page.text
    assert 'value="2027-01-29"' in page.text  # the sixtieth dose
    assert page.text.count('value="4"\n') >= 2  # 55–71 kg: four tablets, in both phases


@pytest.mark.parametrize("weight", [None, Decimal(20)])
async def test_tablets_are_left_to_the_doctor_where_weight_does_not_tell(
    desk: Desk, session: AsyncSession, patient: Patient, weight: Decimal | None
) -> None:
    patient.weight_kg = weight
    await session.flush()

    page = await desk.http.get(
        f"/staff/patients/{patient.id}/treatments/new?template={await template_id(session)}"
    )

    assert page.status_code == 200
    assert "体重" in page.text
    assert 'value="四联抗结核片 HRZE"' in page.text


@pytest.mark.parametrize("chosen", ["nonsense", "01900000-0000-7000-8000-00000000ffff"])
async def test_an_unknown_template_is_not_found(desk: Desk, patient: Patient, chosen: str) -> None:
    page = await desk.http.get(f"/staff/patients/{patient.id}/treatments/new?template={chosen}")

    assert page.status_code == 404
    assert "请在下面另选一个" in page.text
    assert TB in page.text


async def test_a_template_withdrawn_while_the_form_was_open_keeps_what_was_typed(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    template = await session.get_one(TreatmentTemplate, await template_id(session))
    template.is_active = False
    await session.flush()
    address = f"/staff/patients/{patient.id}/treatments/new"
    sent = order(today, name="照旧每日一次", template_id=str(template.id))

    refused = await desk.http.post(address, data=sent)

    assert refused.status_code == 422
    assert "这个模板刚刚停用" in refused.text
    assert 'value="照旧每日一次"' in refused.text
    assert str(template.id) not in refused.text
    assert await count_of(session, Treatment) == 0
    again = await desk.http.post(address, data=sent | {"template_id": ""})
    assert again.status_code == 303
    made = (await session.scalars(select(Treatment))).one()
    assert (made.name, made.template_id) == ("照旧每日一次", None)


async def test_a_free_plan_lays_out_its_doses(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    answer = await desk.http.post(f"/staff/patients/{patient.id}/treatments/new", data=order(today))

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/staff/patients/{patient.id}"
    plans = await session.scalars(with_plan().where(Treatment.patient_id == patient.id))
    treatment = plans.one()
    assert treatment.slot_times == {"morning": "06:40", "evening": "19:10"}
    (drug,) = treatment.phases[0].drugs
    assert (drug.tablets, drug.strength) == (Decimal("1.5"), "5 mg")
    doses = (await session.scalars(select(Dose).where(Dose.treatment_id == treatment.id))).all()
    assert {d.slot for d in doses} == {Slot.MORNING, Slot.EVENING}
    assert {d.due_on.isoweekday() for d in doses} == {1, 3, 5}


def largest_order(first: date) -> dict[str, Any]:
    """As many phases and drugs, and as long names, as the rules permit."""
    form = {n: v for n, v in order(first).items() if not n.startswith("phases.")}
    for p in range(12):
        on = (first + timedelta(days=p)).isoformat()
        form |= {f"phases.{p}.name": "期" * 40, f"phases.{p}.starts_on": on}
        form[f"phases.{p}.ends_on"] = on
        for d in range(20):
            form |= {
                f"phases.{p}.drugs.{d}.name": "药" * 58 + f"{d:02d}",
                f"phases.{p}.drugs.{d}.strength": "克" * 60,
                f"phases.{p}.drugs.{d}.tablets": "19.25",
                f"phases.{p}.drugs.{d}.slots": [slot.value for slot in Slot],
                f"phases.{p}.drugs.{d}.weekdays": [str(n) for n in range(1, 8)],
            }
    return form | {"name": "长" * 60} | {f"slot_times.{slot.value}": "06:40" for slot in Slot}


async def test_the_largest_plan_that_the_rules_permit_is_taken(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    form = largest_order(today) | {"key": "the-largest-plan"}

    answer = await desk.http.post(f"/staff/patients/{patient.id}/treatments/new", data=form)

    assert answer.status_code == 303
    plans = await session.scalars(with_plan().where(Treatment.patient_id == patient.id))
    treatment = plans.unique().one()
    assert [len(phase.drugs) for phase in treatment.phases] == [20] * 12
    edited = form | {"from_on": (today + timedelta(days=1)).isoformat()}
    page = await desk.http.post(f"/staff/treatments/{treatment.id}/edit", data=edited)
    assert page.status_code == 422  # read whole: its first phase begins before that day
    assert "药" * 58 + "19" in page.text


async def test_a_wrong_plan_keeps_what_was_typed_and_says_where(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    wrong = order(today, name="", **{"phases.0.drugs.0.tablets": "很多"})
    wrong["phases.0.ends_on"] = (today - timedelta(days=1)).isoformat()
    del wrong["phases.0.drugs.0.weekdays"]

    answer = await desk.http.post(f"/staff/patients/{patient.id}/treatments/new", data=wrong)

    assert answer.status_code == 422
    for kept in ('value="很多"', 'value="氨氯地平片"', 'value="06:40"'):
        assert kept in answer.text
    for fault in ("phases.0.drugs.0.tablets-note", "phases.0.drugs.0.weekdays-note", "name-note"):
        assert f'id="{fault}"' in answer.text
    assert await count_of(session, Treatment) == 0


async def test_phases_may_not_overlap(desk: Desk, patient: Patient, today: date) -> None:
    two = order(today)
    two |= {name.replace("phases.0", "phases.1"): value for name, value in two.items()}

    answer = await desk.http.post(f"/staff/patients/{patient.id}/treatments/new", data=two)

    assert answer.status_code == 422
    assert "阶段的日期有重叠" in answer.text


@pytest.mark.parametrize(
    ("intent", "phases", "drugs"),
    [
        ("add-phase", 2, 2),
        ("add-drug.0", 1, 2),
        ("remove-drug.0.0", 1, 1),  # the last drug stays
        ("remove-phase.0", 1, 1),  # the last phase stays
        ("remove-phase.999999999999", 1, 1),
        ("add-drug", 1, 1),
        ("nonsense", 1, 1),
    ],
)
async def test_lines_are_added_and_taken_away_without_saving(
    desk: Desk,
    session: AsyncSession,
    patient: Patient,
    today: date,
    intent: str,
    phases: int,
    drugs: int,
) -> None:
    answer = await desk.http.post(
        f"/staff/patients/{patient.id}/treatments/new", data=order(today, intent=intent)
    )

    assert answer.status_code == 200
    assert answer.text.count('.ends_on"\n             name=') == phases
    assert answer.text.count('.tablets"\n             name=') == drugs
    assert 'value="氨氯地平片"' in answer.text
    assert await count_of(session, Treatment) == 0


async def test_a_second_phase_and_drug_can_be_removed(
    desk: Desk, patient: Patient, today: date
) -> None:
    two = order(today)
    two |= {
        name.replace("phases.0", "phases.1"): value.replace("氨氯地平片", "缬沙坦胶囊")
        for name, value in two.items()
        if isinstance(value, str)
    }

    answer = await desk.http.post(
        f"/staff/patients/{patient.id}/treatments/new", data=two | {"intent": "remove-phase.0"}
    )

    assert "缬沙坦胶囊" in answer.text
    assert "氨氯地平片" not in answer.text


async def test_an_edit_begins_tomorrow_and_leaves_the_past(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    treatment = await make.make_treatment(
        session, patient=patient, starts_on=today - timedelta(days=5)
    )
    tomorrow = today + timedelta(days=1)
    form = await desk.http.get(f"/staff/treatments/{treatment.id}/edit")
    assert form.text.count(f'value="{tomorrow.isoformat()}"') == 2  # from_on and the first phase

    answer = await desk.http.post(
        f"/staff/treatments/{treatment.id}/edit",
        data=order(tomorrow, from_on=tomorrow.isoformat()),
    )

    assert answer.status_code == 303
    treatment_id = treatment.id
    session.expire_all()
    changed, _ = await get_plan(session, treatment_id)
    assert [(p.starts_on, p.ends_on) for p in changed.phases] == [
        (today - timedelta(days=5), today),
        (tomorrow, tomorrow + timedelta(days=27)),
    ]


async def test_an_edit_of_the_past_is_refused_beside_its_field(
    desk: Desk, treatment: Treatment, today: date
) -> None:
    yesterday = today - timedelta(days=1)

    early = await desk.http.post(
        f"/staff/treatments/{treatment.id}/edit",
        data=order(yesterday, from_on=yesterday.isoformat()),
    )
    before = await desk.http.post(
        f"/staff/treatments/{treatment.id}/edit",
        data=order(yesterday, from_on=today.isoformat()),
    )

    assert (early.status_code, before.status_code) == (422, 422)
    assert 'id="from_on-note">' in early.text
    assert "已发生的记录不会改动" in early.text
    assert "要在生效日或以后" in before.text


async def expectation(session: AsyncSession, dose: Dose) -> Expectation:
    await session.refresh(dose)
    return dose.expectation


async def test_a_hold_and_its_end(
    desk: Desk, session: AsyncSession, treatment: Treatment, patient: Patient, today: date
) -> None:
    dose = await make.make_dose(session, patient=patient, treatment=treatment)
    sent = {"from_on": today.isoformat(), "to_on": today.isoformat(), "reason": "肝功能异常",
            "key": "a-key-of-a-form"}  # fmt: skip

    held = await desk.http.post(f"/staff/treatments/{treatment.id}/hold", data=sent)
    page = await desk.http.get(held.headers["location"])

    assert held.status_code == 303
    assert await expectation(session, dose) is Expectation.HELD
    assert "肝功能异常" in page.text
    hold_id = await session.scalar(select(DoseHold.id))
    ended = await desk.http.post(f"/staff/holds/{hold_id}/end")
    assert ended.status_code == 303
    assert await expectation(session, dose) is Expectation.EXPECTED


@pytest.mark.parametrize(
    ("from_days", "to_days", "reason", "fault"),
    [(0, -1, "住院", "to_on"), (-2, 1, "住院", "from_on"), (0, 1, "", "reason")],
)
async def test_a_wrong_hold_keeps_what_was_typed(
    desk: Desk,
    session: AsyncSession,
    treatment: Treatment,
    today: date,
    from_days: int,
    to_days: int,
    reason: str,
    fault: str,
) -> None:
    first, last = today + timedelta(days=from_days), today + timedelta(days=to_days)
    sent = {"from_on": first.isoformat(), "to_on": last.isoformat(), "reason": reason}
    sent["key"] = "a-key-of-a-form"

    answer = await desk.http.post(f"/staff/treatments/{treatment.id}/hold", data=sent)

    assert answer.status_code == 422
    assert f'id="{fault}-note"' in answer.text
    assert f'value="{last.isoformat()}"' in answer.text
    assert await count_of(session, DoseHold) == 0


async def test_stopping_needs_an_outcome_and_ends_changes(
    desk: Desk, session: AsyncSession, treatment: Treatment, today: date
) -> None:
    address = f"/staff/treatments/{treatment.id}"
    sent = {"stopped_on": today.isoformat()}

    without = await desk.http.post(f"{address}/stop", data=sent)
    stopped = await desk.http.post(f"{address}/stop", data=sent | {"outcome": "completed"})
    again = await desk.http.post(f"{address}/stop", data=sent | {"outcome": "cured"})

    assert (without.status_code, stopped.status_code, again.status_code) == (422, 303, 422)
    await session.refresh(treatment)
    assert treatment.outcome is Outcome.COMPLETED
    assert "请用“更正结束”来改" in again.text


async def test_a_refused_move_to_a_far_day_lays_out_nothing(
    desk: Desk, session: AsyncSession, patient: Patient, today: date
) -> None:
    """The plan's own dose of that day is laid out first, and then stands in the way."""
    treatment = await make.make_treatment(session, patient=patient, days=60)
    dose = await make.make_dose(session, patient=patient, treatment=treatment)
    laid_until, doses = treatment.laid_until, await count_of(session, Dose)

    page = await desk.http.post(
        f"/staff/doses/{dose.id}/reschedule",
        data={"to_on": (today + timedelta(days=50)).isoformat()},
    )

    assert page.status_code == 422
    assert "不能改期" in page.text
    await session.refresh(treatment)
    await session.refresh(dose)
    assert treatment.laid_until == laid_until
    assert dose.expectation is Expectation.EXPECTED
    assert await count_of(session, Dose) == doses
