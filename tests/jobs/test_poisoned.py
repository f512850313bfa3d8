"""In every periodic job one bad row stops no other, now and in the next run, and is seen."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessionmaker
from app.core.items import ItemsFailedError
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.medication import jobs
from app.medication.models import Treatment
from app.medication.service import layouts
from tests.jobs.poisoned import SCENARIOS
from tests.medication import factories as make
from tests.poison import poison

WALKS_NO_ROWS = {"accounts.turn_trail"}  # makes and drops months, whole
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), FEATURES)


def test_every_periodic_job_has_a_bad_row_here() -> None:
    periodic = {job.name for job in FEATURES.jobs.values() if job.cron}

    assert periodic == SCENARIOS.keys() | WALKS_NO_ROWS


@pytest.mark.parametrize("name", SCENARIOS)
async def test_one_bad_row_stops_no_other_and_the_job_is_seen_as_failed(
    session: AsyncSession, context: JobContext, tmp_path: Path, name: str
) -> None:
    poisoned = await SCENARIOS[name](session, context, tmp_path)
    await poison(session, poisoned.table, poisoned.when)

    with pytest.raises(ItemsFailedError, match="1 failed"):
        await FEATURES.jobs[name](context)

    assert await poisoned.is_done()


async def test_plan_that_cannot_be_read_is_passed_by_in_every_run(
    session: AsyncSession, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays the first in the order, and pages are of one."""
    monkeypatch.setattr(layouts, "AT_ONCE", 1)
    bad, good, later = [await make.make_treatment(session) for _ in range(3)]
    bad.laid_until -= timedelta(days=9)
    await session.execute(
        update(Treatment).where(Treatment.id == bad.id).values(slot_times={"morning": "08:00Z"})
    )
    later.laid_until += timedelta(days=900)
    await session.flush()

    with pytest.raises(ItemsFailedError, match="1 failed"):
        await jobs.lay_out_doses(context)
    later.laid_until = good.starts_on
    await session.commit()
    with pytest.raises(ItemsFailedError, match="1 failed"):
        await jobs.lay_out_doses(context)

    for treatment in (good, later):
        await session.refresh(treatment)
        assert treatment.laid_until == layouts.last_day(context.settings.dose_horizon_days)
