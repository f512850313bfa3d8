"""The hours of a dose: local days of any zone, over clock changes, month and year ends."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.rules import USUAL_TIMES, dose_day, hours_of
from app.medication.running import dose_day_in

MORNING = time(8)
ZONES = ["Asia/Shanghai", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Europe/Athens"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "due_on", "opens", "due", "closes"),
    [
        ("Asia/Shanghai", "2026-09-10", "2026-09-09T20:00", "2026-09-10T00:00", "2026-09-10T19:00"),
        # month, year and leap-day ends
        ("Asia/Shanghai", "2026-09-30", "2026-09-29T20:00", "2026-09-30T00:00", "2026-09-30T19:00"),
        ("Asia/Shanghai", "2026-12-31", "2026-12-30T20:00", "2026-12-31T00:00", "2026-12-31T19:00"),
        ("Asia/Shanghai", "2028-02-29", "2028-02-28T20:00", "2028-02-29T00:00", "2028-02-29T19:00"),
        # New York: clocks go forward in the night after 7 March, back in that after 31 October
        (
            "America/New_York", "2026-03-07",
            "2026-03-07T09:00", "2026-03-07T13:00", "2026-03-08T07:00",
        ),
        (
            "America/New_York", "2026-03-08",
            "2026-03-08T08:00", "2026-03-08T12:00", "2026-03-09T07:00",
        ),
        (
            "America/New_York", "2026-10-31",
            "2026-10-31T08:00", "2026-10-31T12:00", "2026-11-01T08:00",
        ),
        (
            "America/New_York", "2026-11-01",
            "2026-11-01T09:00", "2026-11-01T13:00", "2026-11-02T08:00",
        ),
        # Athens: 03:00 does not exist on 29 March, and comes twice on 25 October
        ("Europe/Athens", "2026-03-28", "2026-03-28T02:00", "2026-03-28T06:00", "2026-03-29T01:00"),
        ("Europe/Athens", "2026-10-24", "2026-10-24T01:00", "2026-10-24T05:00", "2026-10-25T00:00"),
        ("Pacific/Apia", "2026-09-10", "2026-09-09T15:00", "2026-09-09T19:00", "2026-09-10T14:00"),
        # Apia had no 30 December 2011
        ("Pacific/Apia", "2011-12-31", "2011-12-30T14:00", "2011-12-30T18:00", "2011-12-31T13:00"),
        (
            "Asia/Kathmandu", "2026-09-10",
            "2026-09-09T22:15", "2026-09-10T02:15", "2026-09-10T21:15",
        ),
    ],
)  # fmt: skip
def test_hours_are_local(zone: str, due_on: str, opens: str, due: str, closes: str) -> None:
    hours = hours_of(date.fromisoformat(due_on), MORNING, zone)

    assert hours.opens_at == utc(opens)
    assert hours.due_at == utc(due)
    assert hours.closes_at == utc(closes)


def test_bedtime_after_midnight_is_of_the_day_before() -> None:
    hours = hours_of(date(2026, 9, 10), time(0, 30), "Asia/Shanghai")

    assert hours.due_at == utc("2026-09-10T16:30")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [*USUAL_TIMES.values(), time(0), time(2, 59), time(3), time(3, 59)])
def test_due_hour_is_inside_the_window_on_every_day_of_a_year(zone: str, at: time) -> None:
    for day in range(366):
        hours = hours_of(date(2026, 1, 1) + timedelta(days=day), at, zone)

        assert hours.opens_at <= hours.due_at < hours.closes_at, (zone, day)


@pytest.mark.parametrize("zone", ZONES)
def test_windows_follow_without_overlap_and_hold_their_own_day(zone: str) -> None:
    before = hours_of(date(2025, 12, 31), MORNING, zone)
    for day in range(366):
        on = date(2026, 1, 1) + timedelta(days=day)
        hours = hours_of(on, MORNING, zone)

        assert before.closes_at <= hours.opens_at
        assert dose_day(hours.opens_at, zone) == on
        assert dose_day(hours.closes_at - timedelta(seconds=1), zone) == on
        before = hours


DAYS = [
    ("Asia/Shanghai", "2026-09-10T18:59:59", "2026-09-10"),
    ("Asia/Shanghai", "2026-09-10T19:00:00", "2026-09-11"),
    ("Asia/Shanghai", "2026-12-31T18:59:59", "2026-12-31"),
    ("Asia/Shanghai", "2026-12-31T19:00:00", "2027-01-01"),
    ("America/New_York", "2026-03-08T06:59:59", "2026-03-07"),  # 01:59, then 03:00
    ("America/New_York", "2026-03-08T07:00:00", "2026-03-08"),
    ("America/New_York", "2026-11-01T06:30:00", "2026-10-31"),  # the second 01:30
    ("Pacific/Apia", "2026-09-10T13:59:59", "2026-09-10"),
    ("Pacific/Apia", "2026-09-10T14:00:00", "2026-09-11"),
    ("Asia/Kathmandu", "2026-09-10T21:14:59", "2026-09-10"),
    ("Asia/Kathmandu", "2026-09-10T21:15:00", "2026-09-11"),
]


@pytest.mark.parametrize(("zone", "at", "day"), DAYS)
def test_the_day_ends_at_three_in_the_morning(zone: str, at: str, day: str) -> None:
    assert dose_day(utc(at), zone) == date.fromisoformat(day)


async def test_the_database_tells_the_same_day(session: AsyncSession) -> None:
    told = [
        await session.scalar(select(dose_day_in(utc(at), literal(zone)))) for zone, at, _ in DAYS
    ]

    assert told == [date.fromisoformat(day) for _, _, day in DAYS]
