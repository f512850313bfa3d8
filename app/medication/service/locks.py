"""In which order the rows of medication are locked; the one place that says it.

A treatment's plan, then its doses, then their films, then the films' objects; of one table in
the order of their ids, but a dose that was moved before the one that it was moved to. Whoever
announces a film holds its dose before there is a film, so nobody may hold a film and then wait for
its dose: two phones of one patient would wait for each other. What begins with a film takes its
dose first, by `lock_doses_of` or in its own statement.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import for_update
from app.medication.models import Dose, Recording


async def lock_doses_of(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[UUID]:
    """Lock the doses of these films, for what will lock the films; answer their ids."""
    doses = select(Recording.dose_id).where(which)
    held = for_update(select(Dose.id).where(Dose.id.in_(doses)).order_by(Dose.id))
    return (await session.scalars(held)).all()
