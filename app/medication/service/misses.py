"""Misses: found among the doses whose window closed, raised as alerts level by level."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.alerts.models import ClosedWhy
from app.alerts.service import News
from app.core import clock
from app.medication import flags
from app.medication.alert_kinds import MISSES_IN_ALL, MISSES_IN_ROW, OF_TREATMENT, SOURCE
from app.medication.models import Dose, Treatment
from app.medication.queries.described import treatment_ref
from app.medication.queries.misses import Misses, misses_of
from app.medication.rates import missed
from app.medication.rules import UPLOAD_COUNTS_FOR
from app.medication.running import running
from app.medication.service.rejections import rejection_news

# 国家基本公共卫生服务规范（第三版，2017），肺结核患者健康管理: missed doses that add up to a week
# are reported. Those in a row are our own rule, for the team to call before it comes to that: each
# level raises the same alert again.
LEVELS = (2, 4, 7, 14)
IN_ALL = 7
ENDED, NOT_ENDED = "治疗已结束。", "治疗的结束已更正。"
# The job that closes with the last day runs each hour; an outage of a day forgets none.
ENDED_LATELY = timedelta(days=3)
BATCH = 200


async def close_misses(
    session: AsyncSession, treatment_id: UUID, actor: StaffActor | None = None
) -> None:
    """Close what waits about the misses and the films of a treatment that has ended."""
    await alerts.close_alerts(
        session,
        source=SOURCE,
        kinds=OF_TREATMENT,
        subject=treatment_ref(treatment_id),
        why=ClosedWhy.SOURCE_ENDED,
        actor=actor,
        action_taken=ENDED,
    )


async def reopen_misses(session: AsyncSession, treatment_id: UUID) -> None:
    """Let what was closed with a treatment wait again: it has not ended, and it still holds."""
    found = await misses_of(session, [treatment_id], clock.now())
    news = [news for one in found for news in _news(one)]
    news += await rejection_news(session, [treatment_id])
    await alerts.reopen_alerts(session, news, NOT_ENDED)
    await alerts.raise_alerts(session, news)
    await alerts.bring_details(session, news)


class Ended(NamedTuple):
    """A treatment whose last day was over lately."""

    id: UUID
    patient_id: UUID


async def ended_lately(
    session: AsyncSession, last: Ended | None, limit: int = BATCH
) -> Sequence[Ended]:
    """List those that ended in the last days; looked at again, they cost two statements."""
    at = clock.now()
    statement = (
        select(Treatment.id, Treatment.patient_id)
        .where(Treatment.stopped_on >= (at - ENDED_LATELY).date(), ~running(at))
        .order_by(Treatment.id)
        .limit(limit)
    )
    if last is not None:
        statement = statement.where(Treatment.id > last.id)
    return [Ended(*row) for row in await session.execute(statement)]


async def end_treatments(session: AsyncSession, ended: Sequence[Ended]) -> None:
    """Close what waits about the misses of each, and take their flags away."""
    for one in ended:
        await close_misses(session, one.id)
    await flags.refresh(session, {one.patient_id for one in ended})


async def missed_lately(session: AsyncSession, since: timedelta) -> Sequence[UUID]:
    """List treatments of which a dose became missed: at its end, or once no film came of it."""
    at = clock.now()
    lost = at - UPLOAD_COUNTS_FOR
    lately = or_(Dose.closes_at.between(at - since, at), Dose.closes_at.between(lost - since, lost))
    result = await session.scalars(select(Dose.treatment_id).where(lately, missed(at)).distinct())
    return result.all()


async def notice_misses(session: AsyncSession, since: timedelta) -> None:
    for treatment_ids in batches(await missed_lately(session, since)):
        await notice_misses_of(session, treatment_ids)


def batches(treatment_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(treatment_ids), BATCH):
        yield treatment_ids[start : start + BATCH]


async def notice_misses_of(session: AsyncSession, treatment_ids: Sequence[UUID]) -> None:
    """Send a fixed number of statements, however many treatments."""
    found = await misses_of(session, treatment_ids, clock.now())
    news = [news for one in found for news in _news(one)]
    await alerts.raise_alerts(session, news)
    await alerts.bring_details(session, news)
    await flags.refresh(session, {one.patient_id for one in found})


def level_of(streak: int) -> int | None:
    """Take the highest level that a streak of so many has reached."""
    return max((level for level in LEVELS if level <= streak), default=None)


def _news(misses: Misses) -> Iterator[News]:
    subject = treatment_ref(misses.treatment_id)
    level = level_of(misses.in_row)
    if level is not None:
        # Named by the streak's first dose: a longer streak is the same alert, at a higher level.
        yield News(
            misses.patient_id,
            MISSES_IN_ROW,
            SOURCE,
            episode=str(misses.first_id),
            subject=subject,
            level=level,
            detail={"count": misses.in_row},
        )
    if misses.in_all >= IN_ALL:
        yield News(
            misses.patient_id,
            MISSES_IN_ALL,
            SOURCE,
            episode=str(misses.treatment_id),
            subject=subject,
            level=IN_ALL,
            detail={"count": misses.in_all},
        )
