"""On whom an operator may act at all: asked before a wish is written, and again at the yes."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.institutions.models import AccessChange, AccessChangeKind, Institution, StaffMember
from app.institutions.problems import AskOperatorAbove
from app.institutions.queries import access_changes as queries
from app.institutions.queries.standing import home_of, standing_of, tree_has_teams
from app.institutions.rules import Standing, lies_within
from app.institutions.service.locks import lock_tree
from app.institutions.service.staff import refuse_own

Kind = AccessChangeKind


async def peer(session: AsyncSession, own: Institution, home: Institution) -> bool:
    """Refuse who is not above a fellow operator's place; True at the topmost: it waits.

    `own` is the place of who asks. A tree without a team has nothing to protect: there the first
    operators come about.
    """
    if home.id != own.id:
        return False
    if own.parent_id is not None:
        raise AskOperatorAbove
    return await tree_has_teams(session, own)


def refuse_beyond(own: Institution, standing: Standing) -> None:
    """Keep an operator from an account whose teams do not all lie in the own subtree."""
    if not lies_within(own, standing):
        raise AskOperatorAbove


def _refuse_out_of_hands(own: Institution, standing: Standing) -> None:
    """As `refuse_beyond`, and whoever belongs elsewhere by now."""
    refuse_beyond(own, standing)
    if not standing.home.path.startswith(own.path):
        raise AskOperatorAbove


async def examine(
    session: AsyncSession, actor: StaffActor, member: StaffMember
) -> tuple[Standing, bool]:
    """Read how the account stands, refuse what lies beyond; True for a fellow operator."""
    refuse_own(actor, member)
    await lock_tree(session)
    standing = await standing_of(session, member.id)
    own = await home_of(session, actor.account_id)
    _refuse_out_of_hands(own, standing)
    if Role.OPERATOR in standing.roles:
        return standing, await peer(session, own, standing.home)
    return standing, False


async def holds_still(session: AsyncSession, change: AccessChange) -> bool:
    """Say whether who asked could still ask for it: people and places have moved on meanwhile."""
    own = await home_of(session, change.requested_by)
    try:
        await _look_again(session, own, change)
    except AskOperatorAbove:
        return False
    return True


async def _look_again(session: AsyncSession, own: Institution, change: AccessChange) -> None:
    if change.staff_id is not None:
        standing = await standing_of(session, change.staff_id)
        _refuse_out_of_hands(own, standing)
        if Role.OPERATOR in standing.roles | _roles_after(change):
            await peer(session, own, standing.home)
            await peer(session, own, await _place_after(session, change) or standing.home)
    if change.kind is Kind.ABSENCE:
        refuse_beyond(own, await standing_of(session, UUID(change.payload["stand_in_id"])))
    if change.kind is Kind.INSTITUTION_MERGE:
        one_id, into_id = (UUID(change.payload[name]) for name in ("before", "after"))
        await refuse_fellows(session, own, one_id, into_id)


def _roles_after(change: AccessChange) -> set[str]:
    return set(change.payload["after"]) if change.kind is Kind.ROLES else set()


async def _place_after(session: AsyncSession, change: AccessChange) -> Institution | None:
    if change.kind is not Kind.MOVE:
        return None
    return await session.get_one(Institution, UUID(change.payload["after"]))


async def refuse_fellows(
    session: AsyncSession, own: Institution, one_id: UUID, into_id: UUID
) -> None:
    """Operators of an institution come into the one that it is merged into."""
    if await queries.has_operators(session, one_id):
        await peer(session, own, await session.get_one(Institution, into_id))
