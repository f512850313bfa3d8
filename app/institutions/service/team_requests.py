"""What an operator asks for that may give many accounts reach: teams, stand-ins, merged places.

As in `access_requests`: at once where nothing is opened, else it waits for a second person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.institutions.models import AccessChangeKind, Institution, StaffMember, Team
from app.institutions.queries import access_changes as queries
from app.institutions.queries.standing import home_of, members_of, standing_of, tree_has_teams
from app.institutions.service import absences, merging, tree
from app.institutions.service.access_bounds import refuse_beyond, refuse_fellows
from app.institutions.service.access_waiting import Asked, Wish, ask, cancel, done, from_to
from app.institutions.service.locks import lock_tree, lock_version

Kind = AccessChangeKind


@dataclass(frozen=True)
class AskedMembers:
    removed: Sequence[UUID]
    asked: Sequence[Asked]


async def set_members(
    session: AsyncSession,
    actor: StaffActor,
    team: Team,
    staff_ids: Collection[UUID],
    *,
    version: int,
) -> AskedMembers:
    """Take the whole list: who left is out at once, each newcomer waits for a second person.

    A newcomer who was asked for before and is not in the list any more is not asked for any more.
    A list that was made out before somebody else came in or left is a Conflict (409).
    """
    await lock_tree(session)
    await tree.lock_open_team(session, team)
    await lock_version(session, team, version)
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
        refuse_beyond(own, standing)
        payload = {"after": str(team.id)}
        wish = Wish(Kind.MEMBERSHIP, staff_id, payload, [team.institution_id], team.id)
        asked.append(await ask(session, actor, wish))
    return AskedMembers(sorted(present - wanted), asked)


async def enter_absence(
    session: AsyncSession, actor: StaffActor, member: StaffMember, new: absences.NewAbsence
) -> Asked:
    """Let a stand-in reach the teams of the absent, also those that they come into afterwards.

    Clinicians enter their own without this.
    """
    await lock_tree(session)
    own = await home_of(session, actor.account_id)
    standing = await standing_of(session, member.id)
    refuse_beyond(own, standing)
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
        refuse_beyond(own, await standing_of(session, new.stand_in_id))
        if standing.tree_has_teams:
            return await ask(session, actor, wish)
    await absences.enter_absence(session, actor, member.id, new)
    return Asked(await done(session, actor, wish))


async def merge_teams(session: AsyncSession, actor: StaffActor, team: Team, into_id: UUID) -> Asked:
    """Give the members of either team, and who supervises there, the patients of the other.

    A team without a member counts as well: an operator empties it alone.
    """
    await lock_tree(session)
    _, into = await merging.two_teams(session, actor, team.id, into_id)
    scope = sorted({team.institution_id, into.institution_id})
    wish = Wish(Kind.TEAM_MERGE, None, from_to(str(team.id), str(into.id)), scope, team.id)
    same_place = team.institution_id == into.institution_id
    if not same_place or await members_of(session, [team.id, into.id]):
        return await ask(session, actor, wish)
    await merging.merge_teams(session, actor, team.id, into_id)
    return Asked(await done(session, actor, wish))


async def merge_institutions(
    session: AsyncSession, actor: StaffActor, institution: Institution, into_id: UUID
) -> Asked:
    """Give supervisors and operators of either place what lies below the other."""
    await lock_tree(session)
    one, into = await merging.two_institutions(session, actor, institution.id, into_id)
    own = await home_of(session, actor.account_id)
    await refuse_fellows(session, own, one.id, into.id)
    payload = from_to(str(one.id), str(into.id))
    wish = Wish(Kind.INSTITUTION_MERGE, None, payload, sorted({one.id, into.id}))
    if await tree_has_teams(session, one):
        return await ask(session, actor, wish)
    await merging.merge_institutions(session, actor, one.id, into.id)
    return Asked(await done(session, actor, wish))
