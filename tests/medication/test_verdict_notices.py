"""Who hears of a verdict: those whose film was not accepted, once, and not before undo is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.medication import jobs
from app.medication.models import Reading, ReviewWithdrawal, Verdict
from app.medication.service import verdict_notices
from app.notifications.models import Notice
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")


async def told(session: AsyncSession) -> list[str]:
    return sorted(await session.scalars(select(Notice.key)))


async def test_a_film_not_accepted_is_told_once_when_undo_is_over(
    session: AsyncSession, context: JobContext
) -> None:
    rejected = await make.make_review(session, verdict=Verdict.REJECTED)
    partial = await make.make_review(session, verdict=Verdict.PARTIAL)
    await make.make_review(session, verdict=Verdict.OBSERVED)
    again = await make.make_review(session, verdict=Verdict.REJECTED, reading=Reading.SECOND)
    undone = await make.make_review(session, verdict=Verdict.REJECTED)
    session.add(ReviewWithdrawal(review_id=undone.id))
    await session.flush()

    await jobs.tell_verdicts(context)
    assert await told(session) == []  # ten seconds to undo, and two for the way
    with clock.frozen(clock.now() + timedelta(seconds=context.settings.undo_seconds + 2)):
        await jobs.tell_verdicts(context)
        await jobs.tell_verdicts(context)

    assert await told(session) == sorted(f"review:{r.id}" for r in (rejected, partial))
    assert again.reading is Reading.SECOND


async def test_every_verdict_is_told_over_more_than_one_batch(
    session: AsyncSession, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict_notices, "BATCH", 2)
    for _ in range(4):
        await make.make_review(session, verdict=Verdict.UNVERIFIABLE)

    with clock.frozen(clock.now() + timedelta(minutes=1)):
        await jobs.tell_verdicts(context)

    assert len(await told(session)) == 4


async def test_an_outage_of_the_worker_forgets_no_verdict(
    session: AsyncSession, context: JobContext
) -> None:
    await make.make_review(session, verdict=Verdict.REJECTED)

    with clock.frozen(clock.now() + timedelta(hours=5)):
        await jobs.tell_verdicts(context)
        assert await told(session) == []
        await jobs.tell_verdicts_again(context)

    assert len(await told(session)) == 1
