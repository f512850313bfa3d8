"""A new key: everything readable before, during and after; the old key can go."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Keyring, install_keyring, keyring
from app.core.db import Sessionmaker
from app.patients.models import Patient
from app.rekey import encrypted_columns, rekey
from tests.patients.factories import make_patient

NEW = b"2" * 32


@pytest.fixture
def new_key() -> Iterator[None]:
    """Make a new key the current one; the one before can still read."""
    before = keyring()
    install_keyring(Keyring(before.field_keys | {"new-2": NEW}, "new-2", before.lookup_key))
    yield
    install_keyring(before)


def test_every_personal_column_is_found() -> None:
    found = {f"{table.name}.{column.name}" for table, column in encrypted_columns()}

    assert {"patient.name", "patient.phone", "patient.id_number"} <= found
    assert {"wechat_account.session_key", "staff_account.totp_secret"} <= found


async def test_values_move_to_the_current_key_and_stay_readable(
    session: AsyncSession, sessions: Sessionmaker, request: pytest.FixtureRequest
) -> None:
    patient = await make_patient(session, name="李桂英")
    await session.commit()
    request.getfixturevalue("new_key")

    moved = await rekey(sessions)
    moved_again = await rekey(sessions)

    assert moved >= 3  # name, phone, the phone's session key
    assert moved_again == 0
    stored = await session.scalar(text("select name from patient"))
    assert stored.startswith("new-2:")
    read = await session.get_one(Patient, patient.id, populate_existing=True)
    assert read.name == "李桂英"


async def test_old_key_can_go_afterwards(
    session: AsyncSession, sessions: Sessionmaker, request: pytest.FixtureRequest
) -> None:
    patient = await make_patient(session)
    await session.commit()
    request.getfixturevalue("new_key")
    await rekey(sessions)

    install_keyring(Keyring({"new-2": NEW}, "new-2", keyring().lookup_key))
    read = await session.get_one(Patient, patient.id, populate_existing=True)

    assert read.phone == "13800001234"
