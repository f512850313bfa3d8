"""When the next step of an escalation is due, and to whom: every severity, both states."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.alerts import rules
from app.alerts.models import AlertState, Recipient
from app.alerts.rules import Due, next_step
from app.alerts.working_time import add_working_minutes
from app.core.severity import Severity
from app.institutions.models import DayKind

# 2026-09-10 is a Thursday; 12:00 in Chongqing.
NOON = datetime(2026, 9, 10, 4, tzinfo=UTC)
OPEN, SEEN = AlertState.OPEN, AlertState.SEEN
ON_CALL, OWN, PARENT = Recipient.ON_CALL, Recipient.SUPERVISORS, Recipient.PARENT_SUPERVISORS


def _working(start: datetime, minutes: int) -> datetime:
    return add_working_minutes(start, minutes, {})


def _due(severity: Severity, state: AlertState, taken: int) -> tuple[int, int, Recipient] | None:
    """Answer the step, minutes after noon, and whom it tells."""
    due = next_step(severity, state, NOON, taken, _working)
    if due is None:
        return None
    return due.step, round((due.at - NOON).total_seconds() / 60), due.to


@pytest.mark.parametrize(
    ("severity", "state", "taken", "due"),
    [
        (Severity.SEVERE, OPEN, 0, (0, 15, ON_CALL)),
        (Severity.SEVERE, OPEN, 1, (1, 30, OWN)),
        (Severity.SEVERE, OPEN, 2, (2, 60, PARENT)),
        (Severity.SEVERE, OPEN, 3, (3, 120, OWN)),
        (Severity.SEVERE, SEEN, 0, (3, 120, OWN)),
        (Severity.SEVERE, SEEN, 2, (3, 120, OWN)),
        (Severity.SEVERE, SEEN, 4, (4, 240, PARENT)),
        (Severity.SEVERE, OPEN, 5, (5, 240 + 1440, PARENT)),
        (Severity.SEVERE, SEEN, 6, (6, 240 + 2 * 1440, PARENT)),
        (Severity.DANGER, OPEN, 0, (0, 30, ON_CALL)),
        (Severity.DANGER, OPEN, 1, (1, 120, OWN)),
        (Severity.DANGER, OPEN, 2, (2, 480, PARENT)),
        (Severity.DANGER, SEEN, 0, (3, 1440, OWN)),
        (Severity.DANGER, SEEN, 5, (5, 2 * 1440 + 1440, PARENT)),
        (Severity.WARNING, OPEN, 2, None),
        (Severity.NOTICE, SEEN, 2, None),
    ],
)
def test_the_next_step(
    severity: Severity, state: AlertState, taken: int, due: tuple[int, int, Recipient] | None
) -> None:
    assert _due(severity, state, taken) == due


@pytest.mark.parametrize("state", [AlertState.HANDLED, AlertState.CLOSED])
@pytest.mark.parametrize("severity", Severity)
def test_nothing_escalates_what_is_handled(severity: Severity, state: AlertState) -> None:
    assert next_step(severity, state, NOON, 0, _working) is None


def test_what_runs_by_the_clock_is_never_silent() -> None:
    for severity in (s for s in Severity if s.by_the_clock):
        for state in (OPEN, SEEN):
            steps = [next_step(severity, state, NOON, taken, _working) for taken in range(12)]
            times = [due.at for due in steps if due]

            assert len(times) == 12
            assert times == sorted(times)


def test_steps_of_a_ladder_come_one_after_another() -> None:
    for ladder in rules.LADDERS.values():
        minutes = [step.after_min for step in ladder]
        assert minutes == sorted(set(minutes))
        assert [s.unseen for s in ladder] == sorted((s.unseen for s in ladder), reverse=True)


def _local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-09-10T09:00", 60, "2026-09-10T10:00"),
        ("2026-09-10T11:30", 30, "2026-09-10T12:00"),
        ("2026-09-10T11:30", 31, "2026-09-10T14:01"),  # the noon break does not count
        ("2026-09-10T12:00", 480, "2026-09-11T12:00"),
        ("2026-09-10T20:00", 1, "2026-09-11T08:01"),
        ("2026-09-11T17:59", 1, "2026-09-11T18:00"),
        ("2026-09-11T17:59", 2, "2026-09-14T08:01"),  # over a weekend
        ("2026-09-12T10:00", 480, "2026-09-14T18:00"),
    ],
)
def test_working_time(start: str, minutes: int, end: str) -> None:
    assert add_working_minutes(_local(start), minutes, {}) == _local(end)


def test_working_time_over_a_holiday_and_a_swapped_day() -> None:
    """National day 2026: the first to the seventh are free, Saturday the tenth is worked."""
    october = {date(2026, 10, day): DayKind.HOLIDAY for day in range(1, 8)} | {
        date(2026, 10, 10): DayKind.WORKDAY
    }

    before = _local("2026-09-30T17:00")
    assert add_working_minutes(before, 120, october) == _local("2026-10-08T09:00")
    friday = _local("2026-10-09T17:00")
    assert add_working_minutes(friday, 120, october) == _local("2026-10-10T09:00")


def test_a_warning_of_a_friday_evening_waits_for_monday() -> None:
    friday = _local("2026-09-11T17:00")

    due = next_step(Severity.WARNING, OPEN, friday, 0, _working)
    severe = next_step(Severity.SEVERE, OPEN, friday, 0, _working)

    assert due == Due(0, _local("2026-09-14T17:00"), OWN)
    assert severe == Due(0, friday + timedelta(minutes=15), ON_CALL)
