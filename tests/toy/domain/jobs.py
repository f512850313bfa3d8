"""Jobs of the toy."""

from datetime import timedelta
from uuid import UUID

from app.toy import queries, service
from app.toy.models import ToyCup
from sqlalchemy import select

from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import job


@job("toy.look", cron="5 18 * * *", lock="toy.look")
async def look(context: JobContext) -> None:
    """Raise an alert for who drank too little yesterday."""
    yesterday = clock.today_in("Asia/Shanghai") - timedelta(days=1)
    async with context.sessions.begin() as session:
        few = await session.scalars(
            select(ToyCup).where(ToyCup.on == yesterday, ToyCup.cups < queries.ENOUGH)
        )
        for row in few.all():
            await service.raise_dry(session, row.patient_id, row)


@job("toy.patient_moved")
async def patient_moved(context: JobContext, patient_id: str) -> None:
    """Begin a fresh count with a new team: it shows that the event arrived."""
    async with context.sessions.begin() as session:
        await service.forget(session, UUID(patient_id))
