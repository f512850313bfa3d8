"""Consent per purpose and version: given before the first health datum, withdrawn as easily."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.documents import ConsentDocument
from app.accounts.models import Consent, ConsentPurpose
from app.core import clock
from app.core.ids import uuid7
from app.core.problems import Problem

Accepted = Sequence[tuple[ConsentPurpose, str]]


class ConsentOutdated(Problem):
    type, title, status = "consent-outdated", "同意书已更新，请重新阅读后再同意。", 422


def refuse_outdated(documents: Sequence[ConsentDocument], accepted: Accepted) -> None:
    current = {(d.purpose, d.version) for d in documents}
    if not set(accepted) <= current:
        raise ConsentOutdated


async def accept(session: AsyncSession, account_id: UUID, accepted: Accepted) -> None:
    """Close an older version's yes; the same yes again changes nothing."""
    for purpose, version in accepted:
        await session.execute(_close(account_id, purpose).where(Consent.version != version))
        yes = {"wechat_account_id": account_id, "purpose": purpose, "version": version}
        row = {"id": uuid7(), "created_at": clock.now(), **yes}
        await session.execute(insert(Consent).values(row).on_conflict_do_nothing())


async def withdraw(session: AsyncSession, account_id: UUID, purpose: ConsentPurpose) -> None:
    await session.execute(_close(account_id, purpose))


async def withdraw_all(session: AsyncSession, account_id: UUID) -> None:
    for purpose in ConsentPurpose:
        await withdraw(session, account_id, purpose)


def _close(account_id: UUID, purpose: ConsentPurpose) -> Update:
    return (
        update(Consent)
        .where(
            Consent.wechat_account_id == account_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )
