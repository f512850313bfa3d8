"""The part of a patient's page that alerts bring: what waits, with the acts."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.alerts.actions import USUAL_ACTIONS
from app.alerts.queries import lists
from app.core.pages import Section
from app.patients.models import Patient


async def sections(
    session: AsyncSession, _actor: StaffActor, patient: Patient, _at: datetime
) -> list[Section]:
    """One statement; no section where nothing waits."""
    waiting = await lists.waiting_of(session, patient.id)
    if not waiting:
        return []
    context = {
        "alerts": waiting,
        "alert_actions": USUAL_ACTIONS,
        "alerts_back": f"/staff/patients/{patient.id}",
    }
    return [Section("alerts/_waiting.html", context, ("alerts.css",))]
