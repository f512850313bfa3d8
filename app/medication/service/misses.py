"""Misses: found among the doses whose window closed, raised as alerts level by level."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Result, Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts import service as alerts
from app.alerts.models import ClosedWhy
from app.alerts.service import News
from app.core import clock
from app.medication import flags, rules
from app.medication.alert_kinds import MISSES_IN_ALL, MISSES_IN_ROW, OF_MISSES, SOURCE
from app.medication.models import Dose, Evidence, Expectation, Treatment
from app.medication.queries.described import treatment_ref
from app.medication.rules import DoseFacts, DoseState

# 国家基本公共卫生服务规范（第三版，2017），肺结核患者健康管理: missed doses that add up to a week
# are reported. Those in a row are our own rule, for the team to call before it comes to that: each
# level raises the same alert again.
LEVELS = (2, 4, 7, 14)
IN_ALL = 7
ENDED = "治疗已结束。"
BATCH = 200
# What rules.DoseFacts asks for; a course has hundreds of doses, so no more than that.
FACTS = (
    Dose.expectation,
    Dose.evidence,
    Dose.verdict,
    Dose.progress,
    Dose.self_reported_taken,
    Dose.severe_at,
    Dose.opens_at,
    Dose.closes_at,
)
D = TypeVar("D", bound=DoseFacts)


async def close_misses(session: AsyncSession, actor: StaffActor, treatment_id: UUID) -> None:
    """Close what waits about the misses, of either kind, of a treatment that has ended."""
    await alerts.close_alerts(
        session,
        source=SOURCE,
        kinds=OF_MISSES,
        subject=treatment_ref(treatment_id),
        why=ClosedWhy.SOURCE_ENDED,
        actor=actor,
        action_taken=ENDED,
    )


def _is_missed(dose: DoseFacts, at: datetime) -> bool:
    return rules.state_of(dose, at) is DoseState.MISSED


def streak_of(doses: Iterable[D], at: datetime) -> list[D]:
    """Take the newest misses in a row (doses come newest first; held ones do not break it)."""
    expected = (d for d in doses if d.expectation is Expectation.EXPECTED)
    return list(takewhile(lambda d: _is_missed(d, at), expected))


async def missed_lately(session: AsyncSession, since: timedelta) -> Sequence[UUID]:
    """List treatments with a window that closed on nothing."""
    at = clock.now()
    result = await session.scalars(
        select(Dose.treatment_id)
        .where(
            Dose.closes_at.between(at - since, at),
            Dose.expectation == Expectation.EXPECTED,
            Dose.evidence == Evidence.NONE,
        )
        .distinct()
    )
    return result.all()


async def notice_misses(session: AsyncSession, since: timedelta) -> None:
    for treatment_ids in batches(await missed_lately(session, since)):
        await notice_misses_of(session, treatment_ids)


def batches(treatment_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(treatment_ids), BATCH):
        yield treatment_ids[start : start + BATCH]


async def notice_misses_of(session: AsyncSession, treatment_ids: Sequence[UUID]) -> None:
    """Send a fixed number of statements, however many treatments."""
    at = clock.now()
    running = await session.execute(
        select(Treatment.id, Treatment.patient_id).where(
            Treatment.id.in_(treatment_ids), Treatment.stopped_on.is_(None)
        )
    )
    patients = dict(running.all())
    closed: Result[Any] = await session.execute(
        select(Dose.treatment_id, Dose.id, *FACTS)
        .where(Dose.treatment_id.in_(patients), Dose.closes_at <= at)
        .order_by(Dose.treatment_id, Dose.closes_at.desc(), Dose.due_at.desc())
    )
    news: list[News] = []
    for treatment_id, doses in groupby(closed, lambda dose: dose.treatment_id):
        news += _news(patients[treatment_id], treatment_id, list(doses), at)
    await alerts.raise_alerts(session, news)
    await flags.refresh(session, set(patients.values()))


def level_of(streak: int) -> int | None:
    """Take the highest level that a streak of so many has reached."""
    return max((level for level in LEVELS if level <= streak), default=None)


def _news(
    patient_id: UUID, treatment_id: UUID, doses: Sequence[Row[Any]], at: datetime
) -> Iterator[News]:
    subject = treatment_ref(treatment_id)
    streak = streak_of(doses, at)
    level = level_of(len(streak))
    if level is not None:
        # Named by the streak's first dose: a longer streak is the same alert, at a higher level.
        yield News(
            patient_id,
            MISSES_IN_ROW,
            SOURCE,
            episode=str(streak[-1].id),
            subject=subject,
            level=level,
            detail={"count": len(streak)},
        )
    missed = sum(_is_missed(d, at) for d in doses)
    if missed >= IN_ALL:
        yield News(
            patient_id,
            MISSES_IN_ALL,
            SOURCE,
            episode=str(treatment_id),
            subject=subject,
            level=IN_ALL,
            detail={"count": missed},
        )
