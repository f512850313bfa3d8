"""The bystander has rows to lose, and a change of any of them is seen."""

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import Recording
from tests.bystanders import make_bystander, rows_of_bystander

# Nobody has talked to them, they have not moved or left care, and no figures were made.
NONE = {"contact_log", "dose_report", "past_team", "record_closing", "slipping_patient"}
pytestmark = pytest.mark.usefixtures("noon")


async def test_every_table_of_a_patient_has_a_row_or_is_named(session: AsyncSession) -> None:
    await make_bystander(session)

    rows = await rows_of_bystander(session)

    assert {name for name, found in rows.items() if not found} <= NONE


async def test_a_write_without_its_condition_is_seen(session: AsyncSession) -> None:
    await make_bystander(session)
    before = await rows_of_bystander(session)

    await session.execute(update(Recording).values(mirrored=True))

    after = await rows_of_bystander(session)
    assert after != before
