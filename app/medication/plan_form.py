"""A plan as a flat form and back: `phases.0.drugs.1.tablets` is a field's name.

Works without scripts: adding and taking away a line is a submit that changes only the form.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from app.core.forms import Form, sentence
from app.medication.layout import plan_from_template
from app.medication.models import Slot, Treatment
from app.medication.problems import WeightOutOfBands, WeightRequired
from app.medication.rules import USUAL_TIMES
from app.medication.schemas.treatments import (
    DraftPhase,
    DrugPlan,
    PhasePlan,
    Plan,
    TemplateDefinition,
)

LISTS = {"slots", "weekdays"}
EVERY_DAY = [str(n) for n in range(1, 8)]
# 240 drugs of up to 14 fields, and those of their phases.
MOST_FIELDS = 4000
MOST_DIGITS = 6  # a field's name comes from outside
FOUR_WEEKS = timedelta(days=27)

Nested = dict[str, Any]


def read_values(sent: FormData) -> dict[str, Any]:
    """Keep every field by its name; those of `LISTS` as lists."""
    values: dict[str, Any] = {}
    for name in sent:
        texts = [str(v).strip() for v in sent.getlist(name)]
        values[name] = texts if name.rpartition(".")[2] in LISTS else texts[-1]
    return values


def nested(values: Mapping[str, Any]) -> Nested:
    """Gather the dotted names into {slot_times, phases: [{…, drugs: [{…}]}]}, in order."""
    phases: dict[int, Nested] = {}
    times: Nested = {}
    for name, value in values.items():
        match name.split("."):
            case ["slot_times", slot]:
                times[slot] = value
            case ["phases", phase, "drugs", drug, field] if _is_number(phase + drug):
                drugs = phases.setdefault(int(phase), {"drugs": {}})["drugs"]
                drugs.setdefault(int(drug), {"slots": [], "weekdays": []})[field] = value
            case ["phases", phase, field] if _is_number(phase) and field != "drugs":
                phases.setdefault(int(phase), {"drugs": {}})[field] = value
    in_order = [phases[n] | {"drugs": _sorted(phases[n]["drugs"])} for n in sorted(phases)]
    return {"slot_times": times, "phases": in_order}


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < MOST_DIGITS


def _sorted(by_number: Mapping[int, Nested]) -> list[Nested]:
    return [by_number[n] for n in sorted(by_number)]


def flat(plan: Nested) -> dict[str, Any]:
    """Name each field of a nested plan; the opposite of `nested`."""
    values = {f"slot_times.{slot}": at for slot, at in plan["slot_times"].items()}
    for p, phase in enumerate(plan["phases"]):
        fields = {name: value for name, value in phase.items() if name != "drugs"}
        values |= {f"phases.{p}.{name}": value for name, value in fields.items()}
        for d, drug in enumerate(phase["drugs"]):
            values |= {f"phases.{p}.drugs.{d}.{name}": value for name, value in drug.items()}
    return values


def shape(values: Mapping[str, Any]) -> list[int]:
    """Count the drugs of each phase, for the template's loops."""
    return [len(phase["drugs"]) for phase in nested(values)["phases"]]


def check_plan(form: Form[Any]) -> Plan | None:
    """Validate the plan of a form; its faults go to the fields' names."""
    plan = nested(form.values)
    used = {slot for phase in plan["phases"] for drug in phase["drugs"] for slot in drug["slots"]}
    plan["slot_times"] = {s: at for s, at in plan["slot_times"].items() if s in used and at}
    try:
        return Plan.model_validate(_without_empty(plan))
    except ValidationError as refused:
        for error in refused.errors():
            form.refuse(_field_of(error["loc"]), sentence(error))
    return None


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_empty(v) for k, v in value.items() if v != ""}
    return [_without_empty(v) for v in value] if isinstance(value, list) else value


def _field_of(location: tuple[int | str, ...]) -> str:
    """Point at the whole list where one of its items is wrong."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[-2] in LISTS:
        parts.pop()
    return ".".join(parts)


def change_lines(values: dict[str, Any], intent: str) -> dict[str, Any]:
    """Add or take away a phase or a drug: `add-drug.0`, `remove-phase.1`."""
    plan = nested(values)
    others = {n: v for n, v in values.items() if not n.startswith(("phases.", "slot_times."))}
    action, *numbers = intent.replace("-", ".", 1).split(".")
    what, phase, drug = [*numbers, "", "", ""][:3]
    _ACTIONS.get(f"{action}.{what}", _nothing)(plan, phase, drug)
    return others | flat(plan)


def _nothing(_: Nested, __: str, ___: str) -> None:
    """Leave the form as it is: a name that no button has."""


def _at(items: list[Nested], number: str) -> Nested | None:
    index = int(number) if _is_number(number) else len(items)
    return items[index] if index < len(items) else None


def _add_phase(plan: Nested, _: str, __: str) -> None:
    before = plan["phases"][-1] if plan["phases"] else None
    starts_on = _day_after(before["ends_on"]) if before else ""
    plan["phases"].append(blank_phase(starts_on) | {"name": "继续期" if before else "强化期"})


def _day_after(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except ValueError:
        return ""


def _add_drug(plan: Nested, number: str, _: str) -> None:
    if phase := _at(plan["phases"], number):
        phase["drugs"].append(blank_drug())


def _remove_phase(plan: Nested, number: str, _: str) -> None:
    if (phase := _at(plan["phases"], number)) and len(plan["phases"]) > 1:
        plan["phases"].remove(phase)


def _remove_drug(plan: Nested, number: str, drug_number: str) -> None:
    phase = _at(plan["phases"], number)
    if phase and len(phase["drugs"]) > 1 and (drug := _at(phase["drugs"], drug_number)):
        phase["drugs"].remove(drug)


_ACTIONS = {
    "add.phase": _add_phase,
    "add.drug": _add_drug,
    "remove.phase": _remove_phase,
    "remove.drug": _remove_drug,
}


def blank_drug() -> Nested:
    return {
        "name": "",
        "strength": "",
        "tablets": "",
        "slots": [Slot.MORNING.value],
        "weekdays": EVERY_DAY,
    }


def blank_phase(starts_on: str) -> Nested:
    return {"name": "", "starts_on": starts_on, "ends_on": "", "drugs": [blank_drug()]}


def usual_times(own: Mapping[str, str] | None = None) -> dict[str, str]:
    usual = {slot.value: at.isoformat("minutes") for slot, at in USUAL_TIMES.items()}
    return usual | dict(own or {})


def free_plan(starts_on: date) -> dict[str, Any]:
    phase = blank_phase(starts_on.isoformat()) | {
        "name": "长期服药",
        "ends_on": (starts_on + FOUR_WEEKS).isoformat(),
    }
    return flat({"slot_times": usual_times(), "phases": [phase]})


def template_plan(
    definition: TemplateDefinition, starts_on: date, weight_kg: Decimal | None
) -> tuple[dict[str, Any], str | None]:
    """Fill the form from a template; what weight cannot tell is left to the doctor, and said."""
    refusal = None
    try:
        phases = plan_from_template(definition, starts_on, weight_kg)
    except (WeightRequired, WeightOutOfBands) as problem:
        refusal = problem.title
        phases = plan_from_template(_unweighed(definition), starts_on, None)
    filled = [_phase_values(p) for p in phases]
    if refusal:
        _blank_weighed(filled, definition)
    return flat({"slot_times": usual_times(), "phases": filled}), refusal


def _unweighed(definition: TemplateDefinition) -> TemplateDefinition:
    phases = [
        p.model_copy(
            update={"drugs": [d.model_copy(update={"tablets": Decimal(1)}) for d in p.drugs]}
        )
        for p in definition.phases
    ]
    return definition.model_copy(update={"phases": phases})


def _blank_weighed(filled: list[Nested], definition: TemplateDefinition) -> None:
    for phase, asked in zip(filled, definition.phases, strict=True):
        for drug, by in zip(phase["drugs"], asked.drugs, strict=True):
            drug["tablets"] = "" if by.weight_bands else f"{by.tablets:f}"


def _phase_values(phase: PhasePlan) -> Nested:
    values = phase.model_dump(mode="json")
    for drug in values["drugs"]:
        drug["strength"] = drug["strength"] or ""
        drug["tablets"] = f"{Decimal(drug['tablets']).normalize():f}"
        drug["weekdays"] = [str(n) for n in drug["weekdays"]]
    return values


def running_plan(treatment: Treatment, from_on: date) -> dict[str, Any]:
    """Fill the form with what is planned from this day on."""
    phases = [
        # As it is: what was taken in once may be refused today, when it is sent.
        DraftPhase.model_construct(
            name=phase.name,
            starts_on=max(phase.starts_on, from_on),
            ends_on=phase.ends_on,
            drugs=[
                DrugPlan.model_construct(
                    name=drug.name,
                    strength=drug.strength,
                    tablets=drug.tablets,
                    slots=[Slot(slot) for slot in drug.slots],
                    weekdays=drug.weekdays,
                )
                for drug in phase.drugs
            ],
        )
        for phase in treatment.phases
        if phase.ends_on >= from_on
    ]
    if not phases:
        return free_plan(from_on)
    filled = [_phase_values(phase) for phase in phases]
    return flat({"slot_times": usual_times(treatment.slot_times), "phases": filled})
