"""A row in use: rekey waits for it, and never says that all is done when it is not."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app import rekey as rekeying
from app.core.crypto import Keyring, install_keyring, keyring
from app.core.db import Sessionmaker
from app.patients.models import Patient
from app.rekey import count_left, main, rekey_all
from tests.patients.factories import make_patient

NAME = text("select name like 'new-2:%' from patient where id = :id")


@pytest.fixture
def new_key() -> Iterator[None]:
    """Make a new key the current one; the one before can still read."""
    before = keyring()
    install_keyring(Keyring(before.field_keys | {"new-2": b"2" * 32}, "new-2", before.lookup_key))
    yield
    install_keyring(before)


async def made(sessions: Sessionmaker) -> tuple[Patient, Patient]:
    async with sessions.begin() as session:
        return await make_patient(session), await make_patient(session)


async def is_new(sessions: Sessionmaker, patient: Patient) -> bool:
    async with sessions() as session:
        return bool(await session.scalar(NAME, {"id": patient.id}))


async def test_row_in_use_to_the_end_is_counted_and_its_neighbour_is_done(
    committed_database: Sessionmaker, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(rekeying, "WAITS_S", (0, 0))
    in_use, free = await made(committed_database)
    request.getfixturevalue("new_key")

    async with committed_database.begin() as other, asyncio.timeout(8):
        await other.get_one(Patient, in_use.id, with_for_update=True)
        left = await rekey_all(committed_database)

    assert left > 0
    assert left == await count_left(committed_database)
    assert not await is_new(committed_database, in_use)
    assert await is_new(committed_database, free)
    assert await rekey_all(committed_database) == 0
    assert await is_new(committed_database, in_use)


async def test_row_that_is_free_a_moment_later_is_waited_for(
    committed_database: Sessionmaker, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(rekeying, "WAITS_S", (0.1,) * 50)
    in_use, _ = await made(committed_database)
    request.getfixturevalue("new_key")

    async with asyncio.timeout(8):
        async with committed_database.begin() as other:
            await other.get_one(Patient, in_use.id, with_for_update=True)
            running = asyncio.create_task(rekey_all(committed_database))
            await asyncio.sleep(0.5)
            assert not running.done()
        left = await running

    assert left == 0
    assert await is_new(committed_database, in_use)


def test_command_fails_in_a_plain_sentence_while_values_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def some() -> int:
        return 3

    monkeypatch.setattr(rekeying, "run", some)

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == (
        "3 values are still on an old key: run this again, and keep the old key."
    )
