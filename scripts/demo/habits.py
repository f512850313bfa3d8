"""What a person of this habit does with one dose: drawn by lot, the same lot every time."""

from enum import StrEnum
from random import Random

from app.medication.models import CannotFilmReason, ReviewReason, Verdict
from scripts.demo.people import Habit


class Deed(StrEnum):
    FILM = "film"
    REPORT = "report"
    EXCUSE = "excuse"
    LIVE = "live"
    IN_PERSON = "in_person"
    NOTHING = "nothing"


Weights = dict[Deed, float]
SLIPPED_SINCE, LOST_SINCE = 16, 11

_WEIGHTS: dict[Habit, Weights] = {
    Habit.STEADY: {Deed.FILM: 96, Deed.REPORT: 1, Deed.LIVE: 1, Deed.NOTHING: 2},
    Habit.GOOD: {
        Deed.FILM: 87,
        Deed.REPORT: 4,
        Deed.LIVE: 2,
        Deed.IN_PERSON: 1,
        Deed.EXCUSE: 2,
        Deed.NOTHING: 4,
    },
    Habit.SLIPPING: {Deed.FILM: 92, Deed.REPORT: 3, Deed.NOTHING: 5},
    Habit.LOST: {Deed.FILM: 82, Deed.REPORT: 6, Deed.NOTHING: 12},
    Habit.REPORTS: {Deed.REPORT: 87, Deed.EXCUSE: 3, Deed.IN_PERSON: 3, Deed.NOTHING: 7},
    Habit.SELDOM: {Deed.REPORT: 48, Deed.EXCUSE: 6, Deed.NOTHING: 46},
    Habit.BY_HAND: {Deed.IN_PERSON: 88, Deed.NOTHING: 12},
}
_SLIPPED: Weights = {Deed.FILM: 44, Deed.REPORT: 10, Deed.EXCUSE: 6, Deed.NOTHING: 40}
_LOST: Weights = {Deed.NOTHING: 1}
_SELDOM_BY_HAND: Weights = {Deed.IN_PERSON: 45, Deed.NOTHING: 55}
_WITHOUT_FILM: Weights = {Deed.REPORT: 88, Deed.NOTHING: 12}


def deed_of(habit: Habit, days_ago: int, rng: Random, *, has_phone: bool, films: bool) -> Deed:
    weights = _weights(habit, days_ago)
    if not has_phone:
        weights = _SELDOM_BY_HAND if habit is Habit.SELDOM else _WEIGHTS[Habit.BY_HAND]
    elif Deed.FILM in weights and not films:
        weights = _WITHOUT_FILM
    return rng.choices(list(weights), list(weights.values()))[0]


def _weights(habit: Habit, days_ago: int) -> Weights:
    if habit is Habit.SLIPPING and days_ago < SLIPPED_SINCE:
        return _SLIPPED
    if habit is Habit.LOST and days_ago < LOST_SINCE:
        return _LOST
    return _WEIGHTS[habit]


def verdict_of(rng: Random) -> Verdict:
    verdicts = {
        Verdict.OBSERVED: 93.5,
        Verdict.REJECTED: 2.5,
        Verdict.UNVERIFIABLE: 2.5,
        Verdict.PARTIAL: 1.5,
    }
    return rng.choices(list(verdicts), list(verdicts.values()))[0]


_REASONS: dict[Verdict, dict[ReviewReason, str | None]] = {
    Verdict.REJECTED: {
        ReviewReason.SWALLOW_NOT_SEEN: "没有拍到咽下去，请把喝水的过程拍完整。",
        ReviewReason.DRUG_NOT_SHOWN: "药片没有对着镜头，请把手放平再拍。",
        ReviewReason.MOUTH_NOT_SHOWN: "咽下后请张开嘴让我们看一眼。",
        ReviewReason.WRONG_CODE: None,
    },
    Verdict.UNVERIFIABLE: {
        ReviewReason.TOO_DARK: "光线太暗，请面对窗户或开灯拍。",
        ReviewReason.FACE_NOT_VISIBLE: "脸没有拍全，请把手机放远一点。",
        ReviewReason.DAMAGED: None,
    },
    Verdict.PARTIAL: {ReviewReason.WRONG_DRUG_COUNT: "看到的药片比该吃的少一片，请核对药盒。"},
    Verdict.OBSERVED: {},
}


def reason_of(verdict: Verdict, rng: Random) -> tuple[ReviewReason | None, str | None]:
    known = list(_REASONS[verdict].items())
    return rng.choice(known) if known else (None, None)


def excuse_of(rng: Random) -> CannotFilmReason:
    return rng.choice([r for r in CannotFilmReason if r is not CannotFilmReason.OTHER])


def mild_symptoms(rng: Random) -> list[str]:
    """Mostly none; what the first weeks of the drugs do to some."""
    felt = [[], ["nausea"], ["poor_appetite"], ["dizziness"], ["red_urine"], ["joint_pain"]]
    return rng.choices(felt, [88, 3, 2, 2, 3, 2])[0]
