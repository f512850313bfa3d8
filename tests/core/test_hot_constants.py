"""What never changes in a hot statement is written into it, and only that."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    Interval,
    Numeric,
    Select,
    String,
    Uuid,
    cast,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.hot import Hot, hot
from app.institutions.models import Institution, Tier
from app.patients.models import Patient, Sex


class Placed(NamedTuple):
    name: str


class Constants(NamedTuple):
    word: str
    sex: Sex
    whole: int
    part: Decimal
    yes: bool
    nothing: None
    span: timedelta
    moment: datetime
    day: date
    id: UUID
    one_of: bool


WORD = """it's 50 % of "100" \\ :given_x $1 中文"""
ALL = Constants(
    *(WORD, Sex.FEMALE, -7, Decimal("0.25"), True, None, timedelta(hours=3, microseconds=5)),
    *(datetime(2026, 9, 1, 7, tzinfo=UTC), date(2026, 9, 1), UUID(int=5), True),
)


@hot(Constants)
def constants(*, wanted: str) -> Select[*tuple[Any, ...]]:
    """One of each type, as `where` may hold it."""
    kinds = (String, Patient.sex.type, Integer, Numeric, Boolean, String, Interval)
    times = (DateTime(timezone=True), Date, Uuid)
    columns: list[Any] = [
        cast(value, kind).label(name)
        for name, value, kind in zip(Constants._fields, ALL, (*kinds, *times), strict=False)
    ]
    one_of = cast(wanted, String).in_(["a", WORD]).label("one_of")
    return select(*columns, one_of).order_by(text("1")).limit(3).offset(0)


async def test_constants_are_written_into_a_statement_and_mean_what_they_meant(
    session: AsyncSession,
) -> None:
    assert await constants.all(session, wanted=WORD) == [ALL]
    compiled = constants.compiled()
    assert compiled.arguments({"wanted": "b"}) == ["b"]
    assert "LIMIT 3" in compiled.text


async def test_a_plan_for_all_values_knows_the_constants(session: AsyncSession) -> None:
    """Else PostgreSQL would not use a partial index in it, and plan each time instead."""
    compiled = Hot(Placed, _by_constant).compiled()
    await session.execute(text("set local plan_cache_mode = force_generic_plan"))
    await session.execute(text(f"prepare of_constant(uuid) as {compiled.text}"))
    found = await session.execute(text("explain execute of_constant(null)"))

    plan = "\n".join(found.scalars())
    assert "tier" in plan
    assert f"'{Tier.DISTRICT_HOSPITAL.value}'" in plan


def _by_constant(*, institution_id: UUID) -> Select[str]:
    return select(Institution.name).where(
        Institution.parent_id == institution_id, Institution.tier == Tier.DISTRICT_HOSPITAL
    )
