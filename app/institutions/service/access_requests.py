"""What an operator asks for that may give an account reach; the way in for all of it.

Each act finds out what it would open (`rules`). Nothing opened: it takes effect at once. Else it
waits in `access_change` for a second person (`access_settling`). Teams and places: `team_requests`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.accounts.service import credentials
from app.accounts.service.credentials import NewSecrets
from app.core import clock
from app.institutions.audit import CHANGE_STAFF
from app.institutions.models import AccessChangeKind, StaffMember, Title
from app.institutions.queries import access_changes as queries
from app.institutions.queries.standing import home_of, standing_of, tree_has_teams
from app.institutions.rights import RIGHTS
from app.institutions.rules import CLINICAL, WAITS_FOR, is_trusted, opens_records
from app.institutions.service import staff
from app.institutions.service.access_bounds import examine, peer, refuse_beyond
from app.institutions.service.access_waiting import Asked, Wish, ask, cancel, done, from_to
from app.institutions.service.locks import lock_tree, open_institution
from app.institutions.service.staff import Handover, NewStaff, refuse_own

Kind = AccessChangeKind


@dataclass(frozen=True)
class AskedHandover:
    handover: Handover
    asked: Asked


async def create_staff(
    session: AsyncSession, actor: StaffActor, new: NewStaff, secrets: NewSecrets
) -> AskedHandover:
    """Keep an account that would open records shut until it is confirmed."""
    roles = credentials.check_roles(new.roles)
    await lock_tree(session)
    home = await open_institution(session, actor, new.institution_id)
    waits = Role.SUPERVISOR in new.roles and await tree_has_teams(session, home)
    if Role.OPERATOR in new.roles:
        waits = await peer(session, await home_of(session, actor.account_id), home)
    handover = await staff.make_staff(session, new, secrets, active=not waits)
    detail = {"code": "created", "institution_id": str(home.id), "roles": roles}
    audit.record(session, actor, CHANGE_STAFF, subject_id=handover.staff_id, detail=detail)
    payload = {"after": {"roles": roles, "institution_id": str(home.id)}}
    made = await done(session, actor, Wish(Kind.CREATED, handover.staff_id, payload, [home.id]))
    if not waits:
        return AskedHandover(handover, Asked(made))
    wish = Wish(Kind.ACTIVATION, handover.staff_id, payload, [home.id])
    return AskedHandover(handover, await ask(session, actor, wish))


async def renew_credentials(
    session: AsyncSession, actor: StaffActor, member: StaffMember, secrets: NewSecrets
) -> AskedHandover:
    """Hand out new ones; the old ones and every session are dead at once.

    Where somebody uses the account, the new ones open nothing until they are confirmed.
    """
    standing, fellow = await examine(session, actor, member)
    wish = Wish(Kind.CREDENTIALS, member.id, {}, standing.scope_ids)
    if is_trusted(standing) or fellow:
        asked = await ask(session, actor, wish)
        until = clock.now() + WAITS_FOR
        given = await credentials.prepare_renewal(session, member.id, secrets, until)
        staff.record_staff(session, actor, member, code="credentials_prepared")
    else:
        asked = Asked(await done(session, actor, wish))
        given = await credentials.renew(session, member.id, secrets)
        staff.record_staff(session, actor, member, code="credentials_renewed", phone_kept=False)
    return AskedHandover(staff.handover_of(given), asked)


async def rename(session: AsyncSession, actor: StaffActor, member: StaffMember, name: str) -> None:
    """At once, but not beyond: patients and confirmers know people by their names."""
    await lock_tree(session)
    own = await home_of(session, actor.account_id)
    refuse_beyond(own, await standing_of(session, member.id))
    await staff.rename(session, actor, member, name)


async def set_roles(
    session: AsyncSession, actor: StaffActor, member: StaffMember, roles: Collection[Role]
) -> Asked:
    standing, fellow = await examine(session, actor, member)
    after = credentials.check_roles(roles)
    gained = set(after) - standing.roles
    if Role.OPERATOR in gained:
        fellow = await peer(session, await home_of(session, actor.account_id), standing.home)
    waits = fellow or (bool(gained & CLINICAL) and opens_records(standing, after))
    payload = from_to(sorted(standing.roles), after)
    scope = {standing.home.id, *standing.scope_ids} if Role.SUPERVISOR in gained else None
    wish = Wish(Kind.ROLES, member.id, payload, sorted(scope or standing.scope_ids))
    if waits:
        return await ask(session, actor, wish)
    await staff.set_roles(session, actor, member, roles)
    return Asked(await done(session, actor, wish))


async def set_title(
    session: AsyncSession, actor: StaffActor, member: StaffMember, title: Title
) -> Asked:
    """Rights hang on the title: more of them where there are records needs a second person."""
    standing, fellow = await examine(session, actor, member)
    wish = Wish(
        Kind.TITLE,
        member.id,
        from_to(standing.title.value, title.value),
        standing.scope_ids,
    )
    more = RIGHTS[title] - RIGHTS[standing.title]
    if fellow or (more and is_trusted(standing)):
        return await ask(session, actor, wish)
    await staff.set_title(session, actor, member, title)
    return Asked(await done(session, actor, wish))


async def move(
    session: AsyncSession, actor: StaffActor, member: StaffMember, institution_id: UUID
) -> Asked:
    """Teams stay behind; only a supervisor or an operator gains by a move that is not downwards."""
    standing, fellow = await examine(session, actor, member)
    to = await open_institution(session, actor, institution_id)
    if Role.OPERATOR in standing.roles:
        own = await home_of(session, actor.account_id)
        fellow = await peer(session, own, to) or fellow
    downwards = to.path.startswith(standing.home.path)
    gains = Role.SUPERVISOR in standing.roles and standing.tree_has_teams and not downwards
    payload = from_to(str(standing.home.id), str(to.id))
    wish = Wish(Kind.MOVE, member.id, payload, sorted({to.id, standing.home.id}))
    if gains or fellow:
        return await ask(session, actor, wish)
    await staff.move(session, actor, member, to.id)
    return Asked(await done(session, actor, wish))


async def reactivate(session: AsyncSession, actor: StaffActor, member: StaffMember) -> Asked:
    standing, fellow = await examine(session, actor, member)
    await staff.refuse_closed_home(session, member)
    payload = {"after": {"roles": sorted(standing.roles), "institution_id": str(standing.home.id)}}
    wish = Wish(Kind.ACTIVATION, member.id, payload, standing.scope_ids)
    if fellow or opens_records(standing):
        return await ask(session, actor, wish)
    await staff.set_active(session, actor, member, active=True)
    return Asked(await done(session, actor, wish))


async def deactivate(session: AsyncSession, actor: StaffActor, member: StaffMember) -> None:
    """At once: it takes reach away, and what was asked for the account is asked no more.

    Not for a fellow operator below the topmost institution.
    """
    refuse_own(actor, member)
    await lock_tree(session)
    standing = await standing_of(session, member.id)
    if Role.OPERATOR in standing.roles:
        await peer(session, await home_of(session, actor.account_id), standing.home)
    await staff.set_active(session, actor, member, active=False)
    for change in await queries.waiting_of(session, member.id):
        await cancel(session, actor, change)
