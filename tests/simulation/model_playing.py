"""A small world for tests of the model: one patient in Shanghai, one treatment."""

from datetime import UTC, date, datetime, time, timedelta

from tests.simulation import model_events as e
from tests.simulation.model import Model
from tests.simulation.model_rules import State
from tests.simulation.model_words import DoseKey, DrugLine, Patient, Phase, Plan, Slot, Verdict

ZONE = "Asia/Shanghai"
FIRST = date(2027, 9, 6)  # a Monday
SECOND = timedelta(seconds=1)
HOURS = tuple(zip(Slot, (time(8), time(12), time(18), time(22)), strict=True))
DAY = timedelta(days=1)


def plan(*slots: Slot, weekdays: frozenset[int] = frozenset(range(7)), weeks: int = 8) -> Plan:
    """Return a plan of one drug from the first day."""
    line = DrugLine("isoniazid", "0.1 g", "3", frozenset(slots or (Slot.MORNING,)), weekdays)
    return Plan(FIRST, (Phase(weeks, (line,)),), HOURS)


def order(treatment: int = 1, of: Plan | None = None, condition: str = "tb") -> e.StartTreatment:
    """Return the order that starts a treatment."""
    return e.StartTreatment(1, treatment, condition, frozenset({"hives"}), of or plan(), by=1)


def local(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return an instant of the n-th day (0: the first), by the clock in Shanghai."""
    midnight = datetime(2027, 9, 6, tzinfo=UTC) - timedelta(hours=8)
    return midnight + timedelta(days=day, hours=hour, minutes=minute)


def key(day: int, slot: Slot = Slot.MORNING, treatment: int = 1) -> DoseKey:
    """Return the dose of the n-th day."""
    return DoseKey(treatment, FIRST + timedelta(days=day), slot)


def started(of: Plan | None = None) -> Model:
    """Return a model with one treatment, started at seven on its first day."""
    model = Model((Patient(1, ZONE),))
    assert model.apply(local(0, 7), order(of=of)).refused is None
    return model


def film(model: Model, label: int, dose: DoseKey, at: datetime, verdict: Verdict | None) -> None:
    """Return a film captured, sent and (with a verdict) read at once."""
    events: list[e.Event] = [
        e.AnnounceFilm(label, dose, at, phone=1),
        e.FilmArrives(label),
        e.FilmProcessed(label),
    ]
    if verdict:
        events.append(e.JudgeFilm(label, verdict, by=1))
    for event in events:
        assert model.apply(at, event).refused is None


def told(model: Model, dose: DoseKey, at: datetime) -> State:
    """Return the state of a dose."""
    view = model.dose(dose, at)
    assert view is not None
    return view.state
