"""Finding a patient from every page: by what was typed, or whose record was opened last."""

import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.desk.pages.patients import FOUND_AT_ONCE
from app.institutions.models import Team
from app.patients.audit import LIST_PATIENTS, SEARCH_PATIENTS
from app.patients.models import Patient
from app.patients.search import search_keys_of
from tests.medication import factories as make
from tests.medication.desk import Desk, desk_of

FIND = "/staff/patients/find"


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def desk(app: FastAPI, session: AsyncSession, team: Team) -> AsyncIterator[Desk]:
    made = await desk_of(app, session, await make.make_staff(session, team=team))
    yield made
    await made.http.aclose()


async def named(session: AsyncSession, team: Team, name: str) -> Patient:
    keys = search_keys_of(name, "13800001234", None)
    return await make.make_patient(session, team=team, name=name, search_keys=keys)


async def found(desk: Desk, typed: str = "") -> list[str]:
    answer = await desk.http.post(FIND, data={"q": typed})
    assert answer.status_code == 200
    return re.findall("<b>([^<]*)</b>", answer.text)


async def shown_by(session: AsyncSession, action: str) -> set[object]:
    rows = await session.scalars(select(AuditEvent.patient_id).where(AuditEvent.action == action))
    return set(rows)


async def test_what_is_typed_finds_those_within_reach_and_says_so(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    own = await named(session, team, "黄素珍")
    await named(session, team, "李建国")
    await named(session, await make.make_team(session), "黄素梅")

    assert await found(desk, " hsz ") == ["黄素珍"]
    assert await found(desk, "黄素") == ["黄素珍"]
    assert await found(desk, "王") == []
    assert await shown_by(session, SEARCH_PATIENTS.code) == {own.id}


async def test_no_more_than_fit_and_a_word_that_there_are_more(
    desk: Desk, session: AsyncSession, team: Team
) -> None:
    for _ in range(FOUND_AT_ONCE):
        await named(session, team, "贝多人")
    exact = await desk.http.post(FIND, data={"q": "贝多"})
    await named(session, team, "贝多人")
    more = await desk.http.post(FIND, data={"q": "贝多"})

    assert [a.text.count("<li>") for a in (exact, more)] == [FOUND_AT_ONCE, FOUND_AT_ONCE]
    assert ["还有更多" in a.text for a in (exact, more)] == [False, True]


async def test_with_nothing_typed_those_opened_last_come_first(
    app: FastAPI, desk: Desk, session: AsyncSession, team: Team
) -> None:
    first, second, moved = [await named(session, team, n) for n in ("先看的", "后看的", "转走的")]
    await named(session, team, "没看过的")
    colleague = await desk_of(app, session, await make.make_staff(session, team=team))
    for patient in (first, moved, second, first):
        assert (await desk.http.get(f"/staff/patients/{patient.id}")).status_code == 200
    await colleague.http.get(f"/staff/patients/{second.id}")
    moved.team_id = (await make.make_team(session)).id
    await session.flush()

    assert await found(desk) == ["先看的", "后看的"]
    assert await found(colleague) == ["后看的"]
    assert await shown_by(session, LIST_PATIENTS.code) == {first.id, second.id}
    await colleague.http.aclose()


async def test_operators_have_nobody_to_find(
    app: FastAPI, session: AsyncSession, team: Team
) -> None:
    operator = await desk_of(
        app, session, await make.make_staff(session, team=team, roles=[Role.OPERATOR])
    )
    page = await operator.http.get("/staff")

    assert 'id="finder"' not in page.text
    assert (await operator.http.post(FIND, data={"q": "李"})).status_code == 403
    await operator.http.aclose()
