"""Two records of one person become one: treatments, doses, films and reports move."""

from uuid import UUID

from sqlalchemy import Text, cast, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import Dose, Recording, SideEffectReport, Treatment
from app.medication.problems import TwoRunningTreatments
from app.medication.service import alike
from app.medication.service.moves import follow_patient

# In the order of `service.locks`: whoever films meanwhile holds the dose; their film comes after.
MOVED = (Treatment, Dose, Recording, SideEffectReport)


async def merge(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    """Refuse with TwoRunningTreatments (409) what would ask for the same drugs twice."""
    await _refuse_two_running(session, from_id, into_id)
    for table in MOVED:
        if table is Recording:
            await _rename_twin_films(session, from_id, into_id)  # once their doses are held
        await session.execute(
            update(table)
            .where(table.patient_id == from_id)
            .values(patient_id=into_id)
            .execution_options(synchronize_session=False)
        )
    await follow_patient(session, into_id)


async def _refuse_two_running(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    if await alike.any_of_both(session, from_id, into_id):
        raise TwoRunningTreatments


async def _rename_twin_films(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    """Give a phone's key that both records have the film's own id: it is unique within one."""
    taken = select(Recording.client_key).where(Recording.patient_id == into_id)
    await session.execute(
        update(Recording)
        .where(Recording.patient_id == from_id, Recording.client_key.in_(taken))
        .values(client_key=Recording.client_key + ":" + cast(Recording.id, Text))
        .execution_options(synchronize_session=False)
    )
