"""Months of a patient's page: counted over years, whole, and none too few."""

from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.calendar import month_before, shown_days
from app.medication.rules import age_on
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk


def test_months_are_counted_back_and_forward_over_years() -> None:
    first = date(2026, 9, 1)
    back = [month_before(first, n) for n in range(25)]

    assert back[0] == first
    assert back[8:10] == [date(2026, 1, 1), date(2025, 12, 1)]
    assert back[24] == date(2024, 9, 1)
    assert [month_before(m, n) for n, m in enumerate(back)] == [
        month_before(first, 2 * n) for n in range(25)
    ]
    assert all(month_before(m, -n) == first for n, m in enumerate(back))


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        (date(2026, 9, 10), (date(2026, 4, 1), date(2026, 9, 30))),
        (date(2026, 2, 28), (date(2025, 9, 1), date(2026, 2, 28))),
        (date(2028, 2, 1), (date(2027, 9, 1), date(2028, 2, 29))),
        (date(2026, 12, 31), (date(2026, 7, 1), date(2026, 12, 31))),
    ],
)
def test_six_whole_months_are_shown(until: date, shown: tuple[date, date]) -> None:
    assert shown_days(until) == shown


@pytest.mark.usefixtures("noon")
async def test_page_shows_the_first_day_of_its_months_and_not_the_day_before(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    first_day = date(2026, 4, 1)
    treatment = await make.make_treatment(session, patient=patient, starts_on=first_day)
    before, first = [
        await make.make_dose(session, patient=patient, treatment=treatment, due_on=on)
        for on in (first_day - timedelta(days=1), first_day)
    ]

    page = await desk.http.get(f"/staff/patients/{patient.id}/medication?until=2026-09")

    assert f"/staff/doses/{first.id}" in page.text
    assert f"/staff/doses/{before.id}" not in page.text


@pytest.mark.parametrize(
    ("on", "age"),
    [(date(2026, 3, 1), 67), (date(2026, 3, 2), 68), (date(2026, 3, 3), 68)],
)
def test_age_rises_on_the_birthday(on: date, age: int) -> None:
    assert age_on(date(1958, 3, 2), on) == age
