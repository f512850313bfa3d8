"""What an operator asks for that may give somebody reach; the one way in for all of it.

Each act finds out what it would open (`rules`). Nothing opened: it takes effect at once. Else it
waits in `access_change` for a second person (`access_settling`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.accounts.service import credentials
from app.accounts.service.credentials import NewSecrets
from app.core import clock
from app.institutions.audit import CHANGE_STAFF
from app.institutions.models import (
    AccessChange,
    AccessChangeKind,
    Institution,
    StaffMember,
    Team,
    Title,
)
from app.institutions.problems import AskOperatorAbove
from app.institutions.queries import access_changes as queries
from app.institutions.queries.confirmers import Confirmer
from app.institutions.queries.standing import (
    home_of,
    members_of,
    standing_of,
    subtree_has_teams,
)
from app.institutions.rights import RIGHTS
from app.institutions.rules import (
    CLINICAL,
    WAITS_FOR,
    Standing,
    lies_within,
    opens_records,
)
from app.institutions.service import absences, merging, staff, tree
from app.institutions.service.access_waiting import Wish, cancel, done, wait
from app.institutions.service.locks import lock_tree, open_institution
from app.institutions.service.staff import Handover, NewStaff, refuse_own

Kind = AccessChangeKind


@dataclass(frozen=True)
class Asked:
    """What became of it: in effect, or waiting for one of `confirmers`."""

    change: AccessChange
    confirmers: Sequence[Confirmer] = field(default=())


@dataclass(frozen=True)
class AskedHandover:
    handover: Handover
    asked: Asked


async def _ask(session: AsyncSession, actor: StaffActor, wish: Wish) -> Asked:
    change, confirmers = await wait(session, actor, wish)
    return Asked(change, confirmers)


async def _peer(session: AsyncSession, actor: StaffActor, home: Institution) -> bool:
    """Refuse who is not above this operator's place; at the topmost True: one more must say yes.

    A tree without a team has nothing to protect: there the first operators come about.
    """
    own = await home_of(session, actor.account_id)
    if home.id != own.id:
        return False
    if own.parent_id is not None:
        raise AskOperatorAbove
    return await subtree_has_teams(session, own)


def _refuse_beyond(operator: Institution, standing: Standing) -> None:
    """Keep an operator from an account whose teams do not all lie in the own subtree."""
    if not lies_within(operator, standing):
        raise AskOperatorAbove


async def _examine(
    session: AsyncSession, actor: StaffActor, member: StaffMember
) -> tuple[Standing, bool]:
    """Read how the account stands, refuse what lies beyond; True for a fellow operator."""
    refuse_own(actor, member)
    await lock_tree(session)
    standing = await standing_of(session, member.id)
    _refuse_beyond(await home_of(session, actor.account_id), standing)
    if Role.OPERATOR in standing.roles:
        return standing, await _peer(session, actor, standing.home)
    return standing, False


async def create_staff(
    session: AsyncSession, actor: StaffActor, new: NewStaff, secrets: NewSecrets
) -> AskedHandover:
    """Keep an account that would open records at once shut until it is confirmed."""
    roles = credentials.check_roles(new.roles)
    await lock_tree(session)
    home = await open_institution(session, actor, new.institution_id)
    waits = Role.SUPERVISOR in new.roles and await subtree_has_teams(session, home)
    if Role.OPERATOR in new.roles:
        waits = await _peer(session, actor, home)
    handover = await staff.make_staff(session, new, secrets, active=not waits)
    detail = {"code": "created", "institution_id": str(home.id), "roles": roles}
    audit.record(session, actor, CHANGE_STAFF, subject_id=handover.staff_id, detail=detail)
    payload = {"after": {"roles": roles, "institution_id": str(home.id)}}
    made = await done(session, actor, Wish(Kind.CREATED, handover.staff_id, payload, [home.id]))
    if not waits:
        return AskedHandover(handover, Asked(made))
    wish = Wish(Kind.ACTIVATION, handover.staff_id, payload, [home.id])
    return AskedHandover(handover, await _ask(session, actor, wish))


async def renew_credentials(
    session: AsyncSession, actor: StaffActor, member: StaffMember, secrets: NewSecrets
) -> AskedHandover:
    """Hand out new ones; the old ones and every session are dead at once.

    Where the account opens records, the new ones open nothing until they are confirmed.
    """
    standing, fellow = await _examine(session, actor, member)
    wish = Wish(Kind.CREDENTIALS, member.id, {}, standing.scope_ids)
    if opens_records(standing) or fellow:
        asked = await _ask(session, actor, wish)
        until = clock.now() + WAITS_FOR
        given = await credentials.prepare_renewal(session, member.id, secrets, until)
        staff.record_staff(session, actor, member, code="credentials_prepared")
    else:
        asked = Asked(await done(session, actor, wish))
        given = await credentials.renew(session, member.id, secrets)
        staff.record_staff(session, actor, member, code="credentials_renewed", phone_kept=False)
    return AskedHandover(staff.handover_of(given), asked)


def _from_to(before: object, after: object) -> dict[str, Any]:
    return {"before": before, "after": after}


async def set_roles(
    session: AsyncSession, actor: StaffActor, member: StaffMember, roles: Collection[Role]
) -> Asked:
    standing, fellow = await _examine(session, actor, member)
    after = credentials.check_roles(roles)
    gained = set(after) - standing.roles
    if Role.OPERATOR in gained:
        fellow = await _peer(session, actor, standing.home)
    waits = fellow or (bool(gained & CLINICAL) and opens_records(standing, after))
    payload = _from_to(sorted(standing.roles), after)
    scope = {standing.home.id, *standing.scope_ids} if Role.SUPERVISOR in gained else None
    wish = Wish(Kind.ROLES, member.id, payload, sorted(scope or standing.scope_ids))
    if waits:
        return await _ask(session, actor, wish)
    await staff.set_roles(session, actor, member, roles)
    return Asked(await done(session, actor, wish))


async def set_title(
    session: AsyncSession, actor: StaffActor, member: StaffMember, title: Title
) -> Asked:
    """Rights hang on the title: more of them where there are records needs a second person."""
    standing, fellow = await _examine(session, actor, member)
    wish = Wish(
        Kind.TITLE,
        member.id,
        _from_to(standing.title.value, title.value),
        standing.scope_ids,
    )
    more = RIGHTS[title] - RIGHTS[standing.title]
    if fellow or (more and opens_records(standing)):
        return await _ask(session, actor, wish)
    await staff.set_title(session, actor, member, title)
    return Asked(await done(session, actor, wish))


async def move(
    session: AsyncSession, actor: StaffActor, member: StaffMember, institution_id: UUID
) -> Asked:
    """Teams stay behind; only a supervisor or an operator gains by a move."""
    standing, fellow = await _examine(session, actor, member)
    to = await open_institution(session, actor, institution_id)
    if Role.OPERATOR in standing.roles:
        fellow = await _peer(session, actor, to) or fellow
    gains = Role.SUPERVISOR in standing.roles and await subtree_has_teams(session, to)
    payload = _from_to(str(standing.home.id), str(to.id))
    wish = Wish(Kind.MOVE, member.id, payload, sorted({to.id, standing.home.id}))
    if gains or fellow:
        return await _ask(session, actor, wish)
    await staff.move(session, actor, member, to.id)
    return Asked(await done(session, actor, wish))


async def reactivate(session: AsyncSession, actor: StaffActor, member: StaffMember) -> Asked:
    standing, fellow = await _examine(session, actor, member)
    await staff.refuse_closed_home(session, member)
    payload = {"after": {"roles": sorted(standing.roles), "institution_id": str(standing.home.id)}}
    wish = Wish(Kind.ACTIVATION, member.id, payload, standing.scope_ids)
    if fellow or opens_records(standing):
        return await _ask(session, actor, wish)
    await staff.set_active(session, actor, member, active=True)
    return Asked(await done(session, actor, wish))


async def deactivate(session: AsyncSession, actor: StaffActor, member: StaffMember) -> None:
    """At once: it takes reach away. Not for a fellow operator below the topmost institution."""
    refuse_own(actor, member)
    await lock_tree(session)
    standing = await standing_of(session, member.id)
    if Role.OPERATOR in standing.roles:
        await _peer(session, actor, standing.home)
    await staff.set_active(session, actor, member, active=False)


@dataclass(frozen=True)
class AskedMembers:
    removed: Sequence[UUID]
    asked: Sequence[Asked]


async def set_members(
    session: AsyncSession, actor: StaffActor, team: Team, staff_ids: Collection[UUID]
) -> AskedMembers:
    """Take the whole list: who left is out at once, each newcomer waits for a second person.

    A newcomer who was asked for before and is not in the list any more is not asked for any more.
    """
    await lock_tree(session)
    await tree.lock_open_team(session, team)
    wanted = set(staff_ids)
    await tree.refuse_strangers(session, actor, wanted)
    present = await members_of(session, [team.id])
    await tree.remove_members(session, actor, team, present - wanted)
    for change in await queries.waiting_members(session, team.id):
        if change.staff_id not in wanted:
            await cancel(session, actor, change)
    own = await home_of(session, actor.account_id)
    asked = []
    for staff_id in sorted(wanted - present):
        standing = await standing_of(session, staff_id)
        _refuse_beyond(own, standing)
        payload = {"after": str(team.id)}
        wish = Wish(Kind.MEMBERSHIP, staff_id, payload, [team.institution_id], team.id)
        asked.append(await _ask(session, actor, wish))
    return AskedMembers(sorted(present - wanted), asked)


async def enter_absence(
    session: AsyncSession, actor: StaffActor, member: StaffMember, new: absences.NewAbsence
) -> Asked:
    """Let a stand-in reach the teams of the absent; clinicians enter their own without this."""
    await lock_tree(session)
    own = await home_of(session, actor.account_id)
    standing = await standing_of(session, member.id)
    _refuse_beyond(own, standing)
    payload = {
        "stand_in_id": str(new.stand_in_id),
        "from_on": new.from_on.isoformat(),
        "to_on": new.to_on.isoformat(),
        "reason": new.reason.value,
        "note": new.note,
    }
    wish = Wish(Kind.ABSENCE, member.id, payload, standing.scope_ids)
    if await absences.find_twin(session, member.id, new) is None:
        await absences.refuse_unsuitable(session, member.id, new)
        _refuse_beyond(own, await standing_of(session, new.stand_in_id))
        if standing.teams:
            return await _ask(session, actor, wish)
    await absences.enter_absence(session, actor, member.id, new)
    return Asked(await done(session, actor, wish))


async def merge_teams(session: AsyncSession, actor: StaffActor, team: Team, into_id: UUID) -> Asked:
    """Give the members of either team the patients of the other."""
    await lock_tree(session)
    _, into = await merging.two_teams(session, actor, team.id, into_id)
    scope = sorted({team.institution_id, into.institution_id})
    wish = Wish(Kind.TEAM_MERGE, None, _from_to(str(team.id), str(into.id)), scope, team.id)
    if await members_of(session, [team.id, into.id]):
        return await _ask(session, actor, wish)
    await merging.merge_teams(session, actor, team.id, into_id)
    return Asked(await done(session, actor, wish))


async def merge_institutions(
    session: AsyncSession, actor: StaffActor, institution: Institution, into_id: UUID
) -> Asked:
    """Give supervisors and operators of either place what lies below the other."""
    await lock_tree(session)
    one, into = await merging.two_institutions(session, actor, institution.id, into_id)
    if await queries.has_operators(session, one.id):
        await _peer(session, actor, into)
    payload = _from_to(str(one.id), str(into.id))
    wish = Wish(Kind.INSTITUTION_MERGE, None, payload, sorted({one.id, into.id}))
    if await subtree_has_teams(session, one) or await subtree_has_teams(session, into):
        return await _ask(session, actor, wish)
    await merging.merge_institutions(session, actor, one.id, into.id)
    return Asked(await done(session, actor, wish))
