"""Two people change one treatment: the later one is told what changed, and nothing is lost."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.core.forms import new_key
from app.institutions.models import Team
from app.medication.models import Dose, DoseHold, Treatment, TreatmentChange
from app.medication.problems import TreatmentChanged
from app.medication.queries.treatments import get_plan
from app.medication.running import today_in
from app.medication.schemas.treatments import HoldCreate
from app.medication.service import changes
from app.patients.models import Patient
from tests.accounts.factories import staff_client
from tests.medication import factories as make
from tests.medication import plans
from tests.medication.desk import Desk
from tests.medication.phone import Phone
from tests.medication.plans import ZONE, day
from tests.medication.test_pages_treatments import order
from tests.medication.test_races import overlapping

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def treatment(session: AsyncSession, patient: Patient) -> Treatment:
    return await make.make_treatment(session, patient=patient)


@pytest.fixture
async def dose(session: AsyncSession, patient: Patient, treatment: Treatment) -> Dose:
    return await make.make_dose(session, patient=patient, treatment=treatment)


@pytest.fixture
def today(patient: Patient) -> date:
    return today_in(patient.zone)


def version_in(page: httpx.Response) -> set[str]:
    return set(re.findall(r'name="version"\s+value="([0-9]+)"', page.text))


def hold(today: date) -> dict[str, Any]:
    return {
        "from_on": today.isoformat(), "to_on": today.isoformat(), "reason": "发烧观察",
        "key": new_key(),
    }  # fmt: skip


FORMS: dict[str, Callable[[date], dict[str, Any]]] = {
    "/staff/treatments/{treatment_id}/hold": hold,
    "/staff/treatments/{treatment_id}/stop": lambda today: {
        "stopped_on": today.isoformat(), "outcome": "completed",
    },
    "/staff/treatments/{treatment_id}/edit": lambda today: order(today, from_on=today.isoformat()),
    "/staff/doses/{dose_id}/reschedule": lambda today: {
        "to_on": (today + timedelta(days=60)).isoformat(),
    },
}  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_of_before_is_told_what_changed_and_keeps_what_was_typed(
    path: str, desk: Desk, app: FastAPI, session: AsyncSession, team: Team,
    treatment: Treatment, dose: Dose, today: date,
) -> None:  # fmt: skip
    address = path.format(treatment_id=treatment.id, dose_id=dose.id)
    shown = address if path.endswith("edit") else address.rpartition("/")[0]
    before = version_in(await desk.http.get(shown))
    staff = await make.make_staff(session, team=team, name="隔壁的王医生")
    async with await staff_client(app, session, staff.id) as other:
        tomorrow = hold(today + timedelta(days=1)) | {"version": "1"}
        first = await other.post(f"/staff/treatments/{treatment.id}/hold", data=tomorrow)
    sent = FORMS[path](today)

    stale = await desk.http.post(address, data=sent | {"version": "1"})
    (kept,) = version_in(stale) - {"1"} or {"1"}
    again = await desk.http.post(address, data=sent | {"version": kept, "leaving_out": "yes"})

    assert before == {"1"}
    assert (first.status_code, stale.status_code, again.status_code) == (303, 409, 303)
    assert "隔壁的王医生" in stale.text
    assert "暂停" in stale.text
    assert kept == "2"
    typed = next(iter(v for n, v in sent.items() if n.endswith(("_on", "reason"))))
    assert f'value="{typed}"' in stale.text
    await session.refresh(treatment)
    assert treatment.version == 3


async def test_the_end_of_a_hold_is_told_too(
    desk: Desk, session: AsyncSession, treatment: Treatment, today: date
) -> None:
    address = f"/staff/treatments/{treatment.id}/hold"
    await desk.http.post(address, data=hold(today))
    hold_id = await session.scalar(select(DoseHold.id))
    await desk.http.post(address, data=hold(today + timedelta(days=1)))

    stale = await desk.http.post(f"/staff/holds/{hold_id}/end", data={"version": "2"})
    ended = await desk.http.post(f"/staff/holds/{hold_id}/end", data={"version": "3"})

    assert (stale.status_code, ended.status_code) == (409, 303)
    assert "刚刚被改过" in stale.text


async def test_a_wrong_day_keeps_the_version_that_the_form_was_filled_from(
    desk: Desk, treatment: Treatment, today: date
) -> None:
    """The answer to a slip must not make the form look as if it knew of the change meanwhile."""
    address = f"/staff/treatments/{treatment.id}/hold"
    await desk.http.post(address, data=hold(today))
    slip = hold(today) | {"to_on": (today - timedelta(days=1)).isoformat(), "version": "1"}

    page = await desk.http.post(address, data=slip)

    assert page.status_code == 422
    form = re.search(rf'<form[^>]*action="{address}".*?</form>', page.text, re.DOTALL)
    assert form
    assert re.search(r'name="version"\s+value="1"', form.group())


async def test_each_change_knows_its_version(
    desk: Desk, session: AsyncSession, treatment: Treatment, dose: Dose, today: date
) -> None:
    neighbour = await make.make_treatment(session)
    tomorrow = today + timedelta(days=1)  # today's dose is moved away
    for path, on in (
        ("/staff/doses/{dose_id}/reschedule", today),
        ("/staff/treatments/{treatment_id}/hold", tomorrow),
    ):
        address = path.format(treatment_id=treatment.id, dose_id=dose.id)
        assert (await desk.http.post(address, data=FORMS[path](on))).status_code == 303

    noted = await session.scalars(
        select(TreatmentChange.version)
        .where(TreatmentChange.treatment_id == treatment.id)
        .order_by(TreatmentChange.id)
    )
    assert list(noted) == [2, 3]
    await session.refresh(neighbour)
    assert neighbour.version == 1


async def test_of_two_at_once_the_second_is_told(committed_database: Sessionmaker) -> None:
    async with committed_database.begin() as session:
        actor, treatment = await plans.start(session)
        treatment_id, version = treatment.id, treatment.version

    async def hold_it(session: AsyncSession) -> None:
        treatment, _ = await get_plan(session, treatment_id)
        days = HoldCreate(from_on=day(2), to_on=day(4), reason="肝功能异常")
        await changes.hold(session, actor, treatment, ZONE, days, version=version)

    async def edit_it() -> None:
        async with committed_database.begin() as session:
            treatment, _ = await get_plan(session, treatment_id)
            later = plans.plan(first=1, tablets="2")
            with pytest.raises(TreatmentChanged):
                await changes.edit_plan(
                    session, actor, treatment, ZONE, day(1), later, version=version
                )

    await overlapping(committed_database, hold_it, edit_it())

    async with committed_database() as session:
        treatment, _ = await get_plan(session, treatment_id)
        assert treatment.version == version + 1
        assert [d.name for p in treatment.phases for d in p.drugs] == ["四联片"]
        assert (await plans.dose_on(session, treatment, 5)).drugs[0]["tablets"] == "3"
        assert await session.scalar(select(func.count()).select_from(DoseHold)) == 1


async def test_a_plan_form_of_before_a_severe_answer_is_told_of_it(
    desk: Desk, session: AsyncSession, phone: Phone, treatment: Treatment, dose: Dose, today: date
) -> None:
    neighbour = await make.make_treatment(session)
    answer = await phone.side_effects(dose, "breathless")
    assert answer.status_code == 201, answer.text
    address = f"/staff/treatments/{treatment.id}/edit"
    sent = order(today, from_on=today.isoformat())

    stale = await desk.http.post(address, data=sent | {"version": "1"})

    assert stale.status_code == 409
    assert "患者 9月10日 12:00 报告严重不适" in stale.text
    assert "等医生决定" in stale.text
    for one in (treatment, neighbour):
        await session.refresh(one)
    assert (treatment.version, neighbour.version) == (2, 1)
