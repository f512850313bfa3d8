"""What happened to one dose, hour by hour, before anything is written down."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from app.medication.models import Slot, Verdict
from scripts.demo.habits import Deed, verdict_of
from scripts.demo.moments import CLINIC

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# When doctors sit down to read, by the clinic's clock.
SESSIONS = (time(9, 10), time(15, 20), time(20, 5))


@dataclass(frozen=True, slots=True)
class DoseDay:
    """The columns of a dose that a story needs."""

    id: UUID
    treatment_id: UUID
    patient_id: UUID
    due_on: date
    slot: Slot
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    drugs: list[dict[str, Any]]

    @property
    def tablets(self) -> int:
        return round(sum(float(d["tablets"]) for d in self.drugs))


@dataclass(slots=True)
class Film:
    """One film on its way: with no `reviewed_at` it still waits."""

    captured_at: datetime
    uploaded_at: datetime
    verdict: Verdict = Verdict.OBSERVED
    reviewed_at: datetime | None = None
    variant: str = "good"
    replays: bool = False
    wrong_code: bool = False
    clock_off: bool = False

    @property
    def waits(self) -> bool:
        return self.reviewed_at is None


@dataclass(slots=True)
class Story:
    dose: DoseDay
    deed: Deed
    told_at: datetime
    films: list[Film] = field(default_factory=list)


def hour_of_taking(dose: DoseDay, rng: Random) -> datetime:
    """About the hour the patient chose, always inside the window."""
    at = dose.due_at + timedelta(minutes=rng.triangular(-35, 160, 12), seconds=rng.randrange(60))
    return min(max(at, dose.opens_at + 5 * MINUTE), dose.closes_at - 10 * MINUTE)


def inside(dose: DoseDay, now: datetime, share: float) -> datetime:
    """Place what must have happened already between the opening and now."""
    end = min(now, dose.closes_at)
    return dose.opens_at + (end - dose.opens_at) * share


def sent(captured_at: datetime, rng: Random) -> Film:
    return Film(captured_at, captured_at + timedelta(seconds=rng.uniform(70, 160)))


def read(film: Film, now: datetime, rng: Random) -> Film:
    """Give the film its verdict at one of the next sittings, never in the future."""
    sittings = _sittings(film.uploaded_at + 5 * MINUTE)
    skipped = rng.choices([0, 1, 2, 5], [62, 24, 8, 6])[0]
    sitting = [next(sittings) for _ in range(skipped + 1)][-1]
    at = sitting + timedelta(seconds=rng.uniform(0, 2400))
    film.reviewed_at = max(min(at, now - MINUTE), film.uploaded_at + MINUTE)
    return film


def _sittings(after: datetime) -> Iterator[datetime]:
    day = after.astimezone(CLINIC).date()
    while True:
        for hour in SESSIONS:
            at = datetime.combine(day, hour, CLINIC)
            if at > after:
                yield at
        day += DAY


def filmed(dose: DoseDay, now: datetime, rng: Random, verdict: Verdict | None = None) -> Story:
    """Tell of a film that was read; a rejected one is filmed again if the window allows."""
    film = read(sent(hour_of_taking(dose, rng), rng), now, rng)
    film.verdict = verdict or verdict_of(rng)
    story = Story(dose, Deed.FILM, film.captured_at, [film])
    if film.verdict is Verdict.REJECTED and rng.random() < 0.75:
        _film_again(story, film, now, rng)
    return story


def _film_again(story: Story, rejected: Film, now: datetime, rng: Random) -> None:
    """Read quickly on that day, so that there is time for a second film."""
    rejected.reviewed_at = rejected.uploaded_at + timedelta(minutes=rng.uniform(20, 60))
    again_at = rejected.reviewed_at + timedelta(minutes=rng.uniform(30, 90))
    if again_at < min(story.dose.closes_at, now - HOUR):
        story.films.append(read(sent(again_at, rng), now, rng))


def waiting(dose: DoseDay, captured_at: datetime, rng: Random, variant: str = "good") -> Story:
    film = sent(captured_at, rng)
    film.variant = variant
    return Story(dose, Deed.FILM, captured_at, [film])


def late(dose: DoseDay, now: datetime, rng: Random) -> Story:
    """Filmed in the window where there was no signal, sent when the window had closed."""
    captured_at = dose.closes_at - 6 * HOUR
    uploaded_at = dose.closes_at + (now - dose.closes_at) * rng.uniform(0.3, 0.6)
    return Story(dose, Deed.FILM, captured_at, [Film(captured_at, uploaded_at)])


def tablets_short(dose: DoseDay) -> list[dict[str, str]]:
    """All tablets but one of the first drug."""
    counts = {d["name"]: Decimal(d["tablets"]) for d in dose.drugs}
    first = next(iter(counts))
    counts[first] -= 1
    return [{"name": name, "seen": format(seen, "f")} for name, seen in counts.items()]
