"""A patient went to another team: what waits for a doctor goes along."""

from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import for_update
from app.medication.models import Recording, SlippingPatient
from app.medication.reach import ON_THE_WAY
from app.patients.models import Patient


async def follow_patient(session: AsyncSession, patient_id: UUID) -> None:
    """Films on their way or in the queue, whose leases of the old team end; and who slips."""
    team = select(Patient.team_id).where(Patient.id == patient_id).scalar_subquery()
    waiting = or_(Recording.pending_reading.is_not(None), Recording.state.in_(ON_THE_WAY))
    stay_behind = select(Recording.id).where(
        Recording.patient_id == patient_id, Recording.team_id != team, waiting
    )
    await session.execute(
        update(Recording)
        .where(Recording.id.in_(for_update(stay_behind.order_by(Recording.id))))
        .values(team_id=team, leased_by=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(SlippingPatient)
        .where(SlippingPatient.patient_id == patient_id)
        .values(team_id=team)
        .execution_options(synchronize_session=False)
    )
