"""Whoever locks a row decides by what it says then, not by what was loaded before."""

import ast
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker, find_locked, for_update, get_locked, lock_again
from app.patients.models import Patient
from tests.patients.factories import make_patient

APP = Path(__file__).parent.parent.parent / "app"
DB = APP / "core" / "db.py"


async def by_get(session: AsyncSession, patient_id: UUID) -> None:
    await get_locked(session, Patient, patient_id)


async def by_find(session: AsyncSession, patient_id: UUID) -> None:
    await find_locked(session, Patient, patient_id)


async def by_statement(session: AsyncSession, patient_id: UUID) -> None:
    (await session.scalars(for_update(select(Patient).where(Patient.id == patient_id)))).one()


async def by_row(session: AsyncSession, patient_id: UUID) -> None:
    await lock_again(session, await session.get_one(Patient, patient_id))


@pytest.mark.parametrize("lock", [by_get, by_find, by_statement, by_row])
async def test_a_lock_reads_again_what_this_session_loaded_before(
    lock: Callable[[AsyncSession, UUID], Awaitable[None]], committed_database: Sessionmaker
) -> None:
    async with committed_database.begin() as session:
        patient_id = (await make_patient(session)).id

    async with committed_database.begin() as session:
        loaded = await session.get_one(Patient, patient_id)
        before = loaded.version
        async with committed_database.begin() as another:
            await another.execute(
                update(Patient).where(Patient.id == patient_id).values(version=before + 1)
            )
        assert loaded.version == before

        await lock(session, patient_id)

        assert loaded.version == before + 1


async def test_find_locked_knows_a_row_that_was_deleted_since_it_was_loaded(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        patient_id = (await make_patient(session)).id

    async with committed_database.begin() as session:
        await session.get_one(Patient, patient_id)
        async with committed_database.begin() as another:
            await another.delete(await another.get_one(Patient, patient_id))

        assert await find_locked(session, Patient, patient_id) is None


def _locks_in(path: Path) -> Iterator[str]:
    """Name each place that takes a row lock by SQLAlchemy's own means."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr == "with_for_update":
            yield f"{path.relative_to(APP)}:{node.lineno}"
        if isinstance(node, ast.keyword) and node.arg == "with_for_update":
            yield f"{path.relative_to(APP)}:{node.value.lineno}"


def test_rows_are_locked_by_the_helpers_of_core_db() -> None:
    assert len([*_locks_in(DB)]) >= 4  # the search finds what it looks for

    assert [place for path in APP.rglob("*.py") if path != DB for place in _locks_in(path)] == []
