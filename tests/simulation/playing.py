"""Play a simulated year through the product and hold it against the model, day by day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from time import monotonic

from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.medication import jobs
from app.patients import jobs as patient_jobs
from tests.simulation import model_events as e
from tests.simulation import product_people
from tests.simulation import product_plans as _plans
from tests.simulation import product_said as _said
from tests.simulation.figures import Figures, Line, Mismatch
from tests.simulation.model import Model, Outcome
from tests.simulation.model_days import DAY, instant
from tests.simulation.model_words import DoseKey
from tests.simulation.product import Played, Product
from tests.simulation.product_compare import Comparer, Difference
from tests.simulation.product_look import flags_of, look
from tests.simulation.product_pages import Pages, open_pages
from tests.simulation.product_refusals import matches
from tests.simulation.product_rolled_up import rolled_up
from tests.simulation.product_support import SUPPORTED, Can, Gate
from tests.simulation.years import Year

__all__ = ["Figures", "Game", "_plans", "_said", "play"]
LOOK = time(3, 20)  # after the windows of a day have closed, before the next one's open
PAGES_EVERY = 13  # looks; the rest reads what the pages read
ROLL_UP_EVERY = 9  # of the nights of the clinics that are looked at, from the first on
CLINICS = "Asia/Shanghai"
Told = Callable[[datetime, Figures], None]  # hears how far it is, every few nights
LAID = 30 * DAY  # at the least
BACK, AHEAD = 7 * DAY, 10 * DAY


@dataclass(frozen=True)
class Tick:
    """The jobs run; then patients of this zone are compared."""

    zone: str


class Game:
    """One year, one database."""

    def __init__(
        self, year: Year, product: Product, context: JobContext, gate: Gate, pages: Pages
    ) -> None:
        self.year, self.product, self.context, self.gate = year, product, context, gate
        self.pages = pages
        self.model = Model(year.patients)
        self.comparer = Comparer(self.model, product, gate)
        self.figures = Figures()
        self.lines: dict[int, list[Line]] = {p.patient: [] for p in year.patients}
        self.lost: set[int] = set()
        self.laid: date | None = None
        self.every = 1
        self.nights = 0
        self.told: Told = lambda _at, _figures: None

    async def run(self, every: int, limit: timedelta) -> Figures:
        """Play all; look at each patient every n-th day; stop after so long by the real clock."""
        self.every = every
        ticks = self.ticks(every)
        end = monotonic() + limit.total_seconds()
        for at, what in merge(self.year.events, ticks, key=lambda line: line[0]):
            if monotonic() > end:
                self.figures.stopped = at
                break
            if isinstance(what, Tick):
                await self.tick(at, what)
            else:
                await self.event(at, what)
        else:
            await self.last_night()
        self.figures.comparisons = self.comparer.made
        self.figures.doses = sum(len(t.doses) for t in self.model.world.treatments.values())
        return self.figures

    def ticks(self, every: int) -> list[tuple[datetime, Tick]]:
        """Return when to look, in each zone."""
        if not self.year.events:
            return []
        first, last = self.year.events[0][0].date(), self.year.events[-1][0].date()
        days = range(1, (last - first).days + 1, every)
        zones = sorted({p.zone for p in self.year.patients})
        found = [(instant(first + n * DAY, LOOK, zone), Tick(zone)) for n in days for zone in zones]
        return sorted(found, key=lambda line: line[0])

    # -- events ------------------------------------------------------------------------------------

    def patient_of(self, event: e.Event) -> int:
        """Return whom an event is about: labels begin with the patient's."""
        for name in ("patient", "treatment", "film", "entry", "hold"):
            label = getattr(event, name, None)
            if isinstance(label, int):
                return label if name == "patient" else label // 10_000
        dose: DoseKey = event.dose  # type: ignore[union-attr]
        return dose.treatment // 10_000

    async def event(self, at: datetime, event: e.Event) -> None:
        """Let it happen in both worlds."""
        patient, kind = self.patient_of(event), type(event).__name__
        if patient in self.lost:
            return
        event = self.gate.adapt(event)
        if not self.happens(patient, at, event):
            self.figures.left_out[kind] += 1
            return
        self.prepare(at, event)
        said = self.model.apply(at, event)
        if said.refused and not self.gate.checks(said.refused):
            self.figures.left_out[kind] += 1
            return
        played = await self.product.play(at, event)
        self.comparer.note(patient, at)
        self.lines[patient].append(Line(at, event, said, played))
        if said.refused:
            self.figures.refused[f"{kind}: {said.refused}"] += 1
        else:
            self.figures.done[kind] += 1
        if not agree(said, played):
            self.lose(patient, at, [Difference(kind, said, played, dose_of(event))])

    def happens(self, patient: int, at: datetime, event: e.Event) -> bool:
        """Whether it is played: the product has laid its dose, and can do what it asks."""
        if unheard_of(self.model, event) or self.far(patient, at, event):
            return False
        return self.gate.passes(self.model, at, event)

    def prepare(self, at: datetime, event: e.Event) -> None:
        """Tell the product what a person would see on the page: which alert, which treatment."""
        if isinstance(event, e.CloseAlert):
            self.product.episode = self.episode(at, event)
        if isinstance(event, e.Hold) and event.treatment is None:
            running = self.model.world.running(event.patient, at)
            open_to = [t for t in running if not t.after_end(event.first, at)] or running
            self.product.first_running = open_to[0].order.treatment if open_to else 0

    def far(self, patient: int, at: datetime, event: e.Event) -> bool:
        """Whether it names a dose that the product has not laid; the model lays all at once.

        Of a treatment that has ended the days after its end are laid no more.
        """
        key = dose_of(event)
        if key is None or key in self.product.doses:
            return False
        treatment, dose = self.model.world.dose(key)
        gone = not dose.stands(at) or treatment.after_end(key.day, at)
        return gone or key.day > self.model.day(patient, at) + LAID

    def episode(self, at: datetime, event: e.CloseAlert) -> DoseKey | None:
        """Return the first dose of the episode that is closed: one that is open, as on the page."""
        known = self.model.world.treatments.get(event.treatment)
        alerts = self.model.alerts(known.order.patient, at) if known else []
        wanted = (event.treatment, event.kind)
        found = (a for a in alerts if a.open and (a.treatment, a.kind) == wanted)
        return next((a.episode for a in found), None)

    def lose(self, patient: int, at: datetime, found: list[Difference]) -> None:
        """Note it, and follow this patient no further."""
        self.lost.add(patient)
        history = [line for line in self.lines[patient] if self.concerns(line.event, found)]
        self.figures.mismatches.append(Mismatch(patient, at, found, history[-40:]))

    def concerns(self, event: e.Event, found: list[Difference]) -> bool:
        """Whether an event has to do with a difference: of its dose, or of its treatment's plan."""
        films = self.model.world.films
        film = getattr(event, "film", None)
        dose = dose_of(event) or (films[film].dose if film in films else None)
        doses = {one.dose for one in found if one.dose}
        treatments = {one.treatment for one in found} | {d.treatment for d in doses}
        if dose is not None and doses:
            return dose in doses or isinstance(event, e.MoveDose)
        treatment = dose.treatment if dose else getattr(event, "treatment", None)
        return treatment is None or treatment in treatments

    # -- days --------------------------------------------------------------------------------------

    async def tick(self, at: datetime, tick: Tick) -> None:
        """Run the jobs that the night runs, then look."""
        with clock.frozen(at):
            if self.laid != at.date():
                await jobs.lay_out_doses(self.context)
                self.laid = at.date()
            # As if they had run each night since: what became missed meanwhile may be held by now.
            since = timedelta(days=self.every + 1)
            await jobs._notice_misses(self.context, since)  # noqa: SLF001  # its name says two days
            await jobs._tell_verdicts(self.context, since)  # noqa: SLF001
            if end := getattr(jobs, "end_treatments", None):
                await end(self.context)
            for patient in self.product.people:
                self.comparer.note(patient, at)
            for person in self.product.people.values():
                if person.zone == tick.zone and person.label not in self.lost:
                    await self.look(at, person)

            if tick.zone == CLINICS:
                self.nights += 1
                if self.nights % ROLL_UP_EVERY == 1:
                    await self.supervise(at)

    async def last_night(self) -> None:
        """After all of it: what supervision reads, and the flags once the night has compared them.

        Not before: what it repairs would hide a flag that does not follow at once.
        """
        if not self.year.events:
            return
        at = instant(self.year.events[-1][0].date() + DAY, LOOK, CLINICS)
        with clock.frozen(at):
            await self.supervise(at)
            await patient_jobs.compare_flags(self.context)
            for person in self.product.people.values():
                if person.label not in self.lost:
                    await self.look_at_flags(at, person)

    async def supervise(self, at: datetime) -> None:
        """Roll the figures up and compare those of each patient's team: it has no other patient."""
        self.told(at, self.figures)
        await self.product.roll_up(self.context)
        for person in self.product.people.values():
            if person.label in self.lost:
                continue
            async with self.product.sessions.begin() as session:
                rolled = await rolled_up(self.product, session, person)
            self.figures.rolled_up += 1
            if found := self.comparer.rolled_up(person.label, at, rolled):
                self.lose(person.label, at, found)

    async def look_at_flags(self, at: datetime, person: product_people.Person) -> None:
        """Compare them one for one: nothing that is at work excuses a flag after the night."""
        async with self.product.sessions.begin() as session:
            flags, severe = await flags_of(self.product, session, person)
        if found := self.comparer.flags_by_night(person.label, at, flags, severe):
            self.lose(person.label, at, found)

    async def look(self, at: datetime, person: product_people.Person) -> None:
        """Compare one patient."""
        today = self.model.day(person.label, at)
        first, last = today - BACK, today + AHEAD
        async with self.product.sessions.begin() as session:
            shown = await look(self.product, session, person, first, last)
        self.figures.looks += 1
        found = self.comparer.compare(person.label, at, shown, first, last)
        if not found and self.figures.looks % PAGES_EVERY == 0:
            found = self.comparer.pages(
                person.label,
                at,
                await self.pages.phone(person, f"{today:%Y-%m}"),
                await self.pages.squares(person),
            )
            self.figures.pages += 2
        if found:
            self.lose(person.label, at, found)


def unheard_of(model: Model, event: e.Event) -> bool:
    """Whether it follows from one that was left out; or repeats an order that needed no asking."""
    world, dose = model.world, dose_of(event)
    treatment = dose.treatment if dose else getattr(event, "treatment", None)
    if isinstance(event, e.StartTreatment):
        return event.treatment in world.treatments
    if treatment is not None and treatment not in world.treatments:
        return True
    if dose is not None:
        return dose not in world.treatments[dose.treatment].doses
    if isinstance(event, e.EndHold):
        return event.hold not in world.hold_labels
    film, entry = getattr(event, "film", None), getattr(event, "entry", None)
    known_film = film is None or film in world.films
    return not (known_film and (entry is None or entry in world.entries))


def dose_of(event: e.Event) -> DoseKey | None:
    """Return the dose that an event names."""
    dose: DoseKey | None = getattr(event, "dose", None)
    return dose


def agree(said: Outcome, played: Played) -> bool:
    """Whether both did it, or both refused it for reasons of one kind."""
    if said.refused:
        return matches(said.refused, played.refused)
    same = played.doses is None or played.doses == said.doses
    return played.refused is None and same


async def play(
    sessions: Sessionmaker,
    settings: Settings,
    year: Year,
    supported: frozenset[Can] = SUPPORTED,
    every: int = 1,
    limit: timedelta = DAY,
    kind: type[Product] = Product,
    told: Told | None = None,
) -> Figures:
    """Play a year in an empty database; `kind`: a product with a fault, for a test of this test."""
    settings = settings.model_copy(update={"second_reading_percent": 0})
    storage = Storage(settings)
    with clock.frozen(year.events[0][0] - DAY):
        people = await product_people.arrive(sessions, year.patients)
    product = kind(sessions, settings, storage, people)
    context = JobContext(settings, sessions, storage, FEATURES)
    pages = open_pages(settings, sessions)
    try:
        game = Game(year, product, context, Gate(supported), pages)
        game.told = told or game.told
        return await game.run(every, limit)
    finally:
        await pages.close()
