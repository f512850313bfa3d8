"""Films that are not accepted again and again: somebody has to show the patient how it is done."""

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import service as alerts
from app.alerts.service import News
from app.core import clock
from app.medication.alert_kinds import REJECTIONS_IN_ROW, SOURCE
from app.medication.models import Dose
from app.medication.queries.described import treatment_ref
from app.medication.queries.rejections import Rejections, rejections_of

# Our own rule: one film may be a slip, and after three the patient believes to do it right. Each
# level raises the same alert again, as misses do.
LEVELS = (3, 7, 14)


async def notice_rejections_of(session: AsyncSession, dose_ids: Collection[UUID]) -> None:
    """Look at the treatments of these doses, in a fixed number of statements."""
    treatments = select(Dose.treatment_id).where(Dose.id.in_(dose_ids)).distinct()
    treatment_ids = list(await session.scalars(treatments))
    news = await rejection_news(session, treatment_ids)
    await alerts.raise_alerts(session, news)
    await alerts.bring_details(session, news)


async def rejection_news(session: AsyncSession, treatment_ids: Collection[UUID]) -> list[News]:
    """Say what the present runs of these treatments are, for what is raised or opened again."""
    found = await rejections_of(session, treatment_ids, clock.now())
    return [one for row in found for one in _news(row)]


def _news(row: Rejections) -> Iterator[News]:
    level = max((level for level in LEVELS if level <= row.in_row), default=None)
    if level is not None:
        yield News(
            row.patient_id,
            REJECTIONS_IN_ROW,
            SOURCE,
            episode=str(row.first_id),
            subject=treatment_ref(row.treatment_id),
            level=level,
            detail={"count": row.in_row},
        )
