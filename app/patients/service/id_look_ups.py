"""Whether an ID number has a record already: asked last, told to nobody whom it does not concern.

That somebody is in the programme is health information. A stranger who enters a number that is
taken hears that it cannot be entered here and whom to ask, the person concerned reads who it was,
and five such answers a day are all that anybody gets.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import independent_session, take_turn
from app.core.problems import FieldRefused, TooManyAttempts
from app.patients.audit import MET_ID_NUMBER
from app.patients.models import DocumentKind, Patient
from app.patients.reach import within_reach
from app.patients.search import document_hash

HITS_A_DAY = 5
DAY = timedelta(hours=24)


class IdNumberTaken(FieldRefused):
    """For whoever reaches the other record, and finds it by searching."""

    type, status = "id-number-taken", 409
    title = "这个证件号码已经建过档，请先搜索这位患者。"
    field = "id_number"


class IdNumberRefused(FieldRefused):
    type, status = "id-number-refused", 409
    title = "这个证件号码现在不能在这里建档，请联系上级督导核对。"
    constraint = "uq_patient_id_number_hash"
    field = "id_number"


async def refuse_after_too_many(session: AsyncSession, actor: StaffActor) -> None:
    """Refuse with TooManyAttempts (429), before anything is looked up, and whatever the number."""
    if await _hits_of(session, actor) >= HITS_A_DAY:
        raise TooManyAttempts(retry_after_s=int(DAY.total_seconds()))


async def refuse_twin(
    session: AsyncSession,
    actor: StaffActor,
    number: str,
    kind: DocumentKind,
    own_id: UUID | None,
) -> None:
    """Ask before the index has to refuse, so that the form can say it beside the field."""
    await refuse_after_too_many(session, actor)
    row = (
        await session.execute(
            select(Patient.id, within_reach(actor)).where(
                Patient.id_number_hash == document_hash(number, kind)
            )
        )
    ).first()
    if row is None or row[0] == own_id:
        return
    holder_id, is_reached = row
    if is_reached:
        raise IdNumberTaken
    await _note_hit(session, actor, holder_id)
    raise IdNumberRefused


async def _note_hit(session: AsyncSession, actor: StaffActor, holder_id: UUID) -> None:
    """In a transaction of its own: it stays though the form is refused. Parallel tries queue."""
    async with independent_session(session) as own:
        await take_turn(own, f"id-number:{actor.account_id}")
        hits = await _hits_of(own, actor)
        audit.record(own, actor, MET_ID_NUMBER, patient_id=holder_id)
    if hits >= HITS_A_DAY:
        raise TooManyAttempts(retry_after_s=int(DAY.total_seconds()))


async def _hits_of(session: AsyncSession, actor: StaffActor) -> int:
    """Count at most what is allowed."""
    some = (
        select(AuditEvent.id)
        .where(
            AuditEvent.actor_id == actor.account_id,
            AuditEvent.action == MET_ID_NUMBER.code,
            AuditEvent.created_at > clock.now() - DAY,
        )
        .limit(HITS_A_DAY)
        .subquery()
    )
    return (await session.scalars(select(func.count()).select_from(some))).one()
