"""A closed record is open again: a phone is bound anew, or staff take their closing back."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core import clock
from app.core.corrections import may_correct
from app.core.db import get_locked, lock_again
from app.core.events import publish
from app.institutions.models import Team
from app.patients.audit import REOPEN_RECORD
from app.patients.models import Patient, RecordClosing
from app.patients.problems import (
    LeftByHolder,
    NotYoursToReopen,
    RecordChanged,
    RecordIsOpen,
    TeamOfRecordClosed,
)
from app.patients.queries.closings import standing_of

REOPENED = "patients.reopened"
TAKEN_BACK = "patients.closing_taken_back"


async def reopen(session: AsyncSession, patient: Patient) -> None:
    """Open a (locked) record again, as a phone is bound to it; of one that is open, nothing."""
    if patient.closed_at is None:
        return
    standing = await standing_of(session, patient.id, lock=True)
    if standing is not None:
        standing.taken_back_at = clock.now()
    patient.closed_at = patient.closed_why = None
    await publish(session, REOPENED, patient_id=patient.id)


def may_take_back(actor: StaffActor, closing: RecordClosing) -> bool:
    """As every correction: one's own within a day, later a supervisor's."""
    return may_correct(
        own=closing.staff_id == actor.account_id,
        supervises=actor.supervises,
        made_at=closing.created_at,
        at=clock.now(),
    )


async def take_back(
    session: AsyncSession, actor: StaffActor, patient: Patient, why: str, *, version: int
) -> None:
    """Correct a closing that was wrong: care goes on, the line stays, struck through.

    What the holder closed is LeftByHolder (409): their consent is not ours to give again.
    """
    await lock_again(session, patient)
    if patient.closed_at is None:
        raise RecordIsOpen
    standing = await standing_of(session, patient.id, lock=True)
    if standing is None:
        raise LeftByHolder
    if version != patient.version:
        raise RecordChanged
    if not may_take_back(actor, standing):
        raise NotYoursToReopen
    team = await get_locked(session, Team, patient.team_id, read=True)
    if team.closed_at is not None:
        raise TeamOfRecordClosed
    standing.taken_back_at = clock.now()
    standing.taken_back_by, standing.taken_back_why = actor.account_id, why
    patient.closed_at = patient.closed_why = None
    patient.version += 1
    detail = {
        "before": standing.reason.value,
        "after": "in_care",
        "closed_on": standing.closed_on.isoformat(),
        "version": patient.version,
    }
    audit.record(
        session, actor, REOPEN_RECORD, patient_id=patient.id, subject_id=standing.id, detail=detail
    )
    for event in (REOPENED, TAKEN_BACK):
        await publish(session, event, patient_id=patient.id)
