"""By which problems of the product a refusal of the model may be told."""

from tests.simulation.model_words import Refusal
from tests.simulation.product import VALIDATION

PAST, STOPPED, GONE = "plan-in-past", "treatment-stopped", "not-found"
MOVE = frozenset({"cannot-reschedule", "day-on-hold", "moved-too-far"})
STOPS = frozenset({"stop-already-set", "stopped-after-plan", "stopped-before-start"})
ASKED = frozenset({"start-far-ahead", "same-treatment-runs", "doses-left-out"})
NO_DOSE = "plan-without-dose"

# Where a plan or a day is wrong in two ways the two may look at another one first.
PLAN = frozenset({VALIDATION, NO_DOSE, PAST, STOPPED, "after-last-day"})
OF_DAY = MOVE | {VALIDATION, PAST, STOPPED, NO_DOSE, GONE, "after-last-day"}
SENT = frozenset({"film-already-sent", "dose-not-open"})
TOLD: dict[Refusal, frozenset[str]] = {
    Refusal.UNKNOWN: frozenset({GONE}),
    Refusal.NO_DOSE: PLAN,
    Refusal.DATE_OUT_OF_BOUNDS: PLAN,
    Refusal.PLAN_TOO_LONG: PLAN,
    Refusal.SLOT_HOUR: PLAN,
    Refusal.TWIN_LINES: PLAN,
    Refusal.CONFIRM_FAR_START: ASKED,
    Refusal.CONFIRM_SAME: ASKED,
    Refusal.CONFIRM_GAP: ASKED,
    Refusal.DAY_PAST: OF_DAY,
    Refusal.DAYS_REVERSED: OF_DAY,
    Refusal.NOT_RUNNING: OF_DAY,
    Refusal.AFTER_LAST_DAY: OF_DAY,
    Refusal.HOLD_OVER: OF_DAY,
    Refusal.NOT_MOVABLE: OF_DAY,
    Refusal.DAY_TOO_FAR: OF_DAY,
    Refusal.DAY_HAS_DOSE: OF_DAY,
    Refusal.DAY_HELD: OF_DAY,
    Refusal.ALREADY_STOPPED: STOPS | {STOPPED, VALIDATION},
    Refusal.STOP_OUTSIDE_PLAN: STOPS | {STOPPED, VALIDATION},
    Refusal.DOSE_NOT_OPEN: frozenset({*SENT, VALIDATION}),
    Refusal.ALREADY_TOLD: SENT | {"cannot-report"},
    Refusal.FILM_NOT_THERE: frozenset({GONE, "lease-lost", "already-reviewed"}),
    Refusal.NOTHING_TO_DECIDE: frozenset({"severe-decided"}),
    Refusal.DECIDE_ALL: frozenset({"severe-heard-again", PAST}),
    Refusal.SEVERE_UNDECIDED: frozenset({"stop-undecided"}),
    Refusal.CLINICAL: frozenset({"alert-ends-by-act"}),
    Refusal.NOT_YOURS: frozenset({"not-yours-to-correct"}),
    Refusal.NOTHING_TO_CORRECT: frozenset({"already-corrected"}),
    Refusal.NEWER_FILM: frozenset({"newer-film", "already-corrected"}),
    Refusal.NOT_STOPPED: frozenset({"not-stopped"}),
    Refusal.NO_ALERT: frozenset({"alert-not-handled", GONE}),
}


def matches(refusal: Refusal, problem: str | None) -> bool:
    """Whether the product refused, and for a reason of that kind."""
    return problem is not None and problem in TOLD.get(refusal, frozenset({problem}))
