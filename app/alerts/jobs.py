"""Jobs of alerts: the escalation by time, the end of what was handled, patients who moved."""

from uuid import UUID

from app.alerts import service
from app.core import clock
from app.core.items import each_item, pages
from app.core.job_context import JobContext
from app.core.jobs import job


@job("alerts.escalate", cron="* * * * *", lock="alerts.escalate")
async def escalate(context: JobContext) -> None:
    """Tell supervisors, or who is on duty, of alerts that wait too long, a batch a transaction."""
    at, place, more = clock.now(), None, True
    async with each_item() as items:
        while more:
            async with context.sessions.begin() as session:
                place = await service.escalate_due(session, at, place, items)
            more = place is not None


@job("alerts.close_handled", cron="41 19 * * *", lock="alerts.close_handled")
async def close_handled(context: JobContext) -> None:
    """Close what was handled a week ago: nobody takes it back any more."""
    async with each_item() as items:
        async for ids in pages(context.sessions, service.handled_long_ago):
            await items.write(context.sessions, ids, service.close_handled)


@job("alerts.patient_moved")
async def patient_moved(context: JobContext, patient_id: str) -> None:
    """Let open alerts follow a patient to the new team."""
    async with context.sessions.begin() as session:
        await service.follow_patient(session, UUID(patient_id))


@job("alerts.closing_taken_back")
async def closing_taken_back(context: JobContext, patient_id: str) -> None:
    """Let alerts wait again that ended with a record which was closed by mistake."""
    async with context.sessions.begin() as session:
        await service.reopen_with_record(session, UUID(patient_id), "结束建档已撤回。")
