"""The supervisor's figures: read in time, seconds, backlog, subtrees, who slips."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.institutions.models import Institution
from app.institutions.supervised import first_day
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Reading,
    Recording,
    ReviewWithdrawal,
    Verdict,
)
from app.medication.queries.subtrees import branches_of, slipping_in
from app.medication.queries.supervision import figures_of
from app.medication.schemas.supervision import Branch, Figures, Slipping
from app.patients.models import Condition, Patient
from tests.accounts.factories import staff_client
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
MONTH = 30


@pytest.fixture
async def district(session: AsyncSession) -> Institution:
    return await make.make_institution(session, name="青山县人民医院")


@pytest.fixture
async def clinic(session: AsyncSession, district: Institution) -> Institution:
    return await make.make_institution(session, parent=district, name="上坪村卫生室")


@pytest.fixture
async def villager(session: AsyncSession, clinic: Institution) -> Patient:
    team = await make.make_team(session, institution=clinic)
    return await make.make_patient(session, team=team, name="王秀英")


@pytest.fixture
async def supervisor(
    app: FastAPI, session: AsyncSession, district: Institution
) -> AsyncIterator[httpx.AsyncClient]:
    staff = await make.make_staff(session, institution=district, roles=(Role.SUPERVISOR,))
    async with await staff_client(app, session, staff.id) as client:
        yield client


async def days_of(session: AsyncSession, patient: Patient, days: int) -> list[Dose]:
    treatment = await make.make_treatment(session, patient=patient)
    return await make.make_doses(session, patient=patient, treatment=treatment, days=days)


async def film_of(
    session: AsyncSession, dose: Dose, uploaded_at: datetime, read_after: timedelta | None
) -> Recording:
    film = await make.make_recording(
        session,
        dose=dose,
        uploaded_at=uploaded_at,
        opened_at=uploaded_at - timedelta(seconds=100),
        sent_at=uploaded_at - timedelta(seconds=10),
    )
    if read_after is not None:
        await make.make_review(session, recording=film)
        film.first_reviewed_at = uploaded_at + read_after
        await session.flush()
    return film


async def figures(session: AsyncSession, institution: Institution) -> Figures:
    await make.roll_up(session)
    return await figures_of(session, institution, MONTH, first_day(MONTH))


async def test_only_films_a_day_old_count_for_reading_in_time(
    session: AsyncSession, district: Institution, villager: Patient
) -> None:
    at = clock.now()
    doses = await days_of(session, villager, 5)
    ages_and_reads: list[tuple[int, int | None]] = [
        (48, 3),
        (48, 30),
        (48, None),
        (2, 1),
        (2, None),
    ]
    for dose, (age_h, read_h) in zip(doses, ages_and_reads, strict=True):
        read_after = None if read_h is None else timedelta(hours=read_h)
        await film_of(session, dose, at - timedelta(hours=age_h), read_after)

    films = (await figures(session, district)).films

    assert (films.received, films.due, films.in_time) == (5, 3, 1)
    assert films.in_time_rate == 0.3333
    assert films.sending_s == pytest.approx(90, rel=0.15)


async def test_the_backlog_is_counted_by_its_age(
    session: AsyncSession, district: Institution, villager: Patient
) -> None:
    at = clock.now()
    hours = (1, 7, 13, 25, 49, 100)
    for dose, age_h in zip(await days_of(session, villager, 6), hours, strict=True):
        await film_of(session, dose, at - timedelta(hours=age_h), None)

    waiting = (await figures(session, district)).backlog

    counted = (waiting.under_6, waiting.under_12, waiting.under_24, waiting.under_48, waiting.older)
    assert counted == (1, 1, 1, 1, 2)
    assert waiting.waiting == 6


async def test_seconds_leave_out_what_was_undone_and_second_readings(
    session: AsyncSession, district: Institution, villager: Patient
) -> None:
    at = clock.now()
    doses = await days_of(session, villager, 5)
    films = [await make.make_recording(session, dose=dose) for dose in doses]
    for film, seconds in zip(films, (4, 10, 16, 22, 400), strict=True):
        film.first_reviewed_at = at if seconds < 400 else None
        review = await make.make_review(
            session,
            recording=film,
            watched_ms=seconds * 1000,
            opened_at=at - timedelta(seconds=seconds + 2),
            created_at=at,
        )
        if seconds == 400:
            session.add(ReviewWithdrawal(review_id=review.id))
    await make.make_review(
        session, recording=films[0], watched_ms=9_000_000, reading=Reading.SECOND
    )

    reviews = (await figures(session, district)).reviews

    assert reviews.decided == 4
    assert reviews.watched_s == pytest.approx(10, rel=0.15)
    assert reviews.taken_s == pytest.approx(12, rel=0.15)
    assert reviews.watched_p95_s == pytest.approx(22, rel=0.15)


async def test_agreement_comes_from_both_readings(
    session: AsyncSession, district: Institution, villager: Patient
) -> None:
    seconds = (Verdict.OBSERVED, Verdict.OBSERVED, Verdict.REJECTED)
    for dose, second in zip(await days_of(session, villager, 3), seconds, strict=True):
        film = await make.make_recording(session, dose=dose)
        film.first_reviewed_at = clock.now()
        await make.make_review(session, recording=film)
        await make.make_review(session, recording=film, verdict=second, reading=Reading.SECOND)

    found = await figures(session, district)

    assert found.agreement.pairs == 3
    assert found.agreement.agreed == pytest.approx(2 / 3)
    assert {(p.first, p.second): p.count for p in found.pairs} == {
        (Verdict.OBSERVED, Verdict.OBSERVED): 2,
        (Verdict.OBSERVED, Verdict.REJECTED): 1,
    }


async def branches(session: AsyncSession, institution: Institution) -> dict[str, Branch]:
    await make.roll_up(session)
    found = (await branches_of(session, institution, MONTH, Condition.TUBERCULOSIS)).listed
    return {branch.name: branch for branch in found}


async def test_each_branch_counts_its_whole_subtree(
    session: AsyncSession, district: Institution, clinic: Institution, villager: Patient
) -> None:
    town_team = await make.make_team(session, institution=district)
    await days_of(session, await make.make_patient(session, team=town_team), 3)
    seen, *_ = await days_of(session, villager, 2)
    await make.make_review(session, recording=await make.make_recording(session, dose=seen))
    await days_of(session, await make.make_patient(session), 9)  # of another place

    found = await branches(session, district)

    assert {name: (b.patients, b.rates.closed) for name, b in found.items()} == {
        district.name: (2, 5),
        clinic.name: (1, 2),
    }
    assert found[clinic.name].rates.observed_rate == 0.5
    assert found[clinic.name].is_leaf
    assert not found[district.name].is_leaf


async def test_a_branch_without_patients_has_no_rate(
    session: AsyncSession, district: Institution, clinic: Institution
) -> None:
    found = await branches(session, district)

    assert found[clinic.name].patients == 0
    assert found[clinic.name].rates.closed == 0
    assert found[clinic.name].rates.observed_rate is None


async def slipping(session: AsyncSession, institution: Institution) -> list[Slipping]:
    await make.roll_up(session)
    return await slipping_in(session, institution, MONTH)


async def observe(session: AsyncSession, doses: list[Dose]) -> None:
    for dose in doses:
        dose.evidence, dose.verdict = Evidence.VIDEO, Verdict.OBSERVED
    await session.flush()


@pytest.mark.parametrize(("missed", "slips"), [(0, False), (1, False), (2, True)])
async def test_two_misses_in_a_row_are_slipping(
    session: AsyncSession, district: Institution, villager: Patient, missed: int, slips: bool
) -> None:
    doses = await days_of(session, villager, 20)
    await observe(session, doses[: len(doses) - missed])

    found = await slipping(session, district)

    assert [row.in_row for row in found] == ([missed] if slips else [])


async def test_a_held_day_does_not_break_a_row_and_a_word_does(
    session: AsyncSession, district: Institution, villager: Patient
) -> None:
    doses = await days_of(session, villager, 20)
    await observe(session, doses[:16])
    doses[16].self_reported_taken = True
    doses[18].expectation = Expectation.HELD
    await session.flush()

    (row,) = await slipping(session, district)

    assert row.in_row == 2
    assert row.last_kept_at == doses[16].due_at


async def test_a_low_rate_is_low_only_if_waiting_films_could_not_mend_it(
    session: AsyncSession, district: Institution, villager: Patient
) -> None:
    doses = await days_of(session, villager, 10)
    await observe(session, [*doses[:5], doses[9]])
    for dose in doses[5:7]:
        await make.make_recording(session, dose=dose)

    assert await slipping(session, district) == []  # 8 of 10 at best, one miss in a row at most

    doses[0].verdict = Verdict.REJECTED
    await session.flush()
    assert await slipping(session, district) == []  # the list is made once a night
    with clock.frozen(clock.now() + timedelta(days=1)):
        (row,) = await slipping(session, district)
    assert row.is_low
    assert row.taken_rate == 0.5


async def test_unread_films_are_a_reason_of_their_own(
    session: AsyncSession, district: Institution, villager: Patient
) -> None:
    doses = await days_of(session, villager, 10)
    await observe(session, doses)
    await make.make_recording(session, dose=doses[0], due_by=clock.now() - timedelta(hours=1))

    (row,) = await slipping(session, district)

    assert (row.unread, row.in_row, row.is_low) == (1, 0, False)


def charts(page: httpx.Response) -> dict[str, Any]:
    found = re.search(r'id="charts">(.*?)</script>', page.text, re.DOTALL)
    assert found is not None
    told: dict[str, Any] = json.loads(found.group(1))
    return told


@pytest.mark.parametrize("days", [7, 30, 90])
async def test_charts_and_tables_say_the_same(
    supervisor: httpx.AsyncClient, session: AsyncSession, villager: Patient, days: int
) -> None:
    doses = await days_of(session, villager, 10)
    await observe(session, doses[:8])
    await make.roll_up(session)

    page = await supervisor.get(f"/staff/supervision?days={days}")

    told = charts(page)
    closed = min(days, 10)
    share = (closed - 2) / closed
    assert [row[0] for row in told["branches"]] == ["青山县人民医院", "上坪村卫生室"]
    assert [row[1] for row in told["branches"]] == [pytest.approx(share, abs=1e-4)] * 2
    assert f"<b>{share * 100:.1f}%</b>" in page.text
    assert "<script>" not in page.text


@pytest.mark.usefixtures("villager")
async def test_one_goes_down_and_back_up_the_tree(
    supervisor: httpx.AsyncClient,
    session: AsyncSession,
    district: Institution,
    clinic: Institution,
) -> None:
    await make.roll_up(session)
    down = f"institution_id={clinic.id}"
    top = await supervisor.get("/staff/supervision")
    bottom = await supervisor.get(f"/staff/supervision?{down}")

    assert down in top.text
    assert f"institution_id={district.id}" in bottom.text
    assert clinic.name in bottom.text


async def test_the_list_of_those_who_slip_names_the_reasons(
    supervisor: httpx.AsyncClient, session: AsyncSession, villager: Patient
) -> None:
    await days_of(session, villager, 6)
    await make.roll_up(session)

    page = await supervisor.get("/staff/medication/slipping")

    assert villager.name in page.text
    assert "连续漏服 6 次" in page.text
    assert "看到服药不到 80%" in page.text
