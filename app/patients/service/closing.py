"""Close a record: its holder leaves, or staff end its care. Every feature clears up with it."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.service import wechat
from app.core import clock
from app.core.assembly import Features
from app.core.db import lock_again
from app.core.events import publish
from app.patients.audit import CLOSE_ACCOUNT, CLOSE_RECORD
from app.patients.models import Patient, RecordClosing, RecordEnd
from app.patients.problems import (
    ClosedInFuture,
    ClosedTooEarly,
    ClosingUnexplained,
    NotBound,
    RecordChanged,
    RecordIsClosed,
)
from app.patients.queries.guardians import guardian_of
from app.patients.service import binding_codes, bindings
from app.patients.service.record_locks import lock_rows_of

CLOSED = "patients.closed"
# A death or a move is often learnt late; further back is for the end of each treatment.
LEARNT_WITHIN = timedelta(days=90)


@dataclass(frozen=True)
class Ending:
    """Why staff close a record, and from which day on nothing was due."""

    reason: RecordEnd
    closed_on: date
    note: str | None = None


async def close_account(
    session: AsyncSession, features: Features, account_id: UUID, patient: Patient
) -> None:
    """Unbind for good and forget whose phone it was; the clinical record stays, as the law asks.

    Where staff had closed the record, too, their line stays, and the holder's will is what counts.
    """
    await lock_rows_of(session, features, [patient.id])
    await lock_again(session, patient)
    guardian = await guardian_of(session, patient.id)
    if account_id not in {patient.wechat_account_id, guardian and guardian.wechat_account_id}:
        raise NotBound  # unbound by staff meanwhile, perhaps bound to another phone
    phones = await bindings.release_phones(session, patient)
    patient.closed_at, patient.closed_why = clock.now(), None
    patient.version += 1
    detail = {"phones": phones, "version": patient.version}
    audit.record_of_phone(session, account_id, CLOSE_ACCOUNT, patient.id, detail)
    await wechat.close_account(session, account_id)
    await _clear_up(session, features, patient)
    for feature in features.all:
        if feature.forgets is not None:
            await feature.forgets(session, patient.id)


async def close_record(
    session: AsyncSession,
    features: Features,
    actor: StaffActor,
    patient: Patient,
    ending: Ending,
    *,
    version: int,
) -> RecordClosing:
    """End the care of a record. Nothing is erased, so it can be taken back (`reopening`).

    The phone stays bound and reads that it has ended. `version` is that of the form.
    """
    await lock_rows_of(session, features, [patient.id])
    await lock_again(session, patient)
    if patient.closed_at is not None:
        raise RecordIsClosed
    if version != patient.version:
        raise RecordChanged
    _check(patient, ending)
    await binding_codes.revoke_codes(session, patient.id)
    closing = _write_closing(session, actor, patient, ending)
    await _clear_up(session, features, patient)
    return closing


def _write_closing(
    session: AsyncSession, actor: StaffActor, patient: Patient, ending: Ending
) -> RecordClosing:
    """Write the line, the record's state and the trail."""
    closing = RecordClosing(
        patient_id=patient.id,
        created_at=clock.now(),
        staff_id=actor.account_id,
        reason=ending.reason,
        closed_on=ending.closed_on,
        note=ending.note,
    )
    session.add(closing)
    patient.closed_at, patient.closed_why = closing.created_at, ending.reason
    patient.version += 1
    detail = {
        "before": "in_care",
        "after": ending.reason.value,
        "closed_on": ending.closed_on.isoformat(),
        "version": patient.version,
    }
    audit.record(session, actor, CLOSE_RECORD, patient_id=patient.id, detail=detail)
    return closing


async def what_closing_does(
    session: AsyncSession, features: Features, patient_id: UUID
) -> list[str]:
    """Gather from the features, in sentences with numbers, what would follow now."""
    told: list[str] = []
    for feature in features.all:
        if feature.closing_told is not None:
            told += await feature.closing_told(session, patient_id)
    return told


def first_day(patient: Patient) -> date:
    """Name the earliest day that may be given."""
    zone = ZoneInfo(patient.zone)
    made_on = patient.created_at.astimezone(zone).date()
    return max(made_on, clock.today_in(patient.zone) - LEARNT_WITHIN)


def _check(patient: Patient, ending: Ending) -> None:
    if ending.closed_on > clock.today_in(patient.zone):
        raise ClosedInFuture
    if ending.closed_on < first_day(patient):
        raise ClosedTooEarly
    if ending.reason is RecordEnd.OTHER and ending.note is None:
        raise ClosingUnexplained


async def _clear_up(session: AsyncSession, features: Features, patient: Patient) -> None:
    await session.flush()  # the hooks read the closed record
    for feature in features.all:
        if feature.closes is not None:
            await feature.closes(session, patient.id)
    await publish(session, CLOSED, patient_id=patient.id)
