"""An independent model of doses: apply events in order, ask at any instant.

It imports nothing of the product and was written from the rules alone, by someone who had not read
the product's code. Questions read journals, so an instant of the past may be asked about as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.simulation import (
    model_counts as counts,
)
from tests.simulation import (
    model_editing as editing,
)
from tests.simulation import model_events as e
from tests.simulation import (
    model_evidence as evidence,
)
from tests.simulation import (
    model_plans as plans,
)
from tests.simulation import model_words as w
from tests.simulation.model_days import dose_day
from tests.simulation.model_rules import State
from tests.simulation.model_views import DoseView, view
from tests.simulation.model_world import Closing, RefusedError, World, need


@dataclass(frozen=True)
class Outcome:
    """What became of an event: refused with a reason, or done; `doses` where a plan was laid."""

    refused: w.Refusal | None = None
    doses: int | None = None


def close_alert(world: World, at: datetime, event: e.CloseAlert) -> None:
    """Staff close an alert; a higher level opens it again."""
    treatment = world.treatment(event.treatment)
    need(event.kind is not w.AlertKind.SEVERE, w.Refusal.CLINICAL)
    raised = [a for a in counts.alerts(treatment, at) if a.kind is event.kind and a.open]
    need(bool(raised), w.Refusal.NO_ALERT)
    treatment.closings.write(at, Closing(event.kind, raised[0].episode, raised[0].level))


ACTS: dict[type, Callable[[World, datetime, Any], int | None]] = {
    e.StartTreatment: plans.start,
    e.EditPlan: editing.edit,
    e.Hold: plans.hold,
    e.EndHold: plans.end_hold,
    e.MoveDose: plans.move,
    e.Stop: plans.stop,
    e.CorrectStop: plans.correct_stop,
    e.TakeBackStop: plans.take_back_stop,
    e.AnnounceFilm: evidence.announce,
    e.FilmArrives: evidence.arrive,
    e.FilmProcessed: evidence.process,
    e.GiveUpUpload: evidence.give_up,
    e.JudgeFilm: evidence.judge,
    e.WithdrawVerdict: evidence.withdraw,
    e.SayWord: evidence.say,
    e.StaffSaw: evidence.see,
    e.CorrectStaffSaw: evidence.strike,
    e.AnswerSideEffects: evidence.answer,
    e.DecideSevere: evidence.decide,
    e.CloseAlert: close_alert,
}


class Model:
    """What the product should say."""

    def __init__(self, patients: tuple[w.Patient, ...]) -> None:
        self.world = World(patients)

    def apply(self, at: datetime, event: e.Event) -> Outcome:
        """Let it happen, or refuse it; instants must not run backwards."""
        try:
            return Outcome(doses=ACTS[type(event)](self.world, at, event))
        except RefusedError as refused:
            return Outcome(refused=refused.reason)

    # -- treatments --------------------------------------------------------------------------------

    def treatments(self, patient: int) -> list[int]:
        """Labels of a patient's treatments."""
        return [t.order.treatment for t in self.world.of(patient)]

    def runs(self, treatment: int, at: datetime) -> bool:
        """Whether it has started and is not past its last day."""
        return self.world.treatment(treatment).runs(at)

    def severe_undecided(self, treatment: int, at: datetime) -> bool:
        """Whether a severe side effect holds it until a clinician decides."""
        return bool(counts.severe_alerts(self.world.treatment(treatment), at))

    def held_today(self, treatment: int, at: datetime) -> bool:
        """Whether the treatment is on hold today."""
        found = self.world.treatment(treatment)
        return found.held(found.today(at), at)

    def streak(self, treatment: int, at: datetime) -> list[w.DoseKey]:
        """R3: the misses in a row, newest first."""
        return counts.streak(self.world.treatment(treatment), at)

    def rejections(self, treatment: int, at: datetime) -> list[w.DoseKey]:
        """R4: the rejections in a row, newest first."""
        return counts.rejections(self.world.treatment(treatment), at)

    def missed(self, treatment: int, at: datetime) -> set[w.DoseKey]:
        """R2: every missed dose; its size is the misses in all."""
        return counts.misses(self.world.treatment(treatment), at)

    def rates(
        self, treatment: int, at: datetime, first: date = date.min, last: date = date.max
    ) -> counts.Rates:
        """R5: the counts over the doses of a period."""
        return counts.rates(self.world.treatment(treatment), at, first, last)

    # -- patients ----------------------------------------------------------------------------------

    def day(self, patient: int, at: datetime) -> date:
        """Return the dose day of a patient."""
        return dose_day(at, self.world.patient(patient).zone)

    def running_rates(
        self, patient: int, at: datetime, first: date = date.min, last: date = date.max
    ) -> counts.Rates:
        """R5: of all running treatments together; ended courses are never added."""
        running = self.world.running(patient, at)
        return sum((counts.rates(t, at, first, last) for t in running), counts.Rates())

    def alerts(self, patient: int, at: datetime) -> list[counts.Alert]:
        """Return the alerts that must have been raised, each open or closed at its level."""
        return [alert for t in self.world.of(patient) for alert in counts.alerts(t, at)]

    def flags(self, patient: int, at: datetime) -> list[counts.Flag]:
        """Return the flags `missed_in_row` of a patient."""
        return [found for t in self.world.of(patient) if (found := counts.flag(t, at))]

    def doses(
        self, patient: int, at: datetime, first: date = date.min, last: date = date.max
    ) -> list[DoseView]:
        """Every dose of these days laid until then, in order of treatment, day and slot label."""
        found = [
            view(t, d, at)
            for t in self.world.of(patient)
            for d in t.doses.values()
            if first <= d.day <= last
        ]
        return sorted((v for v in found if v), key=lambda v: v.key)

    def dose(self, key: w.DoseKey, at: datetime) -> DoseView | None:
        """One dose; None when it was not laid until then."""
        treatment = self.world.treatments.get(key.treatment)
        dose = treatment.doses.get(key) if treatment else None
        return view(treatment, dose, at) if treatment and dose else None

    def today(self, patient: int, at: datetime) -> list[w.DoseKey]:
        """Doses of the dose day that the patient may film now, in order of their due instants."""
        day = self.day(patient, at)
        found = [
            shown
            for t in self.world.of(patient)
            for d in t.days.get(day, [])
            if (shown := view(t, d, at)) and shown.state is State.OPEN
        ]
        return [v.key for v in sorted(found, key=lambda v: (v.due, v.key))]
