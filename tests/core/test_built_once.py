"""Statements of hot paths are built once for each shape, and never keep a value."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import built_once
from app.core.ids import uuid7
from app.institutions.models import Institution, Tier


async def test_each_call_sends_its_own_values(session: AsyncSession) -> None:
    @built_once
    def sum_of(*, first: int, second: int) -> Select[int]:
        return select(literal(0) + first + second)

    one = await session.scalar(*sum_of(first=1, second=2))
    two = await session.scalar(*sum_of(first=30, second=40))

    assert (one, two) == (3, 70)


def test_a_statement_is_built_once_for_each_shape() -> None:
    built: list[bool] = []

    @built_once
    def institutions(locked: bool, /, *, institution_id: UUID) -> Select[Institution]:
        built.append(locked)
        statement = select(Institution).where(Institution.id == institution_id)
        return statement.with_for_update() if locked else statement

    first, _ = institutions(False, institution_id=uuid7())
    again, values = institutions(False, institution_id=uuid7())
    other, _ = institutions(True, institution_id=uuid7())

    assert first is again
    assert other is not first
    assert built == [False, True]
    assert set(values) == {"given_institution_id"}


async def test_lists_of_any_length_are_values_too(session: AsyncSession) -> None:
    @built_once
    def of_tiers(*, tiers: Sequence[Tier]) -> Select[UUID]:
        return select(Institution.id).where(Institution.tier.in_(tiers))

    made = Institution(tier=Tier.VILLAGE_CLINIC, name="卫生室", path="path-of-a-test")
    session.add(made)
    await session.flush()

    none = await session.scalars(*of_tiers(tiers=[]))
    some = await session.scalars(*of_tiers(tiers=[Tier.VILLAGE_CLINIC, Tier.DISTRICT_HOSPITAL]))

    assert none.all() == []
    assert made.id in some.all()
