"""Which parts of the rules the product has by now: events of the others are left out of the year.

An event that is left out happens neither in the model nor in the product. What the product does
otherwise than the rules say is `OTHERWISE`.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from tests.simulation import model_events as e
from tests.simulation.model import Model
from tests.simulation.model_days import CAPTURE_SLACK
from tests.simulation.model_doses import Laid, Moved
from tests.simulation.model_rules import Progress
from tests.simulation.model_words import DoseKey, Refusal


class Can(StrEnum):
    """What a year may hold."""

    CONFIRM = "a far start and the same treatment are asked about"
    PASSED = "slots of today that have passed are not laid"
    HOLD = "a hold marks its days, whatever was said of them"
    HOLD_ALL = "a hold over all treatments"
    MOVE = "a dose is moved, and not onto a held day"
    LAND = "a move lands on a slot that went"
    COMING_STOP = "a stop on a coming day, its correction, and none after the plan"
    NIGHT = "today is the dose day: staff change plans between midnight and three"
    EDIT = "an edit cancels and pairs"
    SWAP = "what was taken after it was moved is swapped back"
    STRIKE = "a wrong staff entry is struck through"
    WITHDRAW = "a verdict is withdrawn after the ten seconds"
    SEVERE = "a severe symptom stops treatments until a clinician decides"
    TWO_FILMS = "two phones have films of one dose on their way"
    AHEAD = "the film of a phone whose clock runs ahead is taken in"
    SEVERE_FILM = "a film captured while a severe symptom shuts its dose is taken in"
    STOP_SEVERE = "a stop that is taken back leaves an undecided severe symptom undecided"
    STOP_SWAP = "a moved dose taken after the end is swapped, for the end may be taken back"
    MOVED_HOUR = "a moved dose keeps its hour where the plan has none for its slot any more"


# What the product does otherwise, on purpose or not yet: nothing by now.
OTHERWISE: set[Can] = set()
SUPPORTED = frozenset(Can) - OTHERWISE

NEEDS: dict[type, Can] = {
    e.EditPlan: Can.EDIT,
    e.Hold: Can.HOLD,
    e.EndHold: Can.HOLD,
    e.MoveDose: Can.MOVE,
    e.Stop: Can.COMING_STOP,
    e.CorrectStop: Can.COMING_STOP,
    e.TakeBackStop: Can.COMING_STOP,
    e.DecideSevere: Can.SEVERE,
    e.CorrectStaffSaw: Can.STRIKE,
    e.WithdrawVerdict: Can.WITHDRAW,
}
# What the model refuses and the product does not ask about yet.
NOT_REFUSED: dict[Refusal, Can] = {
    Refusal.STOP_OUTSIDE_PLAN: Can.COMING_STOP,
    Refusal.CLINICAL: Can.SEVERE,
}
BY_DAY = e.StartTreatment | e.EditPlan | e.Hold | e.EndHold | e.MoveDose | e.Stop | e.CorrectStop


class Gate:
    """Lets through what the product can do."""

    def __init__(self, supported: frozenset[Can]) -> None:
        self.supported = supported

    def passes(self, model: Model, at: datetime, event: e.Event) -> bool:
        """Whether it happens in this year."""
        need = NEEDS.get(type(event))
        if need and need not in self.supported:
            return False
        return not any(can not in self.supported for can in asks(model, at, event))

    def adapt(self, event: e.Event) -> e.Event:
        """Order plainly what the product does without being told."""
        if not isinstance(event, e.StartTreatment):
            return event
        if Can.PASSED not in self.supported:
            event = replace(event, count_passed=True)
        if Can.CONFIRM not in self.supported:
            event = replace(event, confirm_same=True, confirm_far=True)
        return event

    def checks(self, refusal: Refusal) -> bool:
        """Whether the product must refuse what the model refuses for this reason."""
        can = NOT_REFUSED.get(refusal)
        return can is None or can in self.supported


def asks(model: Model, at: datetime, event: e.Event) -> list[Can]:
    """Return what the product must be able to do for this event."""
    return [can for can, wants in ASKS if wants(model, at, event)]


def by_night(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether the dose day is not the day of the calendar."""
    if not isinstance(event, BY_DAY | e.TakeBackStop):
        return False
    treatment = treatment_of(event)
    known = model.world.treatments.get(treatment) if treatment is not None else None
    person = known.order.patient if known else getattr(event, "patient", None)
    if person is None:
        return any(by_clock(model, p, at) for p in model.world.patients)
    return by_clock(model, person, at)


def by_clock(model: Model, patient: int, at: datetime) -> bool:
    """Whether it is between midnight and three where the patient lives."""
    local = at.astimezone(ZoneInfo(model.world.patients[patient].zone))
    return local.date() != model.day(patient, at)


def treatment_of(event: e.Event) -> int | None:
    """Return the treatment that an event names."""
    dose = getattr(event, "dose", None)
    if isinstance(dose, DoseKey):
        return dose.treatment
    found: int | None = getattr(event, "treatment", None)
    return found


def holds_all(_: Model, __: datetime, event: e.Event) -> bool:
    """Whether it is a hold over everything."""
    return isinstance(event, e.Hold) and event.treatment is None


def of_a_moved_dose(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether it says something of a dose that was moved."""
    if not isinstance(event, e.AnnounceFilm | e.SayWord | e.StaffSaw | e.AnswerSideEffects):
        return False
    known = model.world.treatments.get(event.dose.treatment)
    dose = known.doses.get(event.dose) if known else None
    return dose is not None and isinstance(dose.course.read(at), Moved)


def of_a_moved_dose_after_the_end(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether it says something of a moved dose whose day lies after the last one."""
    if not of_a_moved_dose(model, at, event):
        return False
    treatment, dose = model.world.dose(event.dose)  # type: ignore[union-attr]
    return treatment.after_end(treatment.successor(dose, at).day, at)


def is_severe(_: Model, __: datetime, event: e.Event) -> bool:
    """Whether a severe symptom is reported."""
    return isinstance(event, e.AnswerSideEffects) and bool(event.severe)


def while_another_comes(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether a film of this dose is on its way already."""
    if not isinstance(event, e.AnnounceFilm) or event.film in model.world.films:
        return False
    known = model.world.treatments.get(event.dose.treatment)
    dose = known.doses.get(event.dose) if known else None
    return dose is not None and dose.progress(at) is Progress.UPLOADING


def from_the_future(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether the phone says that it was filmed later than now."""
    if not isinstance(event, e.AnnounceFilm) or event.captured_at <= at:
        return False
    ends = model.world.dose(event.dose)[1].when.closes + CAPTURE_SLACK
    return event.captured_at > at + CAPTURE_SLACK or event.captured_at >= ends


def lands_on_gone(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether a move meets a slot that was there once."""
    if not isinstance(event, e.MoveDose):
        return False
    known = model.world.treatments.get(event.dose.treatment)
    there = (
        known.doses.get(DoseKey(event.dose.treatment, event.to, event.dose.slot)) if known else None
    )
    return there is not None and not isinstance(there.course.read(at), Laid)


def of_a_slot_that_went(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether a dose is moved whose slot the plan does not use any more."""
    if not isinstance(event, e.MoveDose) or event.dose.treatment not in model.world.treatments:
        return False
    plan = model.world.treatment(event.dose.treatment).plan(at)
    return plan is not None and event.dose.slot not in plan.slots()


def of_a_shut_dose(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether it is a film of a dose that waits for a clinician."""
    if not isinstance(event, e.AnnounceFilm) or event.dose.treatment not in model.world.treatments:
        return False
    holds = model.world.treatment(event.dose.treatment).holds
    return any(h.undecided(at) and h.covers(event.dose.day, at) for h in holds)


def stops_what_is_shut(model: Model, at: datetime, event: e.Event) -> bool:
    """Whether a treatment is stopped that waits for a clinician."""
    if not isinstance(event, e.Stop | e.CorrectStop | e.TakeBackStop):
        return False
    known = model.world.treatments.get(event.treatment)
    return known is not None and any(h.undecided(at) for h in known.holds)


ASKS = (
    (Can.NIGHT, by_night),
    (Can.HOLD_ALL, holds_all),
    (Can.SWAP, of_a_moved_dose),
    (Can.STOP_SWAP, of_a_moved_dose_after_the_end),
    (Can.SEVERE, is_severe),
    (Can.TWO_FILMS, while_another_comes),
    (Can.AHEAD, from_the_future),
    (Can.LAND, lands_on_gone),
    (Can.MOVED_HOUR, of_a_slot_that_went),
    (Can.SEVERE_FILM, of_a_shut_dose),
    (Can.STOP_SEVERE, stops_what_is_shut),
)
