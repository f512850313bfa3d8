"""The second person's word on a change of access: yes and it takes effect, or no."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.core import clock
from app.core.db import get_locked
from app.institutions.audit import CONFIRM_ACCESS, REFUSE_ACCESS
from app.institutions.models import (
    AbsenceReason,
    AccessChange,
    AccessChangeKind,
    AccessChangeState,
    StaffMember,
    Team,
    Title,
)
from app.institutions.problems import AccessChangeSettled, AccessChangeVoid, NotIndependent
from app.institutions.queries import access_changes as queries
from app.institutions.queries.confirmers import may_confirm
from app.institutions.service import absences, merging, staff, tree
from app.institutions.service.access_bounds import holds_still
from app.institutions.service.access_waiting import cancel, close, record
from app.institutions.service.locks import lock_tree


async def confirm(session: AsyncSession, actor: StaffActor, change_id: UUID) -> AccessChange:
    """Every condition is looked at anew: who asked, who confirms, and whether it is still open."""
    change = await _open(session, change_id)
    await queries.widen_scope(session, change)
    if not await queries.still_operates(session, change) or not await holds_still(session, change):
        raise AccessChangeVoid
    if not await may_confirm(session, change, actor.account_id):
        raise NotIndependent
    await EFFECTS[change.kind](session, actor, change)
    await close(session, change, AccessChangeState.CONFIRMED, actor)
    record(session, actor, CONFIRM_ACCESS, change)
    return change


async def refuse(session: AsyncSession, actor: StaffActor, change_id: UUID) -> AccessChange:
    change = await _open(session, change_id)
    if not await may_confirm(session, change, actor.account_id):
        raise NotIndependent
    await close(session, change, AccessChangeState.REFUSED, actor)
    record(session, actor, REFUSE_ACCESS, change)
    return change


async def withdraw(session: AsyncSession, actor: StaffActor, change_id: UUID) -> AccessChange:
    """Take back what was asked for, by who asked; the loader has seen to that."""
    change = await _open(session, change_id)
    await cancel(session, actor, change)
    return change


async def _open(session: AsyncSession, change_id: UUID) -> AccessChange:
    """Lock the tree first, as those who ask do: all take turns in one order."""
    await lock_tree(session)
    change = await get_locked(session, AccessChange, change_id)
    if change.state is not AccessChangeState.WAITING or change.expires_at <= clock.now():
        raise AccessChangeSettled
    return change


async def _member(session: AsyncSession, change: AccessChange) -> StaffMember:
    return await session.get_one(StaffMember, change.staff_id, populate_existing=True)


async def _activate(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    await staff.set_active(session, actor, await _member(session, change), active=True)


async def _renew(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    """Whose own phone said yes keeps it; else the phone may be the one that was lost."""
    member = await _member(session, change)
    await staff.apply_renewal(
        session, actor, member, keep_phone=actor.account_id == change.staff_id
    )


async def _set_roles(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    roles = [Role(role) for role in change.payload["after"]]
    await staff.set_roles(session, actor, await _member(session, change), roles)


async def _set_title(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    title = Title(change.payload["after"])
    await staff.set_title(session, actor, await _member(session, change), title)


async def _move(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    to_id = UUID(change.payload["after"])
    await staff.move(session, actor, await _member(session, change), to_id)


async def _join(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    team = await session.get_one(Team, change.team_id)
    member = await _member(session, change)
    await tree.add_member(session, actor, team, member.id)


async def _enter_absence(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    sent = change.payload
    new = absences.NewAbsence(
        date.fromisoformat(sent["from_on"]),
        date.fromisoformat(sent["to_on"]),
        UUID(sent["stand_in_id"]),
        AbsenceReason(sent["reason"]),
        sent["note"],
    )
    member = await _member(session, change)
    await absences.enter_absence(session, actor, member.id, new)


async def _merge_teams(session: AsyncSession, actor: StaffActor, change: AccessChange) -> None:
    one_id, into_id = (UUID(change.payload[name]) for name in ("before", "after"))
    await merging.merge_teams(session, actor, one_id, into_id)


async def _merge_institutions(
    session: AsyncSession, actor: StaffActor, change: AccessChange
) -> None:
    one_id, into_id = (UUID(change.payload[name]) for name in ("before", "after"))
    await merging.merge_institutions(session, actor, one_id, into_id)


async def _nothing(_session: AsyncSession, _actor: StaffActor, _change: AccessChange) -> None:
    """For an account that was made: it is there already."""


Effect = Callable[[AsyncSession, StaffActor, AccessChange], Awaitable[None]]
EFFECTS: dict[AccessChangeKind, Effect] = {
    AccessChangeKind.CREATED: _nothing,
    AccessChangeKind.ACTIVATION: _activate,
    AccessChangeKind.CREDENTIALS: _renew,
    AccessChangeKind.ROLES: _set_roles,
    AccessChangeKind.TITLE: _set_title,
    AccessChangeKind.MOVE: _move,
    AccessChangeKind.MEMBERSHIP: _join,
    AccessChangeKind.ABSENCE: _enter_absence,
    AccessChangeKind.TEAM_MERGE: _merge_teams,
    AccessChangeKind.INSTITUTION_MERGE: _merge_institutions,
}
