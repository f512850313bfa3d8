"""Try a job again that gave up."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.institutions import failed_jobs
from app.institutions.audit import RETRY_JOB


async def retry_job(session: AsyncSession, actor: StaffActor, job_id: int) -> None:
    """Queue it once more; the trail names it by its number."""
    await failed_jobs.retry(session, job_id)
    audit.record(session, actor, RETRY_JOB, detail={"job_id": job_id})
