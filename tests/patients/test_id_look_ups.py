"""An ID number that is taken elsewhere: strangers learn nothing, its owner reads of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from app.accounts.models import AuditEvent
from app.core.db import Sessionmaker
from app.core.settings import Settings
from app.institutions.models import Team
from app.main import create_app, dispose_engines
from app.patients.audit import MET_ID_NUMBER
from app.patients.models import Patient
from app.patients.search import document_hash
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_staff, make_team
from tests.patients.factories import make_patient, patient_client
from tests.patients.test_record_pages import NEW, NUMBER, form

FREE = "110105194912310046"


@pytest.fixture
async def real_app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:
    """With commits of its own: what is noted of a refused form must outlive the refusal."""
    made = create_app(settings)
    made.state.sessions = committed_database
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


class World(NamedTuple):
    browser: httpx.AsyncClient
    team: Team
    holder: Patient
    sessions: Sessionmaker

    async def hits(self) -> int:
        async with self.sessions() as session:
            found = select(func.count()).where(
                AuditEvent.action == MET_ID_NUMBER.code, AuditEvent.patient_id == self.holder.id
            )
            return (await session.scalars(found)).one()

    async def records(self) -> int:
        async with self.sessions() as session:
            return (await session.scalars(select(func.count()).select_from(Patient))).one()

    async def enter(self, **changes: Any) -> httpx.Response:
        return await self.browser.post(NEW, data=form(self.team, **changes))


@pytest.fixture
async def world(real_app: FastAPI, committed_database: Sessionmaker) -> AsyncIterator[World]:
    """Give a doctor of one team the number of somebody in care of another."""
    async with committed_database.begin() as session:
        team = await make_team(session)
        doctor = await make_staff(session, team=team)
        holder = await make_patient(
            session,
            birth_on=date(1949, 12, 31),
            id_number=NUMBER,
            id_number_hash=document_hash(NUMBER),
        )
        browser = await staff_client(real_app, session, doctor.id)
    yield World(browser, team, holder, committed_database)
    await browser.aclose()


async def test_a_stranger_hears_whom_to_ask_and_not_that_there_is_a_record(world: World) -> None:
    answer = await world.enter()

    assert answer.status_code == 422
    assert "现在不能在这里建档，请联系上级督导" in answer.text
    assert "已经建过档" not in answer.text
    assert world.holder.name not in answer.text
    assert await world.records() == 1


async def test_the_person_concerned_reads_who_entered_the_number(
    world: World, real_app: FastAPI
) -> None:
    await world.enter()

    phone = patient_client(real_app, world.holder)
    views = (await phone.get("/api/me/views")).json()["items"]
    await phone.aclose()

    assert [view["what"] for view in views] == ["在别处用您的身份证号建档"]
    assert await world.hits() == 1


def _without_what_differs(page: httpx.Response) -> str:
    plain = page.text.replace(NUMBER, "").replace(FREE, "")
    return re.sub(r'(name="key"\s+value=")[^"]+', "", plain)


@pytest.mark.parametrize(
    "wrong",
    [
        {"team_id": "0198f000-0000-7000-8000-000000000000"},
        {"sex": "male"},
        {"birth_on": "1950-01-01"},
        {"name": ""},
        {"birth_on": "2020-01-01"},
    ],
)
async def test_a_faulty_form_gets_one_answer_whether_or_not_the_number_is_taken(
    wrong: dict[str, str], world: World
) -> None:
    taken = await world.enter(**{"id_number": NUMBER} | wrong)
    free = await world.enter(**{"id_number": FREE} | wrong)

    assert (taken.status_code, free.status_code) == (422, 422)
    assert _without_what_differs(taken) == _without_what_differs(free)
    assert await world.hits() == 0


async def test_after_five_hits_a_day_no_number_is_looked_up(world: World) -> None:
    for _ in range(5):
        assert (await world.enter()).status_code == 422

    assert (await world.enter()).status_code == 429
    assert (await world.enter(id_number=FREE)).status_code == 429
    assert await world.hits() == 5
    assert (await world.enter(id_number="")).status_code == 303


async def test_tries_at_once_are_all_counted(world: World) -> None:
    await asyncio.gather(*(world.enter() for _ in range(4)))

    assert await world.hits() == 4


async def test_changing_ones_own_record_to_the_number_is_the_same(
    world: World,
) -> None:
    made = await world.enter(id_number="")
    edit = f"{made.headers['location']}/edit"
    version = {"version": "1"}

    answer = await world.browser.post(edit, data=form(world.team) | version)

    assert answer.status_code == 422
    assert "现在不能在这里建档" in answer.text
    assert await world.hits() == 1
