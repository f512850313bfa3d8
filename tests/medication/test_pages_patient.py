"""The patient's page and a dose's page: what they show and what is done there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.medication.models import (
    Dose,
    Evidence,
    Expectation,
    Progress,
    Reading,
    ReviewWithdrawal,
    Verdict,
)
from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.desk import Desk

pytestmark = pytest.mark.usefixtures("noon")
HTMX = {"HX-Request": "true"}


async def test_the_calendar_says_each_state_in_words(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    missed, seen = await make.make_doses(session, patient=patient, treatment=treatment, days=2)
    await make.make_review(session, recording=await make.make_recording(session, dose=seen))

    page = await desk.http.get(f"/staff/patients/{patient.id}/medication")

    for dose, word in ((missed, "漏服"), (seen, "已看到服药")):
        said = f"{dose.due_on.month}月{dose.due_on.day}日"
        assert f'href="/staff/doses/{dose.id}"' in page.text
        assert any(said in line and word in line for line in page.text.splitlines())


async def test_rates_show_their_bounds_while_films_wait(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    doses = await make.make_doses(session, patient=patient, treatment=treatment, days=4)
    for dose in doses[:2]:
        await make.make_review(session, recording=await make.make_recording(session, dose=dose))
    await make.make_recording(session, dose=doses[2])

    page = await desk.http.get(f"/staff/patients/{patient.id}/medication")

    assert "应服 4 次" in page.text
    assert "<b>50.0%</b> 到 <b>75.0%</b>" in page.text


async def test_older_months_are_a_link_away(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    long_ago = clock.today_in(patient.zone) - timedelta(days=400)
    old = await make.make_dose(session, patient=patient, treatment=treatment, due_on=long_ago)
    home = f"/staff/patients/{patient.id}/medication"

    now = await desk.http.get(home)
    then = await desk.http.get(f"{home}?until={long_ago:%Y-%m}")

    assert str(old.id) not in now.text
    assert str(old.id) in then.text


async def test_every_reading_stays_readable(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)
    film = await make.make_recording(session, dose=dose)
    undone = await make.make_review(session, recording=film, verdict=Verdict.REJECTED)
    session.add(ReviewWithdrawal(review_id=undone.id))
    await make.make_review(session, recording=film, comment="拿近一点", verdict=Verdict.PARTIAL)
    await make.make_review(session, recording=film, reading=Reading.SECOND)

    for address in (f"/staff/patients/{patient.id}/medication/films", f"/staff/doses/{dose.id}"):
        page = await desk.http.get(address)

        readings = page.text.split('<li class="reading')[1:]
        assert ["已撤销" in reading for reading in readings] == [True, False, False]
        for word in ("拿近一点", "复核", "退回", "部分服药", "通过"):
            assert word in page.text


async def test_films_are_paged(desk: Desk, session: AsyncSession, patient: Patient) -> None:
    treatment = await make.make_treatment(session, patient=patient)
    for dose in await make.make_doses(session, patient=patient, treatment=treatment, days=13):
        await make.make_review(session, recording=await make.make_recording(session, dose=dose))

    first = await desk.http.get(f"/staff/patients/{patient.id}/medication/films")
    address = first.text.split('class="button"\n         href="')[1].split('"')[0]
    second = await desk.http.get(address.replace("&amp;", "&"), headers=HTMX)

    assert first.text.count('<article class="card film"') == 12
    assert second.text.count('<article class="card film"') == 1


@pytest.mark.parametrize("kind", [Evidence.LIVE, Evidence.IN_PERSON])
async def test_a_dose_seen_by_staff_is_its_own_evidence(
    desk: Desk, session: AsyncSession, dose: Dose, kind: Evidence
) -> None:
    sent = {"kind": kind.value, "note": "村卫生室里看着吃的", "key": "a-key-of-a-form"}

    answer = await desk.http.post(f"/staff/doses/{dose.id}/seen", data=sent)
    page = await desk.http.get(answer.headers["location"])

    await session.refresh(dose)
    assert answer.status_code == 303
    assert (dose.evidence, dose.verdict) == (kind, None)
    assert "村卫生室里看着吃的" in page.text
    assert desk.staff.name in page.text


async def test_a_dose_whose_film_waits_cannot_be_entered(
    desk: Desk, session: AsyncSession, dose: Dose
) -> None:
    await make.make_recording(session, dose=dose)

    page = await desk.http.get(f"/staff/doses/{dose.id}")
    answer = await desk.http.post(
        f"/staff/doses/{dose.id}/seen",
        data={"kind": "live", "note": "打过电话", "key": "a-key-of-a-form"},
    )

    assert "登记看到的服药" not in page.text
    assert answer.status_code == 422
    assert 'value="打过电话"' in answer.text
    await session.refresh(dose)
    assert (dose.evidence, dose.progress) == (Evidence.VIDEO, Progress.PENDING_REVIEW)


async def test_how_a_dose_was_seen_must_be_said(desk: Desk, dose: Dose) -> None:
    answer = await desk.http.post(
        f"/staff/doses/{dose.id}/seen", data={"note": "记一下"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert 'value="记一下"' in answer.text


async def test_a_dose_is_moved_and_leaves_its_trace(
    desk: Desk, session: AsyncSession, patient: Patient
) -> None:
    treatment = await make.make_treatment(session, patient=patient, days=1)
    dose = await make.make_dose(session, patient=patient, treatment=treatment)
    to_on = dose.due_on + timedelta(days=2)

    answer = await desk.http.post(
        f"/staff/doses/{dose.id}/reschedule", data={"to_on": to_on.isoformat()}
    )

    await session.refresh(dose)
    assert dose.expectation is Expectation.RESCHEDULED
    assert answer.headers["location"] == f"/staff/doses/{dose.moved_to_id}"


async def test_a_dose_is_not_moved_into_the_past(
    desk: Desk, session: AsyncSession, dose: Dose
) -> None:
    yesterday = (dose.due_on - timedelta(days=1)).isoformat()

    answer = await desk.http.post(f"/staff/doses/{dose.id}/reschedule", data={"to_on": yesterday})

    assert answer.status_code == 422
    assert f'value="{yesterday}"' in answer.text
    await session.refresh(dose)
    assert dose.expectation is Expectation.EXPECTED


async def test_tablets_corrected_by_a_reviewer_are_shown(
    desk: Desk, session: AsyncSession, dose: Dose
) -> None:
    film = await make.make_recording(session, dose=dose)
    seen = [{"name": "四联抗结核片 HRZE", "seen": str(Decimal("1.5"))}]
    await make.make_review(session, recording=film, verdict=Verdict.PARTIAL, tablets=seen)

    page = await desk.http.get(f"/staff/doses/{dose.id}")

    assert "看到 1 片半" in page.text
