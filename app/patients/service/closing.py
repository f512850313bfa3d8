"""Close the account that acts on a record: every feature clears up in the same transaction."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.service import wechat
from app.core import clock
from app.core.assembly import Features
from app.core.db import lock_again
from app.core.events import publish
from app.patients.audit import CLOSE_ACCOUNT
from app.patients.models import Patient
from app.patients.problems import NotBound
from app.patients.queries.guardians import guardian_of
from app.patients.service import bindings
from app.patients.service.record_locks import lock_rows_of

CLOSED = "patients.closed"


async def close_account(
    session: AsyncSession, features: Features, account_id: UUID, patient: Patient
) -> None:
    """Unbind for good and forget whose phone it was; the clinical record stays, as the law asks."""
    await lock_rows_of(session, features, [patient.id])
    await lock_again(session, patient)
    guardian = await guardian_of(session, patient.id)
    if account_id not in {patient.wechat_account_id, guardian and guardian.wechat_account_id}:
        raise NotBound  # unbound by staff meanwhile, perhaps bound to another phone
    phones = await bindings.release_phones(session, patient)
    patient.closed_at = clock.now()
    audit.record_of_phone(session, account_id, CLOSE_ACCOUNT, patient.id, {"phones": phones})
    await wechat.close_account(session, account_id)
    await session.flush()  # the hooks read the closed record
    for feature in features.all:
        if feature.closes is not None:
            await feature.closes(session, patient.id)
    await publish(session, CLOSED, patient_id=patient.id)
