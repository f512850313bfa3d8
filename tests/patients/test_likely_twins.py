"""A record that may be a second one of somebody: shown before it is made, within reach alone."""

import re
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent
from app.core.db import Sessionmaker
from app.institutions.models import Team
from app.patients.audit import SEARCH_PATIENTS
from app.patients.models import BirthPrecision, Condition, DocumentKind, Patient, Sex
from app.patients.search import columns_to_find
from app.patients.service import records
from tests.accounts.factories import actor_of
from tests.institutions.factories import make_staff, make_team
from tests.patients.factories import make_guardian, make_patient
from tests.patients.test_found_again import CHINESE, NEW, NUMBER, count, form
from tests.racing import together

ASKS = "仍然新建"
OTHER_PHONE = "13900000000"


async def known(session: AsyncSession, team: Team, **columns: Any) -> Patient:
    """Somebody who is recorded already, found by name, phone and number."""
    usual: dict[str, Any] = {"name": CHINESE, "phone": "13711110021", "birth_on": date(1953, 7, 14)}
    usual |= columns
    document = (usual.get("document_kind", DocumentKind.RESIDENT_ID), usual.get("id_number"))
    found_by = columns_to_find(usual["name"], usual["phone"], document, None)
    return await make_patient(session, team=team, bound=False, **found_by | usual)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"phone": OTHER_PHONE}, {}),
        ({"phone": OTHER_PHONE}, {"name": "黄\u200b素 珍"}),
        ({"phone": OTHER_PHONE, "birth_on": date(1953, 1, 1),
          "birth_precision": BirthPrecision.YEAR}, {}),
        ({"phone": OTHER_PHONE}, {"birth_on": "1953"}),
        ({"name": "别人"}, {"phone": "+86 137 1111 0021"}),
        ({"id_number": NUMBER}, {"phone": OTHER_PHONE}),
        ({"id_number": NUMBER}, {"document_kind": "passport", "id_number": "E12345678"}),
    ],
)  # fmt: skip
async def test_who_may_be_recorded_already_is_shown_first(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team,
    old: dict[str, Any], new: dict[str, Any],
) -> None:  # fmt: skip
    other = await known(session, team, **old)

    answer = await browser.post(NEW, data=form(team, weight_kg="61.5", **new))

    assert (answer.status_code, ASKS in answer.text) == (422, True)
    assert f'href="/staff/patients/{other.id}"' in answer.text
    assert 'value="61.5"' in answer.text  # what was typed stays
    assert await count(session) == 1
    seen = select(AuditEvent.patient_id).where(AuditEvent.action == SEARCH_PATIENTS.code)
    assert list(await session.scalars(seen)) == [other.id]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"phone": OTHER_PHONE, "birth_on": date(1953, 7, 15)}, {}),
        ({"phone": OTHER_PHONE, "name": "黄素珍珍"}, {}),
        ({"phone": OTHER_PHONE, "birth_on": date(1954, 1, 1)}, {"birth_on": "1953"}),
        # Two numbers are two persons: a couple with one phone is not asked about.
        ({"id_number": "11010519491231002X"}, {"id_number": NUMBER}),
    ],
)
async def test_who_is_somebody_else_is_not_asked_about(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team,
    old: dict[str, Any], new: dict[str, Any],
) -> None:  # fmt: skip
    await known(session, team, **old)

    answer = await browser.post(NEW, data=form(team, **new))

    assert answer.status_code == 303, answer.text
    assert await count(session) == 2


async def test_a_record_out_of_reach_is_not_told(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await known(session, await make_team(session))

    answer = await browser.post(NEW, data=form(team))

    assert answer.status_code == 303


async def test_a_guardians_phone_is_one_of_the_record(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    child = await known(session, team, name="王小明", phone=OTHER_PHONE)
    guardian = await make_guardian(session, patient=child, bound=False, phone="13711110021")
    document = (child.document_kind, child.id_number)
    columns = columns_to_find(child.name, child.phone, document, guardian.phone)
    child.search_keys = columns["search_keys"]
    await session.flush()

    assert ASKS in (await browser.post(NEW, data=form(team))).text


async def test_said_to_be_others_it_is_made_once(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    others = [await known(session, team) for _ in range(2)]
    asked = await browser.post(NEW, data=form(team))
    shown = re.findall(r'name="twin_ids" value="([\w-]+)"', asked.text)
    key = re.findall(r'name="key" value="([\w-]+)"', asked.text)[0]
    sent = form(team, twin_ids=shown, key=key)

    unsaid = await browser.post(NEW, data=sent)
    made = [await browser.post(NEW, data=sent | {"make_anyway": "true"}) for _ in range(2)]

    assert sorted(shown) == sorted(str(other.id) for other in others)
    assert (unsaid.status_code, ASKS in unsaid.text) == (422, True)
    assert [answer.status_code for answer in made] == [303, 303]
    assert await count(session) == 3


async def test_a_yes_counts_for_what_was_shown_alone(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    first = await known(session, team)
    sent = form(team, twin_ids=[str(first.id)], make_anyway="true")
    second = await known(session, team)

    answer = await browser.post(NEW, data=sent)

    assert answer.status_code == 422
    for each in (first, second):
        assert f'value="{each.id}"' in answer.text


async def test_a_record_that_was_merged_is_not_asked_about(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    kept = await known(session, team, name="别人", phone=OTHER_PHONE)
    await known(session, team, merged_into_id=kept.id)

    assert (await browser.post(NEW, data=form(team))).status_code == 303


async def test_of_two_people_who_enter_one_person_at_once_the_later_is_asked(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        team = await make_team(session)
        actors = [actor_of((await make_staff(session, team=team)).id) for _ in range(2)]

    def entering(number: int, phone: str) -> Any:
        particulars = records.Particulars(
            name=CHINESE, phone=phone, sex=Sex.FEMALE, birth_on=date(1953, 7, 14), id_number=None,
            weight_kg=None, conditions=[Condition.TUBERCULOSIS], team_id=team.id,
        )  # fmt: skip
        return lambda session: records.create_patient(session, actors[number], particulars)

    results = await together(
        committed_database, entering(0, "13711110021"), entering(1, OTHER_PHONE)
    )

    assert results == ["likely-twins", "ok"]
