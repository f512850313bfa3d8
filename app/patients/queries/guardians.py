"""Reads of guardians, and of what an account acts for."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.patients.models import Guardian, Patient


async def guardian_of(session: AsyncSession, patient_id: UUID) -> Guardian | None:
    """Read it from the database, also when this session has seen it before."""
    return await session.scalar(
        select(Guardian)
        .where(Guardian.patient_id == patient_id)
        .execution_options(populate_existing=True)
    )


async def acts_for_a_record(session: AsyncSession, wechat_account_id: UUID) -> bool:
    """Whether the account is bound to an open record, as the patient or as the guardian."""
    return await _acts_for(session, wechat_account_id, Patient.closed_at.is_(None))


async def acts_for_an_ended_record(session: AsyncSession, wechat_account_id: UUID) -> bool:
    """Whether the account is bound to a record that its team has closed."""
    return await _acts_for(session, wechat_account_id, Patient.closed_why.is_not(None))


async def _acts_for(
    session: AsyncSession, wechat_account_id: UUID, which: ColumnElement[bool]
) -> bool:
    own = exists().where(Patient.wechat_account_id == wechat_account_id, which)
    child = exists().where(
        Guardian.wechat_account_id == wechat_account_id, Guardian.patient_id == Patient.id, which
    )
    return bool(await session.scalar(select(or_(own, child))))


async def account_of(session: AsyncSession, patient_id: UUID) -> UUID | None:
    """Name the account whose phone acts for the patient: their own, else the guardian's."""
    return await session.scalar(
        select(func.coalesce(Patient.wechat_account_id, Guardian.wechat_account_id))
        .outerjoin(Guardian, Guardian.patient_id == Patient.id)
        .where(Patient.id == patient_id, Patient.closed_at.is_(None))
    )
