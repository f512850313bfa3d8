"""Write down what was asked for, and let it wait for a second person or be withdrawn."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.service import credentials
from app.core import clock
from app.core.events import publish
from app.core.feature import AuditAction
from app.core.ids import uuid7
from app.core.stream import tell
from app.institutions.audit import CANCEL_ACCESS, REQUEST_ACCESS
from app.institutions.models import AccessChange, AccessChangeKind, AccessChangeState
from app.institutions.problems import NobodyCanConfirm
from app.institutions.queries import access_changes as queries
from app.institutions.queries.confirmers import Confirmer, confirmers_of
from app.institutions.rules import WAITS_FOR

# What other domains hear, and what open pages hear.
REQUESTED = "institutions.access_requested"
SETTLED = "institutions.access_settled"
CHANGED = "confirmations.changed"


@dataclass(frozen=True)
class Wish:
    """A change of access that is asked for; see `AccessChange`."""

    kind: AccessChangeKind
    staff_id: UUID | None
    payload: dict[str, Any]
    scope_ids: Sequence[UUID] = field(default=())
    team_id: UUID | None = None


@dataclass(frozen=True)
class Asked:
    """What became of it: in effect, or waiting for one of `confirmers`."""

    change: AccessChange
    confirmers: Sequence[Confirmer] = field(default=())


def from_to(before: object, after: object) -> dict[str, Any]:
    return {"before": before, "after": after}


def _row(actor: StaffActor, wish: Wish) -> AccessChange:
    at = clock.now()
    return AccessChange(
        id=uuid7(),
        created_at=at,
        kind=wish.kind,
        state=AccessChangeState.WAITING,
        staff_id=wish.staff_id,
        team_id=wish.team_id,
        scope_ids=list(wish.scope_ids),
        payload=wish.payload,
        requested_by=actor.account_id,
        expires_at=at + WAITS_FOR,
    )


async def done(session: AsyncSession, actor: StaffActor, wish: Wish) -> AccessChange:
    """Write down what takes effect at once, as it opens nothing, in place of what still waits."""
    change = _row(actor, wish)
    for other in await queries.waiting_alike(session, change):
        await cancel(session, actor, other)
    change.state, change.settled_at = AccessChangeState.CONFIRMED, change.created_at
    session.add(change)
    await session.flush()  # the answer is read from the row
    return change


async def ask(session: AsyncSession, actor: StaffActor, wish: Wish) -> Asked:
    """Let it wait, unless nobody could confirm it; the caller holds the lock of the tree.

    The same wish again is the one that waits. Another of the same kind for the same account takes
    its place; new credentials always do.
    """
    change = _row(actor, wish)
    confirmers = await confirmers_of(session, change)
    if not confirmers:
        raise NobodyCanConfirm
    for other in await queries.waiting_alike(session, change):
        same = other.payload == change.payload and other.requested_by == actor.account_id
        if same and change.kind is not AccessChangeKind.CREDENTIALS:
            return Asked(other, confirmers)
        await cancel(session, actor, other)
    session.add(change)
    await session.flush()  # the answer and the audit name the row
    record(session, actor, REQUEST_ACCESS, change)
    await publish(session, REQUESTED, change_id=change.id)
    await refresh_pages(session, change, [one.id for one in confirmers])
    return Asked(change, confirmers)


async def cancel(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    await close(session, change, AccessChangeState.CANCELLED, actor)
    record(session, actor, CANCEL_ACCESS, change)


async def close(
    session: AsyncSession, change: AccessChange, state: AccessChangeState, actor: StaffActor
) -> None:
    """Settle it; without a yes the account's old credentials are good again."""
    renewal = change.kind is AccessChangeKind.CREDENTIALS
    if renewal and change.staff_id and state is not AccessChangeState.CONFIRMED:
        await credentials.drop_renewal(session, change.staff_id)
    confirmers = await confirmers_of(session, change)
    change.state, change.settled_at, change.settled_by = state, clock.now(), actor.account_id
    await publish(session, SETTLED, change_id=change.id)
    await refresh_pages(session, change, [one.id for one in confirmers])


async def refresh_pages(
    session: AsyncSession, change: AccessChange, staff_ids: Collection[UUID]
) -> None:
    """Let open pages of these people count and show anew."""
    people = {*staff_ids, *([change.staff_id] if change.staff_id else [])}
    await tell(session, [f"staff:{staff_id}" for staff_id in sorted(people)], CHANGED)


def record(
    session: AsyncSession, actor: StaffActor, action: AuditAction, change: AccessChange
) -> None:
    """From what to what, and between whom; `note` is left out: it is somebody's words."""
    payload = {name: value for name, value in change.payload.items() if name != "note"}
    detail = {
        "code": change.kind.value,
        "change_id": str(change.id),
        "team_id": str(change.team_id) if change.team_id else None,
        "requested_by": str(change.requested_by),
        **payload,
    }
    audit.record(session, actor, action, subject_id=change.staff_id, detail=detail)
