"""What was felt is found without reading every answer that says nothing was."""

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import uuid7
from app.medication.queries.history import side_effects_of


async def test_the_newest_symptoms_come_from_their_own_index(session: AsyncSession) -> None:
    """By the plan for any patient, as a prepared statement has it after a while."""
    compiled = side_effects_of(uuid7(), 6).compile(
        dialect=postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    )
    await session.execute(text("set local enable_seqscan = off"))
    connection = await session.connection()
    rows = await connection.exec_driver_sql(f"explain (generic_plan) {compiled}")
    plan = "\n".join(row[0] for row in rows)

    assert "ix_side_effect_report_felt" in plan
    assert "cardinality" not in plan
