"""Closed records in the list of patients: listed, counted, and told apart by words."""

import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.features import FEATURES
from app.institutions.models import Team
from app.patients.models import Patient, RecordEnd
from app.patients.search import search_keys_of
from app.patients.service.closing import close_account
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of
from tests.patients.ending import end_record

pytestmark = pytest.mark.usefixtures("noon")
LIST, SEARCH = "/staff/patients", "/staff/patients/search"
ENDED = "/staff/patients?show=ended"
DIED, LEFT, CARED_FOR = "贝去世", "贝注销", "贝在管"


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    made = await desk_of(app, session, await make.make_staff(session, team=team))
    yield made
    await made.http.aclose()


async def three(session: AsyncSession, team: Team) -> list[Patient]:
    """Make one closed by staff, one left by its holder, and one in care."""
    keys = {name: search_keys_of(name, "13800001234", None) for name in (DIED, LEFT, CARED_FOR)}
    died, left, stays = [
        await make.make_patient(session, team=team, name=name, search_keys=keys[name])
        for name in keys
    ]
    await end_record(session, actor_of((await make.make_staff(session, team=team)).id), died)
    assert left.wechat_account_id is not None
    await close_account(session, FEATURES, left.wechat_account_id, left)
    await session.flush()
    return [died, left, stays]


def rows_of(page: str) -> dict[str, str]:
    """Read what each row says beside the name."""
    rows = re.findall(r'class="row-link" href="[^"]*">([^<]*)</a>(.*?)</tr>', page, re.DOTALL)
    return {name: re.sub(r"<[^>]*>", " ", rest) for name, rest in rows}


def chip(page: str) -> str:
    found = re.search(r'value="ended"[^>]*>([^<]*)</button>', page)
    assert found is not None
    return found[1].strip()


async def test_closed_records_are_listed_and_counted_by_themselves(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    other = await make.make_patient(session, closed_at=clock.now(), closed_why=RecordEnd.DIED)
    await three(session, team)

    every, only = [(await desk.http.get(address)).text for address in (LIST, ENDED)]
    found = (await desk.http.post(SEARCH, data={"q": "贝", "show": "ended"})).text

    assert rows_of(only).keys() == rows_of(found).keys() == {DIED, LEFT}
    assert rows_of(every).keys() == {DIED, LEFT, CARED_FOR}
    assert other.name not in only
    assert chip(every) == chip(only) == "已结束 2"
    assert 'aria-current="true">已结束 2' in only


async def test_in_the_whole_list_words_tell_them_apart(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    await three(session, team)

    page = (await desk.http.get(LIST)).text
    told = rows_of(page)

    assert "已结束建档" in told[DIED]
    assert "去世" in told[DIED].replace(DIED, "")
    assert "已注销" in told[LEFT]
    assert not {"已结束", "已注销"} & set(told[CARED_FOR].split())
    # A code would be refused for what staff have ended; whoever is bound needs none.
    assert "绑定码" not in page


async def test_where_none_is_closed_it_says_so(desk: Desk) -> None:
    page = (await desk.http.get(ENDED)).text

    assert chip(page) == "已结束 0"
    assert "没有已结束的档案" in page


@pytest.mark.parametrize(("closed", "said"), [(99, "99"), (100, "99+"), (101, "99+")])
async def test_the_count_stops_at_a_hundred(
    desk: Desk, session: AsyncSession, team: Team, closed: int, said: str
) -> None:
    for _ in range(closed):
        await make.make_patient(session, team=team, bound=False, closed_at=clock.now())

    page = (await desk.http.get(LIST)).text

    assert chip(page) == f"已结束 {said}"
