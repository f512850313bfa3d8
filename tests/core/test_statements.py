"""Prepared statements are built once for each shape and keep no value; rows get their types."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import Select, Update, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import uuid7
from app.core.statements import Prepared, PreparedWrite, typed_rows
from app.institutions.models import Institution, Tier


async def _institution(session: AsyncSession, name: str = "卫生室") -> Institution:
    institution = Institution(tier=Tier.VILLAGE_CLINIC, name=name, path=f"path-of-{uuid7()}")
    session.add(institution)
    await session.flush()
    return institution


async def test_each_call_sends_its_own_values(session: AsyncSession) -> None:
    @Prepared
    def sum_of(*, first: int, second: int) -> Select[int]:
        return select(literal(0) + first + second)

    one = await sum_of.scalar(session, first=1, second=2)
    two = await sum_of.scalar(session, first=30, second=40)

    assert (one, two) == (3, 70)


async def test_a_statement_is_built_once_for_each_shape(session: AsyncSession) -> None:
    built: list[bool] = []

    @Prepared
    def institutions(locked: bool, /, *, institution_id: UUID) -> Select[Institution]:
        built.append(locked)
        statement = select(Institution).where(Institution.id == institution_id)
        return statement.with_for_update() if locked else statement

    await institutions.first(session, False, institution_id=uuid7())
    await institutions.first(session, False, institution_id=uuid7())
    await institutions.first(session, True, institution_id=uuid7())

    assert built == [False, True]


async def test_lists_of_any_length_are_values_too(session: AsyncSession) -> None:
    @Prepared
    def of_ids(*, ids: Sequence[UUID]) -> Select[UUID]:
        return select(Institution.id).where(Institution.id.in_(ids))

    one, other = await _institution(session), await _institution(session)

    assert await of_ids.all(session, ids=[]) == []
    assert {row[0] for row in await of_ids.all(session, ids=[one.id, other.id])} == {
        one.id,
        other.id,
    }


async def test_a_write_touches_what_its_values_name(session: AsyncSession) -> None:
    @PreparedWrite
    def rename(*, institution_id: UUID, name: str) -> Update:
        return update(Institution).where(Institution.id == institution_id).values(name=name)

    one, other = await _institution(session, "甲"), await _institution(session, "乙")

    await rename.execute(session, institution_id=one.id, name="丙")

    names = select(Institution.name).where(Institution.id.in_([one.id, other.id]))
    assert sorted((await session.scalars(names)).all()) == sorted(["丙", "乙"])


class NameAndTier(NamedTuple):
    institution: Institution
    name: str
    tier: Tier


async def test_rows_become_a_named_tuple_of_the_same_columns(session: AsyncSession) -> None:
    made = await _institution(session)
    found = await session.execute(
        select(Institution, Institution.name, Institution.tier).where(Institution.id == made.id)
    )

    assert typed_rows(NameAndTier, found) == [NameAndTier(made, made.name, made.tier)]


async def test_columns_in_another_order_are_an_error(session: AsyncSession) -> None:
    made = await _institution(session)
    found = await session.execute(
        select(Institution, Institution.tier, Institution.name).where(Institution.id == made.id)
    )

    with pytest.raises(TypeError, match="NameAndTier"):
        typed_rows(NameAndTier, found)
