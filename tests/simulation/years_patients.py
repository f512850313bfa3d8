"""What a patient of the simulation does with the doses of a day."""

from datetime import date, datetime, time, timedelta
from functools import partial

from tests.simulation.model_days import (
    ARRIVAL_GRACE,
    CAPTURE_SLACK,
    UPLOAD_GRACE,
    WORD_GRACE,
    instant,
    window,
)
from tests.simulation.model_doses import Step
from tests.simulation.model_events import (
    AnnounceFilm,
    AnswerSideEffects,
    DecideSevere,
    FilmArrives,
    FilmProcessed,
    GiveUpUpload,
    JudgeFilm,
    SayWord,
    WithdrawVerdict,
)
from tests.simulation.model_words import DoseKey, Verdict
from tests.simulation.years_life import DOCTOR, OTHER_DOCTOR, SUPERVISOR, Life

MINUTE = timedelta(minutes=1)
NEVER_SENT = ARRIVAL_GRACE + UPLOAD_GRACE  # so long after its announcement nobody waits any more
POOR = (Verdict.REJECTED, Verdict.UNVERIFIABLE, Verdict.PARTIAL)


def morning(life: Life, day: date, now: datetime) -> None:
    """Look at today's list; decide for each dose when to think of it."""
    if life.chance(0.01):
        life.silent_until = day + timedelta(days=life.rng.randint(3, 30))
    if life.chance(0.02):
        life.traits.good_camera = life.rng.choice((0.1, 0.9, 0.97))
    for key in life.model.today(life.patient, now):
        view = life.model.dose(key, now)
        assert view is not None
        at = max(now, view.due + life.hours(-2, 3))
        if life.chance(0.05):
            borders = window(day, life.zone)
            slack = life.rng.choice((-CAPTURE_SLACK, timedelta(0), CAPTURE_SLACK))
            at = max(now, life.about(life.rng.choice(borders) + slack))
        life.later(at, partial(think, life, key))


def think(life: Life, key: DoseKey, now: datetime) -> None:
    """Think of a dose: offline the phone shows the list of the morning, else the list of now."""
    offline = life.chance(life.traits.offline)
    if not offline and key not in life.model.today(life.patient, now):
        return
    if life.chance(0.04):
        answer_side_effects(life, key, now)
        return
    silent = key.day < life.silent_until
    if not silent and life.chance(life.traits.films):
        film(life, key, offline, now)
    elif life.chance(life.traits.word):
        word(life, key, now)


def word(life: Life, key: DoseKey, now: datetime) -> None:
    """Say that it was taken or not; at times the next day, at times the opposite later."""
    closes = window(key.day, life.zone).closes
    at = now if life.chance(0.6) else now + life.hours(0, 40)
    if life.chance(0.1):
        at = max(now, life.about(closes + life.rng.choice((WORD_GRACE, timedelta(0)))))
    taken = life.chance(0.7)
    life.happens(at, SayWord(key, taken))
    if life.chance(0.05):
        life.happens(at + life.hours(0, 3), SayWord(key, not taken))


def answer_side_effects(life: Life, key: DoseKey, now: datetime) -> None:
    """Answer before the dose; a severe symptom of its list stops until a clinician decides."""
    known = life.model.world.treatment(key.treatment).order.severe_list
    grave = min(0.5, 0.1 * life.busy)
    severe = frozenset(life.rng.sample(sorted(known), 1)) if life.chance(grave) else frozenset()
    life.now(now, AnswerSideEffects(life.label(), key, severe))
    if not severe:
        life.later(now + 2 * MINUTE, partial(film, life, key, False))
        return
    if waiting_for_a_clinician(life, now):
        life.later(now + life.hours(1, 90), partial(decide, life))


def waiting_for_a_clinician(life: Life, now: datetime) -> list[int]:
    """Return the treatments that a severe symptom holds."""
    known = life.model.treatments(life.patient)
    return [t for t in known if life.model.severe_undecided(t, now)]


def decide(life: Life, now: datetime) -> None:
    """Clear each treatment that waits, or hold it until a day; at times forget one."""
    today, waiting = life.model.day(life.patient, now), waiting_for_a_clinician(life, now)
    days = [today + timedelta(days=life.rng.randint(-1, 14)) for _ in waiting]
    until = [(t, None if life.chance(0.5) else d) for t, d in zip(waiting, days, strict=True)]
    if life.chance(0.1):
        until = until[1:]
    if life.now(now, DecideSevere(life.patient, tuple(until), DOCTOR)).refused and waiting:
        life.later(now + life.hours(1, 5), partial(decide, life))


# -- films -----------------------------------------------------------------------------------------


def film(life: Life, key: DoseKey, offline: bool, captured: datetime) -> None:
    """Film it now; the phone sends it at once or when it is online again."""
    send = send_late if offline else send_soon
    for phone in (1, 2) if life.chance(life.traits.two_phones) else (1,):
        send(life, key, captured, phone)


def send_soon(life: Life, key: DoseKey, captured: datetime, phone: int) -> None:
    """Announce within minutes."""
    at = captured + timedelta(seconds=life.rng.randint(5, 300))
    life.later(at, partial(announce, life, key, captured, phone))


def send_late(life: Life, key: DoseKey, captured: datetime, phone: int) -> None:
    """Announce hours or days later, often around an instant at which something ends."""
    closes = window(key.day, life.zone).closes
    graces = (timedelta(0), UPLOAD_GRACE, ARRIVAL_GRACE)
    announced = captured + life.hours(0.2, life.rng.choice((6, 30, 96)))
    if life.chance(0.25):
        announced = max(captured, life.about(closes + life.rng.choice(graces)))
    life.later(announced, partial(announce, life, key, captured, phone))


def announce(life: Life, key: DoseKey, captured: datetime, phone: int, now: datetime) -> None:
    """One film from its announcement to its verdict; a phone repeats a lost answer."""
    label = life.label()
    slip = life.traits.clock_slip if phone == 1 else timedelta(0)
    event = AnnounceFilm(label, key, captured + slip, phone, slip)
    if life.now(now, event).refused:
        return
    if life.chance(0.03):
        life.happens(now + MINUTE, event)
    if life.chance(life.traits.never_comes):
        life.happens(now + NEVER_SENT + life.hours(0.02, 1), GiveUpUpload(label))
        return
    arrives = bytes_come(life, key, now)
    life.happens(arrives, FilmArrives(label))
    processed = arrives + timedelta(seconds=life.rng.randint(10, 3600))
    life.happens(processed, FilmProcessed(label))
    life.later(processed + life.hours(0.1, 60), partial(judge, life, label))


def bytes_come(life: Life, key: DoseKey, at: datetime) -> datetime:
    """When the bytes of a film announced then are there; before nobody takes them any more."""
    closes = window(key.day, life.zone).closes
    comes = at + timedelta(seconds=life.rng.randint(5, 600))
    if life.chance(0.08):
        comes = at + life.hours(0.2, 50)
    if life.chance(0.03):
        comes = life.about(closes + life.rng.choice((timedelta(0), UPLOAD_GRACE)))
    return max(at, min(comes, closes + ARRIVAL_GRACE - MINUTE))


def judge(life: Life, label: int, now: datetime) -> None:
    """Read the film; at times the verdict is withdrawn and given anew."""
    good = life.chance(life.traits.good_camera)
    verdict = Verdict.OBSERVED if good else life.rng.choice(POOR)
    reader = life.rng.choice((DOCTOR, OTHER_DOCTOR))
    if life.now(now, JudgeFilm(label, verdict, reader)).refused:
        return
    read_next(life, label, now)
    if not life.chance(0.04):
        return
    by = life.rng.choice((reader, reader, DOCTOR, SUPERVISOR))
    at = now + life.hours(0.1, 30)
    life.happens(at, WithdrawVerdict(label, by, supervisor=by == SUPERVISOR))
    life.later(at + life.hours(0.1, 30), partial(judge, life, label))


def read_next(life: Life, label: int, now: datetime) -> None:
    """Process and read the film that waited behind this one, where its turn has come."""
    _, dose = life.model.world.dose(life.model.world.film(label).dose)
    for other in dose.films:
        if other.film != label and other.step(now) is Step.PROCESSING:
            processed = now + timedelta(seconds=life.rng.randint(200, 3600))
            life.happens(processed, FilmProcessed(other.film))
            life.later(processed + life.hours(0.1, 60), partial(judge, life, other.film))


def start_of(life: Life, day: date) -> datetime:
    """When a patient first looks at the day's list."""
    return instant(day, time(4), life.zone) + life.hours(0, 2)
