"""Records written in the form of before: found as people type, and nothing else is touched."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core.crypto import keyring
from app.core.db import Sessionmaker
from app.institutions.models import Team
from app.patients.models import Patient
from app.patients.search import KEYS_VERSION, document_hash, keys_to_find
from app.patients.service import renewal
from app.patients.service.renewal import renew_records
from tests.counting import counted
from tests.patients.factories import make_guardian, make_patient

NUMBER, WIDE_NUMBER = "510725195307143312", "51072519530714\uff13\uff13\uff112"


def old_key(kind: str, value: str) -> str:
    return keyring().lookup_hash(f"patient.{kind}", value)


async def written_before(session: AsyncSession, team: Team, **columns: Any) -> Patient:
    """As the version before wrote it: hashes of what was typed, beginnings of the name alone."""
    name, number = columns.get("name", "李桂英"), columns.get("id_number")
    keys = [old_key("name", name[:length]) for length in range(1, len(name) + 1)]
    hashed = old_key("id_number", number) if number else None
    usual = {"search_keys": keys, "id_number_hash": hashed, "bound": False, "team": team}
    return await make_patient(session, **usual | columns)


async def found(session: AsyncSession, typed: str) -> set[str]:
    rows = text("select id::text from patient where search_keys && cast(:keys as text[])")
    return set(await session.scalars(rows, {"keys": keys_to_find(typed)}))


async def read(session: AsyncSession, patient: Patient) -> Patient:
    return await session.get_one(Patient, patient.id, populate_existing=True)


@pytest.mark.parametrize(
    ("columns", "typed"),
    [
        ({"name": "热依汗・吐尔逊"}, "热依汗·吐尔逊"),
        ({"name": "热依汗・吐尔逊"}, "吐尔逊"),
        ({"name": "冯\u200b零宽"}, "冯零宽"),
        ({"name": "龚\ue863"}, "龚䶮"),
        ({"name": "黄素珍"}, "hsz"),
        ({"phone": "137111\uff11\uff10\uff10\uff12\uff11"}, "13711110021"),
        ({"id_number": WIDE_NUMBER}, NUMBER),
    ],
)
async def test_an_old_record_is_found_as_people_type(
    session: AsyncSession, sessions: Sessionmaker, team: Team, columns: dict[str, str], typed: str
) -> None:
    old = await written_before(session, team, **columns)
    await session.commit()
    before = await found(session, typed)

    await renew_records(sessions)

    assert before == set()
    assert await found(session, typed) == {str(old.id)}


async def test_the_text_of_old_records_is_brought_to_its_normal_form(
    session: AsyncSession, sessions: Sessionmaker, team: Team
) -> None:
    old = await written_before(
        session,
        team,
        name="热依汗・吐尔逊",
        phone="137111\uff11\uff10\uff10\uff12\uff11",
        id_number=WIDE_NUMBER,
    )
    guardian = await make_guardian(
        session, patient=old, name="\uff37\uff21\uff2e\uff27", phone="+86 137 1111 0022"
    )
    await session.commit()

    await renew_records(sessions)

    new = await read(session, old)
    await session.refresh(guardian)
    assert (new.name, new.phone, new.id_number) == ("热依汗·吐尔逊", "13711110021", NUMBER)
    assert (new.id_number_hash, new.version) == (document_hash(NUMBER), old.version)
    assert (guardian.name, guardian.phone) == ("WANG", "13711110022")
    assert await found(session, "13711110022") == {str(old.id)}


async def test_a_second_run_does_nothing_and_a_stopped_one_goes_on(
    session: AsyncSession,
    sessions: Sessionmaker,
    team: Team,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renewal, "BATCH", 2)
    for number in range(5):
        await written_before(session, team, name=f"黄素{number}")
    await session.commit()
    async with sessions.begin() as stopped:
        await renewal._renew_batch(stopped, renewal.FIRST)  # noqa: SLF001  # killed after one

    first, second = await renew_records(sessions), await renew_records(sessions)

    assert (first.done, first.left) == (3, 0)
    assert (second.done, second.left) == (0, 0)


@pytest.mark.parametrize("batch", [1, 200])
async def test_two_old_records_of_one_number_are_both_found_and_named(
    session: AsyncSession,
    sessions: Sessionmaker,
    team: Team,
    batch: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renewal, "BATCH", batch)
    one = await written_before(session, team, id_number=NUMBER)
    two = await written_before(session, team, id_number=WIDE_NUMBER)
    neighbour = await written_before(session, team, name="黄素珍")
    await session.commit()

    renewed = await renew_records(sessions)

    assert renewed.same_number_ids == [two.id]
    assert await found(session, NUMBER) == {str(one.id), str(two.id)}
    assert await found(session, "hsz") == {str(neighbour.id)}
    assert (await read(session, one)).id_number_hash == document_hash(NUMBER)


async def test_a_batch_costs_as_many_statements_as_one_record(
    session: AsyncSession, sessions: Sessionmaker, connection: AsyncConnection, team: Team
) -> None:
    """A hundred thousand records are brought up while the new version waits for it."""
    for number in range(12):
        await written_before(session, team, name=f"黄素{number}", phone=f"1371111002{number % 10}")
    await session.commit()

    with counted(connection) as statements:
        renewed = await renew_records(sessions)

    assert renewed.done == 12
    assert len(statements) <= 6


async def test_a_name_of_nothing_stays_and_a_merged_record_stays_empty(
    session: AsyncSession, sessions: Sessionmaker, team: Team
) -> None:
    blank = await written_before(session, team, name="\u200b\u200b", phone="13711110021")
    merged = await written_before(session, team, search_keys=[], merged_into_id=blank.id)
    await session.commit()

    renewed = await renew_records(sessions)

    assert renewed.left == 0
    assert await found(session, "13711110021") == {str(blank.id)}
    assert (await read(session, merged)).search_keys == []
    assert (await read(session, merged)).keys_version == KEYS_VERSION


async def test_a_record_in_use_is_left_for_the_next_run_and_told(
    committed_database: Sessionmaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "WAITS_S", (0, 0))
    async with committed_database.begin() as session:
        in_use, free = [await make_patient(session, bound=False) for _ in range(2)]

    async with committed_database.begin() as other:
        await other.get_one(Patient, in_use.id, with_for_update=True)
        during = await renew_records(committed_database)
    after = await renew_records(committed_database)

    assert (during.done, during.left, after.done, after.left) == (1, 1, 1, 0)
    async with committed_database() as session:
        assert (await read(session, free)).keys_version == KEYS_VERSION
