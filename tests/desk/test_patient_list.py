"""The list of patients: what it says of each, in which order, and how its pages are turned."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.institutions.models import Team
from app.medication import flags, rules
from app.medication.models import Dose, Treatment
from app.patients.models import Condition, Patient
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of

pytestmark = pytest.mark.usefixtures("noon")
LIST, SEARCH = "/staff/patients", "/staff/patients/search"
HTMX = {"HX-Request": "true"}


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    made = await desk_of(app, session, await make.make_staff(session, team=team))
    yield made
    await made.http.aclose()


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.desk.pages.patients.PAGE_SIZE", 2)


async def treated(session: AsyncSession, team: Team, name: str) -> tuple[Treatment, list[Dose]]:
    """Begin yesterday: a dose of that day and one of today."""
    patient = await make.make_patient(session, team=team, name=name)
    first = rules.dose_day(clock.now(), patient.zone) - timedelta(days=1)
    treatment = await make.make_treatment(session, patient=patient, starts_on=first)
    doses = await make.make_doses(session, patient=patient, treatment=treatment, days=1)
    return treatment, [*doses, await make.make_dose(session, patient=patient, treatment=treatment)]


async def missing(session: AsyncSession, team: Team, name: str, days: int) -> Patient:
    """Miss every dose of so many days, which the flag counts."""
    patient = await make.make_patient(session, team=team, name=name)
    treatment = await make.make_treatment(session, patient=patient)
    await make.make_doses(session, patient=patient, treatment=treatment, days=days)
    await flags.refresh(session, [patient.id])
    return patient


def names_of(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="/staff/patients/[^"]*">([^<]*)</a>', page)


def row_of(page: str, name: str) -> str:
    found = re.search(rf">{name}</a>(.*?)</tr>", page, re.DOTALL)
    assert found is not None, page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found[1]))


def turn(page: str, word: str) -> str | None:
    """Return the cursor behind a button."""
    found = re.search(rf'name="cursor" value="([^"]*)">{word}<', page)
    return found[1] if found else None


def count(page: str) -> str:
    found = re.search(r'role="status">\s*([^<]*?)\s*<', page[page.index('class="chips"') :])
    assert found is not None
    return found[1]


async def test_a_row_says_today_the_last_film_and_the_day_of_the_course(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    treatment, doses = await treated(session, team, "贝治疗")
    film = await make.make_recording(session, dose=doses[0])
    await make.make_review(session, recording=film)
    await make.make_patient(session, team=team, name="贝没有")
    _, others = await treated(session, await make.make_team(session), "贝别队")
    await make.make_recording(session, dose=others[0])

    page = (await desk.http.get(LIST)).text
    told = row_of(page, "贝治疗")

    assert treatment.name in told
    assert "第 2 / 60 天" in told
    assert "通过" in told
    assert "早上 今天待服" in told
    assert [word in row_of(page, "贝没有") for word in ("今天没有药", "没有治疗")] == [True, True]
    assert names_of(page) == ["贝没有", "贝治疗"]


async def test_the_gravest_first_and_only_those_with_a_flag(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    await missing(session, team, "贝漏八次", 8)
    await missing(session, team, "贝漏两次", 2)
    await make.make_patient(session, team=team, name="贝平安")
    await missing(session, await make.make_team(session), "贝别队", 9)

    gravest = (await desk.http.get(f"{LIST}?order=gravest")).text
    flagged = (await desk.http.get(f"{LIST}?show=flagged")).text

    assert names_of(gravest) == ["贝漏八次", "贝漏两次", "贝平安"]
    assert names_of(flagged) == ["贝漏两次", "贝漏八次"]
    assert (count(gravest), count(flagged)) == ("共 3 位", "共 2 位")
    assert "连续漏服 8 次" in row_of(gravest, "贝漏八次")


async def test_only_those_of_a_condition_who_are_treated(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    both = (Condition.TUBERCULOSIS, Condition.DIABETES)
    for name, conditions in (("贝结核", both), ("贝糖尿病", both[1:]), ("贝没病", ())):
        treatment, _ = await treated(session, team, name)
        patient = await session.get_one(Patient, treatment.patient_id)
        patient.conditions = [one.value for one in conditions]
    await make.make_patient(session, team=team, name="贝等待", conditions=["diabetes"])
    await session.flush()

    asked = {"show": "treated", "condition": "diabetes"}
    page = (await desk.http.post(SEARCH, data=asked, headers=HTMX)).text

    assert names_of(page) == ["贝糖尿病", "贝结核"]
    assert 'value="diabetes" selected' in page
    assert 'value="treated" aria-current' in re.sub(r"\s+", " ", page)


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("order", ["newest", "gravest"])
@pytest.mark.parametrize("rows", [4, 5])
async def test_pages_are_turned_on_and_back_over_equal_rows(
    desk: Desk, session: AsyncSession, team: Team, order: str, rows: int
) -> None:
    at = clock.now() - timedelta(days=1)
    for number in range(rows):
        await make.make_patient(session, team=team, name=f"贝{number}", created_at=at, bound=False)

    async def ask(cursor: str | None) -> str:
        asked = {"order": order, "cursor": cursor or ""}
        return (await desk.http.post(SEARCH, data=asked, headers=HTMX)).text

    on = [await ask(None)]
    while following := turn(on[-1], "下一页"):
        on.append(await ask(following))
    back = [on[-1]]
    while before := turn(back[-1], "上一页"):
        back.append(await ask(before))

    shown = [names_of(page) for page in on]
    assert sorted(name for names in shown for name in names) == [
        f"贝{number}" for number in range(rows)
    ]
    assert [len(names) for names in shown] == [2] * (rows // 2) + [1] * (rows % 2)
    # The pages before stand as they stood.
    assert [names_of(page) for page in back] == shown[::-1]
    assert turn(on[0], "回到第一页") is None
    assert all("回到第一页" in page for page in on[1:])


@pytest.mark.usefixtures("pages_of_two")
async def test_back_where_less_than_a_page_is_left_is_a_full_first_page(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    made = [
        await make.make_patient(session, team=team, name=f"贝{number}", bound=False)
        for number in range(3)
    ]
    first = (await desk.http.post(SEARCH, headers=HTMX)).text
    second = (await desk.http.post(SEARCH, data={"cursor": turn(first, "下一页")})).text
    made[2].team_id = (await make.make_team(session)).id
    await session.flush()

    back = (await desk.http.post(SEARCH, data={"cursor": turn(second, "上一页")})).text

    assert names_of(first) == ["贝2", "贝1"]
    assert names_of(back) == ["贝1", "贝0"]


async def test_many_are_counted_to_a_thousand(
    desk: Desk, session: AsyncSession, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.patients.queries.records.MOST_LISTED", 3)
    for number in range(2):
        await make.make_patient(session, team=team, name=f"贝{number}", bound=False)
    two = (await desk.http.get(LIST)).text
    await make.make_patient(session, team=team, bound=False)
    three = (await desk.http.get(LIST)).text

    assert (count(two), count(three)) == ("共 2 位", "2 多位")
