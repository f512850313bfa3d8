"""Hold what the product shows of a patient against what the model says."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.simulation.model import Model
from tests.simulation.model_counts import Alert
from tests.simulation.model_days import UPLOAD_GRACE
from tests.simulation.model_rules import Expectation, Progress, State
from tests.simulation.model_views import DoseView
from tests.simulation.model_words import AlertKind, DoseKey
from tests.simulation.product import Product
from tests.simulation.product_look import Drugs, Shown, ShownAlert, ShownDose, ShownFlag
from tests.simulation.product_rolled_up import RolledUp, compare_rolled_up
from tests.simulation.product_support import Can, Gate


@dataclass(frozen=True)
class Difference:
    """One thing of which the two say different things."""

    what: str
    model: Any
    product: Any
    dose: DoseKey | None = None
    treatment: int | None = None


LATELY = timedelta(days=2)
MINUTE = timedelta(minutes=1)
STANDS = {Expectation.EXPECTED, Expectation.HELD}
AlertKey = tuple[int, str, str]


@dataclass
class Comparer:
    """Remembers which alerts must have been raised until now, and how high."""

    model: Model
    product: Product
    gate: Gate
    highest: dict[AlertKey, int] = field(default_factory=dict)
    lengths: dict[AlertKey, set[int]] = field(default_factory=dict)
    instants: dict[int, list[datetime]] = field(default_factory=dict)
    known: set[DoseKey] = field(default_factory=set)
    made: int = 0

    def compare(
        self, patient: int, at: datetime, shown: Shown, first: date, last: date
    ) -> list[Difference]:
        """Return what differs."""
        with ExitStack() as still:
            for treatment in self.model.world.of(patient):
                still.enter_context(treatment.unchanged())
            return self._differences(patient, at, shown, first, last)

    def _differences(
        self, patient: int, at: datetime, shown: Shown, first: date, last: date
    ) -> list[Difference]:
        return [
            *self._doses(patient, at, shown, first, last),
            *self._alerts(patient, at, shown),
            *self._flags(patient, at, shown),
            *self._rates(patient, at, shown),
            *self._severe(patient, at, shown),
        ]

    def rolled_up(self, patient: int, at: datetime, rolled: RolledUp) -> list[Difference]:
        """Return what differs in the figures of a team that has this patient alone."""
        with ExitStack() as still:
            treatments = self.model.world.of(patient)
            for treatment in treatments:
                still.enter_context(treatment.unchanged())
            found = list(compare_rolled_up(treatments, at, rolled))
            self.made += len(rolled.days) + len(rolled.sums) + len(rolled.slipping)
        return [Difference(what, said, told, treatment=t) for what, said, told, t in found]

    def flags_by_night(
        self, patient: int, at: datetime, flags: dict[int, ShownFlag], severe: set[int]
    ) -> list[Difference]:
        """Return which flags differ after the job that compares them all."""
        said = {f.treatment: (f.severity.value, f.count) for f in self.model.flags(patient, at)}
        told = {treatment: tuple(flag) for treatment, flag in flags.items()}
        waits = {t for t in self.model.treatments(patient) if self._waits(t, at)}
        self.made += 2
        pairs = (("flags by night", said, told), ("severe flags by night", waits, severe))
        return [Difference(what, want, has) for what, want, has in pairs if want != has]

    def _waits(self, treatment: int, at: datetime) -> bool:
        return self.model.severe_undecided(treatment, at) and self.model.runs(treatment, at)

    # -- doses -------------------------------------------------------------------------------------

    def _doses(
        self, patient: int, at: datetime, shown: Shown, first: date, last: date
    ) -> Iterator[Difference]:
        said = {v.key: v for v in self.model.doses(patient, at, first, last)}
        for key in sorted(said.keys() | shown.doses.keys()):
            self.made += 1
            view, dose = said.get(key), shown.doses.get(key)
            if view is None or dose is None:
                if view is None or not self._never_laid(view):
                    yield Difference("dose", view and view.state, dose, dose=key)
                continue
            yield from self._dose(view, dose)
            square = shown.on_calendar.get(key, dose.state)
            if square != dose.state:
                yield Difference("calendar", dose.state, square, dose=key)
        self.known |= shown.doses.keys()

    def _dose(self, view: DoseView, dose: ShownDose) -> Iterator[Difference]:
        pairs: list[tuple[str, Any, Any]] = [
            ("state", view.state.value, dose.state),
            ("moved to", view.moved_to, dose.moved_to),
        ]
        stands = view.facts.expectation in STANDS
        if stands:  # of one that is let go drugs and hour are what they were (D20)
            pairs.append(("drugs", normal(view.drugs), normal(dose.drugs)))
        if {Can.HOLD, Can.COMING_STOP} <= self.gate.supported:
            pairs.append(("expectation", view.facts.expectation.value, dose.expectation))
        for what, said, found in pairs:
            if said != found:
                yield Difference(what, said, found, dose=view.key)
        if (
            stands and abs(view.due - dose.due) > MINUTE
        ):  # the product keeps it a minute inside its window
            yield Difference("due", view.due, dose.due, dose=view.key)

    def pages(
        self, patient: int, at: datetime, phone: dict[UUID, str], squares: dict[UUID, str]
    ) -> list[Difference]:
        """Return what differs on the phone's month and the doctor's page."""
        keys = {dose_id: key for key, dose_id in self.product.doses.items()}
        said = {v.key: v.state.value for v in self.model.doses(patient, at)}
        found = []
        for where, states in (("phone", phone), ("page", squares)):
            self.made += len(states)
            for dose_id, state in states.items():
                key = keys[dose_id]
                if said.get(key) != state:
                    found.append(Difference(where, said.get(key), state, dose=key))
        return found

    def _never_laid(self, view: DoseView) -> bool:
        """Whether it went before the product had laid it: the model lays a plan at once."""
        gone = view.state in {State.CANCELLED, State.RESCHEDULED}
        return gone and view.key not in self.known

    # -- alerts ------------------------------------------------------------------------------------

    def note(self, patient: int, at: datetime) -> None:
        """Remember an instant at which the product may have looked at this patient's misses."""
        self.instants.setdefault(patient, []).append(at)

    def _alerts(self, patient: int, at: datetime, shown: Shown) -> list[Difference]:
        self._raise(patient, at)
        found = list(self._wrong_alerts(patient, at, shown))
        if found:  # one may have stood for a while, since the last look
            for earlier in self.instants.get(patient, []):
                self._raise(patient, earlier)
            found = list(self._wrong_alerts(patient, at, shown))
        self.instants[patient] = []
        return found

    def _raise(self, patient: int, at: datetime) -> None:
        for alert in filter(plain, self.model.alerts(patient, at)):
            key = self._key(alert)
            self.highest[key] = max(alert.level, self.highest.get(key, 0))
            self.lengths.setdefault(key, set()).add(alert.length)

    def _wrong_alerts(self, patient: int, at: datetime, shown: Shown) -> Iterator[Difference]:
        wanted = {self._key(a): a for a in self.model.alerts(patient, at) if plain(a)}
        for key, alert in wanted.items():
            self.made += 1
            found = shown.alerts.get(key)
            if found is None and self._quiet(alert.treatment, at):
                continue  # what is left of a longer streak: no news until another miss
            if found is None or self._differs(key, alert, found, at):
                yield Difference("alert", alert, found, treatment=alert.treatment)
        for key, found in shown.alerts.items():
            if key not in self.highest and key[1] in KINDS:
                yield Difference("alert", None, (key, found), treatment=key[0])
            ended = not self.model.runs(key[0], at)
            if ended and found.open and key[1] in KINDS:
                yield Difference("alert of an ended course", None, (key, found), treatment=key[0])

    def _differs(self, key: AlertKey, alert: Alert, found: ShownAlert, at: datetime) -> bool:
        """Whether level, state or, where it is open, the present length differ.

        The job looks at what was missed in the last two days: an older streak keeps the length
        that it had then, though a late film may have made it shorter.
        """
        known = self.lengths[key] if self._quiet(alert.treatment, at) else {alert.length}
        wrong_length = found.open and found.length not in known
        if found.open and not alert.open and self._end_corrected(alert.treatment):
            return wrong_length  # what was handled before the wrong end may wait again
        return found.level != self.highest[key] or found.open != alert.open or wrong_length

    def _end_corrected(self, treatment: int) -> bool:
        return len(self.model.world.treatment(treatment).stops.lines) > 1

    def _quiet(self, treatment: int, at: datetime) -> bool:
        """Whether no miss came to light in the last two days."""
        doses = self.model.world.treatment(treatment).doses
        missed = (doses[key].when.closes for key in self.model.missed(treatment, at))
        return all(closes + UPLOAD_GRACE < at - LATELY for closes in missed)

    def _key(self, alert: Alert) -> AlertKey:
        """Name it as the product does: by the first dose, or by the treatment."""
        _, treatment_id = self.product.treatments[alert.treatment]
        episode = self.product.doses.get(alert.episode) if alert.episode else treatment_id
        return alert.treatment, alert.kind.value, str(episode)

    # -- flags and rates ---------------------------------------------------------------------------

    def _flags(self, patient: int, at: datetime, shown: Shown) -> Iterator[Difference]:
        wanted = {f.treatment: (f.severity.value, f.count) for f in self.model.flags(patient, at)}
        for treatment in sorted(wanted.keys() | shown.flags.keys()):
            self.made += 1
            found = shown.flags.get(treatment)
            if wanted.get(treatment) != (found and tuple(found)) and not self._at_work(
                treatment, at
            ):
                yield Difference("flag", wanted.get(treatment), found, treatment=treatment)

    def _at_work(self, treatment: int, at: datetime) -> bool:
        """Whether a film is being processed: the flag follows when that is done."""
        doses = self.model.world.treatment(treatment).doses.values()
        return any(dose.progress(at) is Progress.PROCESSING for dose in doses)

    def _severe(self, patient: int, at: datetime, shown: Shown) -> Iterator[Difference]:
        if Can.SEVERE not in self.gate.supported:
            return
        known = self.model.treatments(patient)
        waits = {t for t in known if self._waits(t, at)}
        self.made += 2
        if bool(waits) != shown.severe_alert:
            yield Difference("alert of a severe symptom", waits, shown.severe_alert)
        if waits != shown.severe_flags:
            yield Difference("flag of a severe symptom", waits, shown.severe_flags)

    def _rates(self, patient: int, at: datetime, shown: Shown) -> Iterator[Difference]:
        for treatment in self.model.treatments(patient):
            self.made += 1
            said = self.model.rates(treatment, at)
            wanted = (said.closed, said.observed, said.verified, said.reported, said.unreviewed)
            rates = shown.rates.get(treatment)
            if rates is None:
                if any(wanted):
                    yield Difference("rates", wanted, None, treatment=treatment)
                continue
            if rates.counts != wanted:
                yield Difference("rates", wanted, rates.counts, treatment=treatment)
            if said.closed and rates.by_film not in {None, said.films}:
                yield Difference("rates by film", said.films, rates, treatment=treatment)
            runs = self.model.runs(treatment, at)
            if rates.running not in {None, runs}:
                yield Difference("running", runs, rates.running, treatment=treatment)


KINDS = {
    AlertKind.MISSES_IN_ROW.value,
    AlertKind.MISSES_IN_ALL.value,
    AlertKind.REJECTIONS_IN_ROW.value,
}


def plain(alert: Alert) -> bool:
    """Whether it is counted; a clinical stop is compared by itself."""
    return alert.kind.value in KINDS


def normal(drugs: Drugs) -> Drugs:
    """Return them in order, tablets as one number is written."""
    return tuple(sorted((name, strength, str(number(count))) for name, strength, count in drugs))


def number(tablets: str) -> Fraction:
    """Read 1/4 and 0.25."""
    return Fraction(tablets)
