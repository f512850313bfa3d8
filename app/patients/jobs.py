"""Forget tries at codes, compare flags with the truth, move the patients of a merged team."""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.feature import Feature, FlagTruth
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
    async with context.sessions.begin() as session:
        await session.execute(delete(BindingAttempt).where(BindingAttempt.created_at < before))


@job("patients.follow_merged_team")
async def follow_merged_team(
    context: JobContext,
    from_team_id: str,
    to_team_id: str,  # noqa: ARG001 where it went since is read from the team itself
) -> None:
    """Move a merged team's patients, a batch a transaction; run twice, nothing is left to do."""
    moved = MOVED_AT_ONCE
    while moved == MOVED_AT_ONCE:
        async with context.sessions.begin() as session:
            moved = await teams.move_merged(
                session, context.features, UUID(from_team_id), MOVED_AT_ONCE
            )


@job(GATHER_JOB)
async def gather_merged(context: JobContext, patient_id: str) -> None:
    """Once more some minutes after a merge, for what was being written at that moment."""
    async with context.sessions.begin() as session:
        await merging.gather_merged(session, context.features, UUID(patient_id))


class FlagsNotComparedError(RuntimeError):
    """Batches of patients whose flags could not be compared; the log says why."""


@job("patients.compare_flags", attempts=3, cron="40 18 * * *", lock="patients.compare_flags")
async def compare_flags(context: JobContext) -> None:
    """Compare the flags of every patient with what each feature knows, and repair them.

    A batch of patients a transaction.
    """
    failed = 0
    for feature in context.features.all:
        if feature.flag_truth is not None:
            failed += await _compare(context, feature, feature.flag_truth)
    if failed:
        raise FlagsNotComparedError(f"{failed} batches")


async def _compare(context: JobContext, feature: Feature, truth: FlagTruth) -> int:
    """Return how many batches failed; a bad one never stops its neighbours."""
    failed, after = 0, None
    repaired = flags.Differences(0, 0, 0)
    while True:
        async with context.sessions() as session:
            batch = await _next_batch(session, after)
        if not batch:
            break
        after = batch[-1]
        try:
            async with context.sessions.begin() as session:
                differences = await flags.refresh_of(session, feature, truth, batch)
        except Exception:
            facts = {"feature": feature.name, "until": str(after)}
            log.exception("flags not compared", extra=facts)
            failed += 1
        else:
            repaired = flags.Differences(*map(sum, zip(repaired, differences, strict=True)))
    log.info("flags compared", extra={"feature": feature.name, **repaired._asdict()})
    return failed


async def _next_batch(session: AsyncSession, after: UUID | None) -> list[UUID]:
    statement = select(Patient.id).order_by(Patient.id).limit(BATCH)
    if after is not None:
        statement = statement.where(Patient.id > after)
    return list(await session.scalars(statement))
