"""Plans laid out into doses: lengths of phases, tablets by weight, weekdays, holds."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import uuid7
from app.medication.layout import Calendar, dose_rows, plan_from_template
from app.medication.models import (
    DoseHold,
    Expectation,
    PhaseDrug,
    Slot,
    TreatmentPhase,
    TreatmentTemplate,
)
from app.medication.problems import WeightOutOfBands, WeightRequired
from app.medication.schemas.treatments import Plan, TemplateDefinition

THURSDAY = date(2026, 9, 10)
KG = Decimal(52)


def template(*phases: dict[str, Any]) -> TemplateDefinition:
    return TemplateDefinition.model_validate({"phases": list(phases)})


def phase(weekdays: list[int], tablets: str = "1", **length: Any) -> dict[str, Any]:
    drug = {
        "name": "药",
        "strength": None,
        "slots": ["morning"],
        "weekdays": weekdays,
        "tablets": tablets,
    }
    return {"name": "一期", "drugs": [drug], **length}


async def tuberculosis(session: AsyncSession) -> TemplateDefinition:
    """Read the regimen as the migration wrote it."""
    definition = await session.scalar(
        select(TreatmentTemplate.definition).where(TreatmentTemplate.condition == "tuberculosis")
    )
    return TemplateDefinition.model_validate(definition)


def laid(plans: Any, holds: Any = (), until: date | None = None) -> list[dict[str, Any]]:
    phases = [
        TreatmentPhase(
            name=p.name,
            starts_on=p.starts_on,
            ends_on=p.ends_on,
            drugs=[PhaseDrug(**d.model_dump()) for d in p.drugs],
        )
        for p in plans
    ]
    calendar = Calendar(uuid7(), uuid7(), "Asia/Shanghai", {}, phases, list(holds))
    return list(dose_rows(calendar, phases[0].starts_on, until or phases[-1].ends_on))


async def test_standard_regimen_has_60_and_120_doses(session: AsyncSession) -> None:
    plans = plan_from_template(await tuberculosis(session), THURSDAY, KG)
    rows = laid(plans)

    by_drug = Counter(row["drugs"][0]["name"] for row in rows)
    assert list(by_drug.values()) == [60, 120]
    assert [row["due_on"] for row in rows] == [THURSDAY + timedelta(days=n) for n in range(180)]
    assert [(p.starts_on, p.ends_on) for p in plans] == [
        (date(2026, 9, 10), date(2026, 11, 8)),
        (date(2026, 11, 9), date(2027, 3, 8)),
    ]


@pytest.mark.parametrize(
    ("weight", "tablets"),
    [
        ("30", "2"), ("37.9", "2"), ("38", "3"), ("54.9", "3"),
        ("55", "4"), ("70.9", "4"), ("71", "5"), ("140", "5"),
    ],
)  # fmt: skip
async def test_tablets_by_weight(weight: str, tablets: str, session: AsyncSession) -> None:
    plans = plan_from_template(await tuberculosis(session), THURSDAY, Decimal(weight))

    assert {d.tablets for p in plans for d in p.drugs} == {Decimal(tablets)}


async def test_weight_outside_the_bands_is_the_doctors_to_decide(session: AsyncSession) -> None:
    definition = await tuberculosis(session)

    with pytest.raises(WeightOutOfBands):
        plan_from_template(definition, THURSDAY, Decimal("29.9"))
    with pytest.raises(WeightRequired):
        plan_from_template(definition, THURSDAY, None)


@pytest.mark.parametrize(
    ("length", "weekdays", "ends_on"),
    [
        ({"doses": 1}, [1, 2, 3, 4, 5, 6, 7], "2026-09-10"),
        ({"doses": 3}, [1, 3, 5], "2026-09-16"),  # Friday, Monday, Wednesday
        ({"doses": 2}, [4], "2026-09-17"),
        ({"weeks": 1}, [1], "2026-09-16"),
        ({"weeks": 52}, [1, 2, 3, 4, 5, 6, 7], "2027-09-08"),
    ],
)
def test_length_of_a_phase(length: dict[str, Any], weekdays: list[int], ends_on: str) -> None:
    plans = plan_from_template(template(phase(weekdays, **length)), THURSDAY, None)

    assert plans[0].ends_on == date.fromisoformat(ends_on)


def test_only_chosen_weekdays_are_laid() -> None:
    rows = laid(plan_from_template(template(phase([1, 3, 5], doses=6)), THURSDAY, None))

    assert [r["due_on"].isoweekday() for r in rows] == [5, 1, 3, 5, 1, 3]


def test_one_dose_a_slot_with_every_drug_due_then() -> None:
    drugs = [
        {"name": "二甲双胍片", "strength": "0.5 g", "slots": ["morning", "evening"],
         "weekdays": [1, 2, 3, 4, 5, 6, 7], "tablets": "1"},
        {"name": "格列美脲片", "strength": "2 mg", "slots": ["morning"],
         "weekdays": [4], "tablets": "0.5"},
    ]  # fmt: skip
    definition = template({"name": "长期", "weeks": 1, "drugs": drugs})
    rows = laid(plan_from_template(definition, THURSDAY, None))

    told = [(r["due_on"].day, r["slot"], [d["name"] for d in r["drugs"]]) for r in rows[:3]]
    assert told == [
        (10, Slot.MORNING, ["二甲双胍片", "格列美脲片"]),
        (10, Slot.EVENING, ["二甲双胍片"]),
        (11, Slot.MORNING, ["二甲双胍片"]),
    ]
    assert rows[0]["drugs"][1] == {"name": "格列美脲片", "strength": "2 mg", "tablets": "0.5"}


def test_days_of_a_hold_are_laid_as_held() -> None:
    hold = DoseHold(from_on=date(2026, 9, 12), to_on=date(2026, 9, 13), reason="肝功能异常")
    plans = plan_from_template(template(phase([1, 2, 3, 4, 5, 6, 7], doses=5)), THURSDAY, None)

    held = [r["due_on"].day for r in laid(plans, [hold]) if r["expectation"] is Expectation.HELD]
    assert held == [12, 13]


def test_nothing_is_laid_outside_the_phases() -> None:
    plans = plan_from_template(template(phase([1, 2, 3, 4, 5, 6, 7], doses=3)), THURSDAY, None)

    assert len(laid(plans, until=date(2027, 1, 1))) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "一期", "drugs": []},
        phase([1], weeks=1, doses=1),
        phase([1]),
        phase([], weeks=1),
        phase([8], weeks=1),
        phase([1], tablets="0", weeks=1),
        phase([1], tablets="0.3", weeks=1),
        phase([1], tablets="21", weeks=1),
    ],
)
def test_wrong_template_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        template(wrong)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("2026-09-10", "2026-09-20"), ("2026-09-20", "2026-09-30")),
        (("2026-09-10", "2026-09-09"), ("2026-09-20", "2026-09-30")),
        (("2026-09-20", "2026-09-30"), ("2026-09-10", "2026-09-19")),
    ],
)
def test_phases_follow_without_overlap(first: tuple[str, str], second: tuple[str, str]) -> None:
    drug = {"name": "药", "tablets": "1", "slots": ["morning"]}
    phases = [
        {"name": "期", "starts_on": a, "ends_on": b, "drugs": [drug]} for a, b in (first, second)
    ]

    with pytest.raises(ValidationError):
        Plan.model_validate({"phases": phases, "slot_times": {}})
