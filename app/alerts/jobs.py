"""Jobs of alerts: the escalation by time, the end of what was handled, patients who moved."""

from uuid import UUID

from app.alerts import service
from app.core import clock
from app.core.job_context import JobContext
from app.core.jobs import job


@job("alerts.escalate", cron="* * * * *", lock="alerts.escalate")
async def escalate(context: JobContext) -> None:
    """Tell supervisors, or who is on duty, of alerts that wait too long, a batch a transaction."""
    at, place = clock.now(), None
    while True:
        async with context.sessions.begin() as session:
            place = await service.escalate_due(session, at, place)
        if place is None:
            return


@job("alerts.close_handled", cron="41 19 * * *", lock="alerts.close_handled")
async def close_handled(context: JobContext) -> None:
    """Close what was handled a week ago: nobody takes it back any more."""
    touched = -1
    while touched:
        async with context.sessions.begin() as session:
            touched = await service.close_handled(session)


@job("alerts.patient_moved")
async def patient_moved(context: JobContext, patient_id: str) -> None:
    """Let open alerts follow a patient to the new team."""
    async with context.sessions.begin() as session:
        await service.follow_patient(session, UUID(patient_id))
