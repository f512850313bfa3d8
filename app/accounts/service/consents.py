"""Consent per purpose and version: given before the first health datum, withdrawn as easily."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.models import Consent
from app.core import clock
from app.core.consents import ConsentDocument
from app.core.events import publish
from app.core.ids import uuid7
from app.core.problems import Problem

Accepted = Sequence[tuple[str, str]]
WITHDRAWN = "accounts.consent_withdrawn"


class ConsentOutdated(Problem):
    type, title, status = "consent-outdated", "同意书已更新，请重新阅读后再同意。", 422


def refuse_outdated(documents: Sequence[ConsentDocument], accepted: Accepted) -> None:
    current = {(d.purpose, d.version) for d in documents}
    if not set(accepted) <= current:
        raise ConsentOutdated


async def accept(session: AsyncSession, account_id: UUID, accepted: Accepted) -> None:
    """Close an older version's yes; the same yes again changes nothing."""
    for purpose, version in accepted:
        older = _close(account_id).where(Consent.purpose == purpose, Consent.version != version)
        before = await session.scalar(older.returning(Consent.version))
        yes = {"wechat_account_id": account_id, "purpose": purpose, "version": version}
        row = {"id": uuid7(), "created_at": clock.now(), **yes}
        new = insert(Consent).values(row).on_conflict_do_nothing().returning(Consent.id)
        if await session.scalar(new) is not None:
            detail = {"purpose": purpose, "before": before, "after": version}
            audit.record_of_phone(session, account_id, audit.GIVE_CONSENT, detail=detail)


async def withdraw(session: AsyncSession, account_id: UUID, purpose: str) -> None:
    """Let it hold from this moment on, at every gate; who listens tidies up."""
    await _withdraw(session, account_id, _close(account_id).where(Consent.purpose == purpose))
    await publish(session, WITHDRAWN, account_id=account_id)


async def withdraw_all(session: AsyncSession, account_id: UUID) -> None:
    await _withdraw(session, account_id, _close(account_id))


async def _withdraw(session: AsyncSession, account_id: UUID, closing: Update) -> None:
    """Note each that stood; what was not agreed to leaves no row."""
    for purpose, version in await session.execute(
        closing.returning(Consent.purpose, Consent.version)
    ):
        detail = {"purpose": purpose, "before": version, "after": None}
        audit.record_of_phone(session, account_id, audit.WITHDRAW_CONSENT, detail=detail)


def _close(account_id: UUID) -> Update:
    return (
        update(Consent)
        .where(Consent.wechat_account_id == account_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
    )
