"""Lease a film to one reviewer, keep it, note that it was viewed, put it back."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.settings import Settings
from app.institutions.reach import clinic_today
from app.medication.audit import VIEW_VIDEO
from app.medication.models import (
    Recording,
)
from app.medication.queries.review_queue import (
    Leased,
    lease,
    readable_by,
)


async def lease_next(
    session: AsyncSession,
    settings: Settings,
    actor: StaffActor,
    holding: Sequence[UUID],
    skipping: Sequence[UUID] = (),
) -> Leased | None:
    """Give this reviewer the next film for a while; nobody else gets it meanwhile."""
    at = clock.now()
    return await lease.first(
        session,
        actor.supervises,
        bool(holding),
        staff_id=actor.account_id,
        on=clinic_today(),
        holding=holding,
        skipping=[*holding, *skipping],
        at=at,
        until=at + timedelta(seconds=settings.lease_seconds),
    )


async def keep_leases(
    session: AsyncSession, settings: Settings, actor: StaffActor, holding: Sequence[UUID]
) -> Sequence[UUID]:
    """Prolong this person's own leases, also those that ran out and nobody took.

    Never a film that was not handed out: whoever may decide it has viewed it, as the trail says.
    """
    until = clock.now() + timedelta(seconds=settings.lease_seconds)
    kept = await session.scalars(
        update(Recording)
        .where(
            Recording.id.in_(holding),
            Recording.leased_by == actor.account_id,
            readable_by(actor),
        )
        .values(leased_until=until)
        .returning(Recording.id)
    )
    return kept.all()


def note_view(session: AsyncSession, actor: StaffActor, recording: Recording) -> None:
    """Whoever is handed a link to a film has viewed it, as far as the audit trail goes."""
    audit.record(
        session,
        actor,
        VIEW_VIDEO,
        patient_id=recording.patient_id,
        subject_id=recording.id,
    )


async def release(session: AsyncSession, actor: StaffActor, recording_ids: Sequence[UUID]) -> None:
    """Put films back when the reviewer leaves."""
    await session.execute(
        update(Recording)
        .where(Recording.id.in_(recording_ids), Recording.leased_by == actor.account_id)
        .values(leased_by=None, leased_until=None, leased_at=None)
    )
