"""Reads of cups."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from app.toy.models import ToyCup
from app.toy.words import THIRSTY
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.export import Listing
from app.core.feature import Declared, FlagFact
from app.core.filters import day
from app.core.pagination import Key, Slice, paginate
from app.core.refs import Described, Ref
from app.core.severity import Severity
from app.patients.models import Patient
from app.patients.reach import within_reach

ENOUGH = 3


async def cups_on(session: AsyncSession, patient_id: UUID, on: date) -> ToyCup | None:
    return await session.scalar(
        select(ToyCup).where(ToyCup.patient_id == patient_id, ToyCup.on == on)
    )


async def list_cups(
    session: AsyncSession, patient_id: UUID, cursor: str | None, limit: int
) -> Slice:
    statement = select(ToyCup.id, ToyCup.created_at, ToyCup.on, ToyCup.cups).where(
        ToyCup.patient_id == patient_id
    )
    return await paginate(session, statement, Key(ToyCup.created_at, ToyCup.id), cursor, limit)


def newest(patient_id: UUID) -> Select[ToyCup]:
    mine = select(ToyCup).where(ToyCup.patient_id == patient_id)
    return mine.order_by(ToyCup.on.desc()).limit(7)


async def newest_cups(session: AsyncSession, patient_id: UUID) -> Sequence[ToyCup]:
    return (await session.scalars(newest(patient_id))).all()


async def count_thirsty(session: AsyncSession, actor: StaffActor) -> int:
    few = (
        select(ToyCup.id)
        .join(Patient, Patient.id == ToyCup.patient_id)
        .where(within_reach(actor), ToyCup.cups < ENOUGH)
        .limit(100)
        .subquery()
    )
    return await session.scalar(select(func.count()).select_from(few)) or 0


async def badge(session: AsyncSession, actor: StaffActor, _: Declared) -> int:
    return await count_thirsty(session, actor)


async def flag_truth(
    session: AsyncSession, patient_ids: Collection[UUID], _at: datetime
) -> list[FlagFact]:
    few = await session.execute(
        select(ToyCup.patient_id, func.min(ToyCup.cups).label("cups"))
        .where(ToyCup.patient_id.in_(patient_ids), ToyCup.cups < ENOUGH)
        .group_by(ToyCup.patient_id)
    )
    return [FlagFact(row.patient_id, THIRSTY.code, Severity.WARNING, None, row.cups) for row in few]


async def describe(
    session: AsyncSession, patient_id: UUID, refs: Collection[Ref]
) -> dict[Ref, Described]:
    ids = [ref.id for ref in refs if ref.kind == "cups"]
    cups = await session.scalars(
        select(ToyCup).where(ToyCup.id.in_(ids), ToyCup.patient_id == patient_id)
    )
    return {
        Ref("toy", "cups", row.id): Described(f"{day(row.on)}喝水", f"{row.cups} 杯", None)
        for row in cups
    }


def exported(patient_id: UUID) -> dict[str, Listing]:
    drunk = select(ToyCup.on, ToyCup.cups, ToyCup.id).where(ToyCup.patient_id == patient_id)
    return {
        "cups": Listing(
            drunk,
            (ToyCup.on, ToyCup.id),
            lambda row: {"on": row["on"].isoformat(), "cups": row["cups"]},
        )
    }
