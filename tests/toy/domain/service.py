"""Decisions about cups."""

from uuid import UUID

from app.toy import queries
from app.toy.models import ToyCup
from app.toy.words import DRINK, DRY, THIRSTY
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import service as alerts
from app.core import clock
from app.core.ids import uuid7
from app.core.refs import Ref
from app.notifications.service import notify_patient
from app.patients.loaders import OwnRecord
from app.patients.service import flags

NAME = "toy"


async def enter_cups(session: AsyncSession, record: OwnRecord, cups: int) -> ToyCup:
    """Count up the day's row under its lock: two phones at once both count."""
    at, on = clock.now(), clock.today_in(record.patient.zone)
    new = {
        "id": uuid7(),
        "created_at": at,
        "patient_id": record.patient.id,
        "on": on,
        "cups": cups,
        "revision": 0,
        "drunk_at": at,
        "by_account_id": record.by_account,
        "relation": record.relation,
    }
    counted = {"cups": ToyCup.cups + cups, "revision": ToyCup.revision + 1, "drunk_at": at}
    row = await session.scalar(
        insert(ToyCup)
        .values(new)
        .on_conflict_do_update(constraint="uq_toy_cup_patient_id_on", set_=counted)
        .returning(ToyCup)
        .execution_options(populate_existing=True)
    )
    assert row is not None
    await flags.refresh(session, NAME, [THIRSTY], queries.flag_truth, [record.patient.id])
    return row


async def raise_dry(session: AsyncSession, patient_id: UUID, row: ToyCup) -> None:
    """One alert for the day; worse news would raise it again."""
    await alerts.raise_alert(
        session,
        patient_id,
        DRY,
        source=NAME,
        episode=row.on.isoformat(),
        subject=Ref(NAME, "cups", row.id),
        detail={"cups": row.cups},
    )
    await notify_patient(session, patient_id, DRINK, key=f"toy:{row.on}")


async def forget(session: AsyncSession, patient_id: UUID) -> None:
    await session.execute(delete(ToyCup).where(ToyCup.patient_id == patient_id))


async def join(session: AsyncSession, from_id: UUID, into_id: UUID) -> None:
    known = select(ToyCup.on).where(ToyCup.patient_id == into_id)
    await session.execute(delete(ToyCup).where(ToyCup.patient_id == from_id, ToyCup.on.in_(known)))
    await session.execute(
        update(ToyCup).where(ToyCup.patient_id == from_id).values(patient_id=into_id)
    )
