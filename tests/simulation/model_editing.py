"""P3: an edit replaces the plan from a day on, day by day, and loses nothing that was said."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from tests.simulation.model_days import due
from tests.simulation.model_doses import Dose, Gone, Laid, Moved
from tests.simulation.model_events import EditPlan
from tests.simulation.model_plans import Layout, check_plan, layout
from tests.simulation.model_rules import Expectation
from tests.simulation.model_words import SLOTS, DoseKey, Plan, Refusal
from tests.simulation.model_world import Treatment, World, need


@dataclass
class Editing:
    """One edit: what stands when it is made, and what the new plan wants from its day on."""

    treatment: Treatment
    at: datetime
    from_day: date
    plan: Plan
    wanted: Layout

    def stands(self, key: DoseKey) -> bool:
        """Whether the plan until now has the dose."""
        dose = self.treatment.doses.get(key)
        return dose is not None and dose.stands(self.at)

    def stays_moved_in(self, dose: Dose) -> bool:
        """Whether a doctor moved it to a day of its own, and the plan still has such a slot."""
        mark = dose.course.read(self.at)
        moved_in = isinstance(mark, Laid) and mark.moved_in and dose.key not in self.wanted
        inside = self.plan.first_day <= dose.day <= self.plan.last_day
        return moved_in and inside and dose.key.slot in self.plan.slots()

    def stays_away(self, key: DoseKey) -> bool:
        """Whether a doctor moved this dose to another day, where it stands or was taken."""
        dose = self.treatment.doses.get(key)
        if dose is None or not isinstance(dose.course.read(self.at), Moved):
            return False
        end = self.treatment.successor(dose, self.at)
        if end.day == dose.day or end.key in self.wanted:
            return False
        before = end.day < self.from_day and end.stands(self.at)
        return before or self.stays_moved_in(end) or self.treatment.told(end, self.at)

    def order(self, key: DoseKey) -> tuple[date, datetime, int]:
        """Return the order of doses: by day, then due instant of the plan they come from."""
        laid = self.wanted.get(key)
        zone = self.treatment.zone
        dues = due(key.day, laid.hour, zone) if laid else self.treatment.doses[key].due(self.at)
        return key.day, dues, SLOTS.index(key.slot)

    def passed(self, key: DoseKey) -> bool:
        """Whether it is a new slot of today whose due instant has passed."""
        late = due(key.day, self.wanted[key].hour, self.treatment.zone) <= self.at
        return key.day == self.treatment.today(self.at) and late and not self.stands(key)

    def coming(self) -> list[DoseKey]:
        """Doses to be laid anew, in order."""
        new = (k for k in self.wanted if not self.stands(k) and not self.stays_away(k))
        return sorted(new, key=self.order)

    def going(self) -> list[DoseKey]:
        """Doses whose slot is gone, in order."""
        old = (
            key
            for key, dose in self.treatment.doses.items()
            if key.day >= self.from_day and dose.stands(self.at) and key not in self.wanted
            if not self.stays_moved_in(dose)
        )
        return sorted(old, key=self.order)

    def leaves_gap(self) -> bool:
        """Whether doses that are still to be taken stand between the day and the plan's first."""
        return any(
            self.treatment.expectation(dose, self.at) is Expectation.EXPECTED
            and not self.treatment.told(dose, self.at)
            for dose in self.treatment.doses.values()
            if self.from_day <= dose.day < self.plan.first_day
        )


def edit(world: World, at: datetime, event: EditPlan) -> int:
    """P3. Returns how many doses the new plan has from the day on."""
    treatment = world.treatment(event.treatment)
    need(treatment.runs(at), Refusal.NOT_RUNNING)
    need(event.from_day >= treatment.today(at), Refusal.DAY_PAST)
    need(not treatment.after_end(event.from_day, at), Refusal.AFTER_LAST_DAY)
    check_plan(event.plan, treatment.today(at))
    wanted = layout(event.treatment, event.plan, event.from_day)
    made = Editing(treatment, at, event.from_day, event.plan, wanted)
    for key in [k for k in wanted if made.passed(k)]:
        del wanted[key]
    need(bool(wanted), Refusal.NO_DOSE)
    need(event.confirm_gap or not made.leaves_gap(), Refusal.CONFIRM_GAP)
    replace(made)
    treatment.plans.write(at, event.plan)
    return len(wanted)


def replace(made: Editing) -> None:
    """Keep what stays; pair what went with what comes on the same day; cancel and lay the rest."""
    kept = [key for key in made.wanted if made.stands(key)]
    going, coming = by_day(made.going()), by_day(made.coming())
    for key in kept:
        keep(made, key)
    for day in sorted(going.keys() | coming.keys()):
        trade(made, going.get(day, []), coming.get(day, []))


def by_day(keys: list[DoseKey]) -> dict[date, list[DoseKey]]:
    """Return the sorted keys of each day."""
    return {day: list(found) for day, found in groupby(keys, key=lambda key: key.day)}


def keep(made: Editing, key: DoseKey) -> None:
    """Give it the new hour and drugs, unless something was said of it."""
    dose = made.treatment.doses[key]
    if not made.treatment.said(dose, made.at):
        dose.course.write(made.at, made.wanted[key])


def trade(made: Editing, going: list[DoseKey], coming: list[DoseKey]) -> None:
    """One day: pairs in order. One that was told of stays, and its pair is not laid."""
    treatment, at = made.treatment, made.at
    for place, key in enumerate(going):
        old = treatment.doses[key]
        new = coming[place] if place < len(coming) else None
        if new is None or treatment.after_end(key.day, at):
            old.course.write(at, Gone())
        elif not treatment.told(old, at):
            old.course.write(at, Moved(new))
    for place, key in enumerate(coming):
        paired = place < len(going) and not treatment.after_end(key.day, at)
        if not (paired and treatment.told(treatment.doses[going[place]], at)):
            treatment.dose(key).course.write(at, made.wanted[key])
