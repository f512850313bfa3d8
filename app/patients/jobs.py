"""Forget tries at codes, compare flags with the truth, move the patients of a merged team."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.feature import Feature, FlagTruth
from app.core.items import Items, each_item, forget_rows, pages
from app.core.job_context import JobContext
from app.core.jobs import job
from app.patients.models import BindingAttempt, Patient
from app.patients.service import flags, merging, teams
from app.patients.service.merging import GATHER_JOB

MOVED_AT_ONCE = 100

log = logging.getLogger("app.patients")
KEEP_ATTEMPTS = timedelta(days=1)
BATCH = 500


@job("patients.forget_attempts", cron="27 17 * * *", lock="patients.forget_attempts")
async def forget_attempts(context: JobContext) -> None:
    """Delete old tries at binding codes."""
    before = clock.now() - KEEP_ATTEMPTS
    async with each_item() as items:
        key = (BindingAttempt.id,)
        await forget_rows(context.sessions, items, key, BindingAttempt.created_at, before)


@job("patients.follow_merged_team")
async def follow_merged_team(
    context: JobContext,
    from_team_id: str,
    to_team_id: str,  # noqa: ARG001 where it went since is read from the team itself
) -> None:
    """Move a merged team's patients, a batch a transaction; run twice, nothing is left to do."""
    team_id = UUID(from_team_id)

    async def left(session: AsyncSession, last: UUID | None) -> Sequence[UUID]:
        return await teams.patients_left(session, team_id, last, MOVED_AT_ONCE)

    async def move(session: AsyncSession, patient_ids: Sequence[UUID]) -> None:
        await teams.move_merged(session, context.features, team_id, patient_ids)

    async with each_item() as items:
        async for patient_ids in pages(context.sessions, left):
            await items.write(context.sessions, patient_ids, move)


@job(GATHER_JOB)
async def gather_merged(context: JobContext, patient_id: str) -> None:
    """Once more some minutes after a merge, for what was being written at that moment."""
    async with context.sessions.begin() as session:
        await merging.gather_merged(session, context.features, UUID(patient_id))


@job("patients.compare_flags", attempts=3, cron="40 18 * * *", lock="patients.compare_flags")
async def compare_flags(context: JobContext) -> None:
    """Compare the flags of every patient with what each feature knows, and repair them."""
    async with each_item() as items:
        for feature in context.features.all:
            if feature.flag_truth is not None:
                await _compare(context, items, feature, feature.flag_truth)


async def _compare(context: JobContext, items: Items, feature: Feature, truth: FlagTruth) -> None:
    repaired = flags.Differences(0, 0, 0)

    async def compare(session: AsyncSession, batch: Sequence[UUID]) -> None:
        nonlocal repaired
        differences = await flags.refresh_of(session, feature, truth, batch)
        repaired = flags.Differences(*map(sum, zip(repaired, differences, strict=True)))

    async for batch in pages(context.sessions, _next_batch):
        await items.write(context.sessions, batch, compare)
    log.info("flags compared", extra={"feature": feature.name, **repaired._asdict()})


async def _next_batch(session: AsyncSession, last: UUID | None) -> Sequence[UUID]:
    statement = select(Patient.id).order_by(Patient.id).limit(BATCH)
    if last is not None:
        statement = statement.where(Patient.id > last)
    return (await session.scalars(statement)).all()
