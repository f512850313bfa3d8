"""In which order the rows of medication are locked; the one place that says it.

A treatment's plan, then its doses, then their films, then the films' objects; of one table in
the order of their ids, but a dose that was moved before the one that it was moved to. The
patient's row comes after the doses: whoever reports one brings the flags up to date at last. So an
act on a whole record (close, join, move to a team) takes its treatments and doses by `lock_records`
first. Whoever announces a film holds its dose before there is a film, so nobody may hold a film and
then wait for its dose: two phones of one patient would wait for each other. What begins with a film
takes its dose first, by `lock_doses_of` or in its own statement.

Whoever asks whether a drug runs twice takes the patient's turn after the plan and before all
others: two answers that nothing does are true together only one after the other.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import for_update, take_turn
from app.medication.models import Dose, Recording, Treatment


async def lock_doses_of(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[UUID]:
    """Lock the doses of these films, for what will lock the films; answer their ids."""
    doses = select(Recording.dose_id).where(which)
    held = for_update(select(Dose.id).where(Dose.id.in_(doses)).order_by(Dose.id))
    return (await session.scalars(held)).all()


async def lock_question(session: AsyncSession, patient_id: UUID) -> None:
    """Take the patient's turn at what `alike` asks, and keep it while the answer is acted upon."""
    await take_turn(session, f"alike:{patient_id}")


async def lock_records(session: AsyncSession, patient_ids: Sequence[UUID]) -> None:
    """Lock the treatments and doses of whole records, for what will lock the records."""
    for table in (Treatment, Dose):
        own = select(table.id).where(table.patient_id.in_(patient_ids))
        await session.execute(for_update(own.order_by(table.id)))
