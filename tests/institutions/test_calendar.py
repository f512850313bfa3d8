"""Working days and working time by tables of cases; the calendar as shipped, and its API."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.institutions.calendar import WorkingCalendar, add_working_time, is_working_day
from app.institutions.hours import Week, read_week
from app.institutions.models import DayKind
from app.institutions.queries.calendar import working_calendar
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_institution, make_staff

H, W = DayKind.HOLIDAY, DayKind.WORKDAY
# 国庆 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October worked.
GUOQING: WorkingCalendar = {date(2026, 10, day): H for day in range(1, 8)} | {
    date(2026, 9, 20): W,
    date(2026, 10, 10): W,
}
OFFICE = read_week({str(d): ["08:00-12:00", "14:00-18:00"] for d in range(1, 6)})
SATURDAYS = read_week({"1": ["09:00-17:00"], "6": ["09:00-12:00"]})
CALENDAR = "/api/admin/calendar"


def shanghai(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}+08:00")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 18), True),  # Friday
        (date(2026, 9, 19), False),  # Saturday
        (date(2026, 9, 20), True),  # a Sunday worked in exchange
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),  # Thursday, holiday
        (date(2026, 10, 5), False),  # Monday, holiday
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday worked in exchange
        (date(2026, 10, 11), False),
    ],
)
def test_holidays_and_swapped_days_change_the_week(day: date, works: bool) -> None:
    assert is_working_day(day, GUOQING) is works


@pytest.mark.parametrize(
    ("start", "hours", "week", "until"),
    [
        # within a day, across lunch, on either side of its edges
        ("2026-09-14T09:00", 2, OFFICE, "2026-09-14T11:00"),
        ("2026-09-14T09:00", 3, OFFICE, "2026-09-14T12:00"),
        ("2026-09-14T09:00", 4, OFFICE, "2026-09-14T15:00"),
        ("2026-09-14T12:00", 1, OFFICE, "2026-09-14T15:00"),
        ("2026-09-14T13:30", 1, OFFICE, "2026-09-14T15:00"),
        ("2026-09-14T06:00", 1, OFFICE, "2026-09-14T09:00"),
        ("2026-09-14T18:00", 1, OFFICE, "2026-09-15T09:00"),
        ("2026-09-14T23:59", 8, OFFICE, "2026-09-15T18:00"),
        ("2026-09-14T17:00", 0.5, OFFICE, "2026-09-14T17:30"),
        ("2026-09-14T07:00", 0, OFFICE, "2026-09-14T08:00"),
        # over a weekend: eight hours after Friday 16:00
        ("2026-09-11T16:00", 8, OFFICE, "2026-09-14T16:00"),
        # the swapped Sunday counts: Friday 18 September, 16:00
        ("2026-09-18T16:00", 8, OFFICE, "2026-09-20T16:00"),
        # across 国庆: Wednesday 30 September to Thursday 8 October
        ("2026-09-30T16:00", 8, OFFICE, "2026-10-08T16:00"),
        # and into the swapped Saturday: 2 h on Thursday, 8 on Friday, 6 on Saturday
        ("2026-10-08T16:00", 16, OFFICE, "2026-10-10T16:00"),
        # begun in a holiday
        ("2026-10-03T11:00", 1, OFFICE, "2026-10-08T09:00"),
        # a place open on Mondays and Saturdays: an ordinary Saturday counts
        ("2026-09-12T11:00", 2, SATURDAYS, "2026-09-14T10:00"),
        # the swapped Saturday as published, the swapped Sunday as the first day of the week
        ("2026-10-10T11:00", 2, SATURDAYS, "2026-10-12T10:00"),
        ("2026-09-20T08:00", 4, SATURDAYS, "2026-09-20T13:00"),
        # nothing published: 08:00 to 12:00 and 14:00 to 18:00
        ("2026-09-11T16:00", 8, {}, "2026-09-14T16:00"),
    ],
)
def test_working_time_counts_open_hours_only(
    start: str, hours: float, week: Week, until: str
) -> None:
    assert add_working_time(shanghai(start), hours, GUOQING, week) == shanghai(until)


def test_working_time_is_that_of_the_clinic_whatever_the_zone_of_the_start() -> None:
    start = datetime(2026, 9, 14, 23, 30, tzinfo=UTC)  # 07:30 of Tuesday in the clinic

    assert add_working_time(start, 1, {}, OFFICE) == shanghai("2026-09-15T09:00")


async def test_the_calendar_that_ships_is_that_of_the_notices(session: AsyncSession) -> None:
    days = await working_calendar(session, date(2025, 1, 1), date(2026, 12, 31))

    count = {
        (year, kind): sum(d.year == year and k is kind for d, k in days.items())
        for year in (2025, 2026)
        for kind in DayKind
    }
    assert count == {(2025, H): 28, (2025, W): 5, (2026, H): 33, (2026, W): 6}
    assert all(d.isoweekday() >= 6 for d, kind in days.items() if kind is W)
    assert (days[date(2026, 2, 15)], days[date(2026, 2, 23)]) == (H, H)
    assert (days[date(2026, 2, 14)], days[date(2026, 2, 28)]) == (W, W)
    assert date(2026, 2, 24) not in days


async def test_both_ends_of_what_is_loaded_belong_to_it(session: AsyncSession) -> None:
    days = await working_calendar(session, date(2026, 10, 1), date(2026, 10, 7))

    assert sorted(days) == [date(2026, 10, 1) + timedelta(n) for n in range(7)]


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession) -> httpx.AsyncClient:
    operator = await make_staff(session, roles=[Role.OPERATOR])
    return await staff_client(app, session, operator.id)


async def test_operator_enters_replaces_and_removes_a_day(
    admin: httpx.AsyncClient, session: AsyncSession
) -> None:
    day = f"{CALENDAR}/2027-01-01"
    await admin.put(day, json={"kind": "holiday", "name": "元旦假"})

    put = await admin.put(day, json={"kind": "holiday", "name": "元旦"})
    removed = await admin.delete(day)
    again = await admin.delete(day)

    assert put.json()["days"] == [{"day": "2027-01-01", "kind": "holiday", "name": "元旦"}]
    assert (removed.status_code, again.status_code) == (204, 404)
    events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id))).all()
    assert [(e.action, (e.detail or {})["code"]) for e in events] == [
        ("change_calendar", "put"),
        ("change_calendar", "put"),
        ("change_calendar", "removed"),
    ]
    kinds = [((e.detail or {})["before"], (e.detail or {})["after"]) for e in events]
    assert kinds == [(None, "holiday"), ("holiday", "holiday"), ("holiday", None)]


async def test_a_year_is_listed_in_order(admin: httpx.AsyncClient) -> None:
    listed = (await admin.get(CALENDAR, params={"year": 2026})).json()

    days = [d["day"] for d in listed["days"]]
    assert (listed["year"], len(days), days[0], days[-1]) == (
        2026, 39, "2026-01-01", "2026-10-10",
    )  # fmt: skip
    assert days == sorted(days)


async def test_a_weekday_is_not_worked_in_exchange(admin: httpx.AsyncClient) -> None:
    monday = await admin.put(f"{CALENDAR}/2027-01-04", json={"kind": "workday", "name": "上班"})
    saturday = await admin.put(f"{CALENDAR}/2027-01-02", json={"kind": "workday", "name": "上班"})

    assert (monday.status_code, monday.json()["type"]) == (422, "calendar-day-unfit")
    assert saturday.status_code == 200


@pytest.mark.parametrize(
    ("now", "missing"),
    [
        (datetime(2026, 11, 30, 15, 59, tzinfo=UTC), []),  # still November in Shanghai
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), [2027]),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), [2027]),
        (datetime(2027, 1, 1, 12, tzinfo=UTC), [2027]),
        (datetime(2027, 12, 1, 12, tzinfo=UTC), [2027, 2028]),
    ],
)
async def test_the_next_year_is_missing_from_december_on(
    app: FastAPI, session: AsyncSession, now: datetime, missing: list[int]
) -> None:
    operator = await make_staff(session, roles=[Role.OPERATOR])
    with clock.frozen(now):
        client = await staff_client(app, session, operator.id)
        listed = (await client.get(CALENDAR)).json()

    assert listed["missing_years"] == missing


async def test_a_year_with_one_holiday_is_not_missing(admin: httpx.AsyncClient) -> None:
    await admin.put(f"{CALENDAR}/2027-01-01", json={"kind": "holiday", "name": "元旦"})
    answer = await admin.put(f"{CALENDAR}/2028-01-01", json={"kind": "workday", "name": "上班"})

    assert answer.status_code == 200
    assert 2027 not in answer.json()["missing_years"]


async def test_an_operator_further_down_reads_the_calendar_only(
    app: FastAPI, session: AsyncSession
) -> None:
    below = await make_institution(session, parent=await make_institution(session))
    operator = await make_staff(session, institution=below, roles=[Role.OPERATOR])
    client = await staff_client(app, session, operator.id)

    put = await client.put(f"{CALENDAR}/2027-01-01", json={"kind": "holiday", "name": "元旦"})

    assert (await client.get(CALENDAR)).status_code == 200
    assert (put.status_code, put.json()["type"]) == (403, "not-allowed")
