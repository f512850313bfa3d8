"""A supervisor's figures by illness: pills that nobody films do not make films look rare."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.institutions.models import Institution, Team
from app.medication.models import Dose, Slot, Verdict
from app.medication.queries.subtrees import branches_of, slipping_in
from app.medication.queries.supervision import conditions_of
from app.medication.rates import Rates
from app.patients.models import Condition, Patient
from tests.accounts.factories import staff_client
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")
MONTH = 30
TB, PRESSURE = Condition.TUBERCULOSIS, Condition.HYPERTENSION


@pytest.fixture
async def district(session: AsyncSession) -> Institution:
    return await make.make_institution(session, name="青山县人民医院")


@pytest.fixture
async def team(session: AsyncSession, district: Institution) -> Team:
    village = await make.make_institution(session, parent=district, name="上坪村卫生室")
    return await make.make_team(session, institution=village)


@pytest.fixture
async def supervisor(
    app: FastAPI, session: AsyncSession, district: Institution
) -> AsyncIterator[httpx.AsyncClient]:
    staff = await make.make_staff(session, institution=district, roles=(Role.SUPERVISOR,))
    async with await staff_client(app, session, staff.id) as client:
        yield client


async def course(
    session: AsyncSession, patient: Patient, condition: Condition, days: int = 10
) -> list[Dose]:
    treatment = await make.make_treatment(
        session, patient=patient, condition=condition, name=f"方案 {condition}"
    )
    return await make.make_doses(session, patient=patient, treatment=treatment, days=days)


async def seen(session: AsyncSession, doses: list[Dose]) -> None:
    for dose in doses:
        dose.verdict = Verdict.OBSERVED
    await session.flush()


async def said(session: AsyncSession, doses: list[Dose]) -> None:
    for dose in doses:
        dose.self_reported_taken = True
    await session.flush()


async def both(session: AsyncSession, team: Team) -> None:
    """Ten doses against tuberculosis, eight of them seen; ten pressure pills said to be taken."""
    patient = await make.make_patient(session, team=team, name="王秀英")
    await seen(session, (await course(session, patient, TB))[:8])
    await said(session, await course(session, patient, PRESSURE))
    await make.roll_up(session)


async def test_each_illness_has_its_own_figures(
    session: AsyncSession, district: Institution, team: Team
) -> None:
    await both(session, team)

    found = {
        chosen: (await branches_of(session, district, MONTH, chosen)).listed[0].rates
        for chosen in (TB, PRESSURE, Condition.DIABETES, None)
    }

    assert found[TB] == Rates(10, 8, 8, 8, 0)
    assert found[TB].observed_rate == 0.8
    assert found[PRESSURE] == Rates(10, 0, 0, 10, 0, by_film=False)
    assert found[PRESSURE].observed_rate is None
    assert found[Condition.DIABETES].closed == 0
    assert found[None] == Rates(20, 8, 8, 18, 0, by_film=False)
    sums = {one.condition: one.rates for one in await conditions_of(session, district, MONTH)}
    assert sums == {TB: found[TB], PRESSURE: found[PRESSURE]}


@pytest.mark.parametrize(
    "address", ["/staff/supervision", "/staff/medication/branches"], ids=["overview", "branches"]
)
async def test_tuberculosis_is_shown_first_where_it_is_treated(
    supervisor: httpx.AsyncClient, session: AsyncSession, team: Team, address: str
) -> None:
    await both(session, team)

    usual = (await supervisor.get(address)).text
    pills = (await supervisor.get(f"{address}?condition=hypertension")).text
    every = (await supervisor.get(f"{address}?condition=all")).text

    assert "<b>80.0%</b>" in usual
    assert "最高可到" in usual
    for page in (pills, every):
        assert "最高可到" not in page
        assert "看到（次）" in page
    assert "condition=hypertension&amp;days=" in pills
    assert "condition=" not in usual.split('aria-label="病种"')[0]


async def test_without_tuberculosis_every_illness_is_shown(
    supervisor: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    patient = await make.make_patient(session, team=team)
    await said(session, await course(session, patient, PRESSURE))
    await make.roll_up(session)

    page = (await supervisor.get("/staff/supervision")).text

    assert "全部病种：不是每个患者都要拍视频" in page
    assert "最高可到" not in page


async def test_an_unknown_illness_is_the_usual_one(
    supervisor: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await both(session, team)

    asked = "/staff/medication/branches?condition="
    page, odd = [await supervisor.get(asked + word) for word in ("gout", "%3Cscript%3E")]

    assert "<b>80.0%</b>" in page.text
    assert odd.status_code == 422


async def test_who_slips_in_one_illness_is_not_hidden_by_another(
    session: AsyncSession, district: Institution, team: Team
) -> None:
    """The pills are worse off; in the list of tuberculosis its own treatment stands."""
    patient = await make.make_patient(session, team=team)
    await seen(session, (await course(session, patient, TB, 10))[:-3])
    pills = await course(session, patient, PRESSURE, 10)
    film = await make.make_recording(session, dose=pills[0])
    film.due_by = film.captured_at
    await make.roll_up(session)

    rows = {
        chosen: await slipping_in(session, district, MONTH, chosen)
        for chosen in (TB, PRESSURE, Condition.DIABETES, None)
    }

    told = {c: [(r.treatment_name, r.in_row, r.unread) for r in found] for c, found in rows.items()}
    worst = (f"方案 {PRESSURE}", 9, 1)
    assert told == {
        TB: [(f"方案 {TB}", 3, 0)],
        PRESSURE: [worst],
        Condition.DIABETES: [],
        None: [worst],
    }


async def test_the_worse_of_two_treatments_of_one_illness_is_told(
    session: AsyncSession, district: Institution, team: Team
) -> None:
    patient = await make.make_patient(session, team=team)
    for slot, missed in ((Slot.MORNING, 2), (Slot.EVENING, 5)):
        treatment = await make.make_treatment(session, patient=patient, name=f"方案 {missed}")
        doses = await make.make_doses(
            session, patient=patient, treatment=treatment, days=10, slot=slot
        )
        await seen(session, doses[:-missed])
    await make.roll_up(session)

    for chosen in (TB, None):
        (row,) = await slipping_in(session, district, MONTH, chosen)
        assert (row.treatment_name, row.in_row) == ("方案 5", 5)
