"""Grow the tree of institutions, name its parts, publish contacts, and fill its teams."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.ids import uuid7
from app.core.problems import NotFound
from app.institutions.audit import CHANGE_INSTITUTION, CHANGE_TEAM
from app.institutions.models import Institution, StaffMember, Team, TeamMember, Tier
from app.institutions.problems import NameTaken, TeamClosed, TierTooHigh
from app.institutions.reach import subtree
from app.institutions.service.absences import release_strangers
from app.institutions.service.locks import lock_row, lock_tree, lock_version, open_institution

ORDER = list(Tier)  # lowest first


@dataclass(frozen=True)
class InstitutionContacts:
    """Checked already, by the schema or by whoever makes it; hours as the column holds them."""

    address: str | None
    phone: str | None
    on_call_phone: str | None
    opening_hours: Mapping[Any, Any] | None


@dataclass(frozen=True)
class TeamContacts:
    phone: str | None
    on_call_phone: str | None


async def add_institution(
    session: AsyncSession,
    actor: StaffActor,
    parent_id: UUID,
    tier: Tier,
    name: str,
    contacts: InstitutionContacts,
) -> Institution:
    await lock_tree(session)
    parent = await open_institution(session, actor, parent_id)
    refuse_tier(tier, parent)
    await _refuse_institution_name(session, parent.id, name)
    institution = make_institution(session, tier, name, parent)
    _set(institution, contacts)
    _record_institution(session, actor, institution, code="created", parent_id=str(parent.id))
    return institution


def make_institution(
    session: AsyncSession, tier: Tier, name: str, parent: Institution | None = None
) -> Institution:
    institution_id = uuid7()
    institution = Institution(
        id=institution_id,
        parent_id=parent.id if parent else None,
        tier=tier,
        name=name,
        path=f"{parent.path}.{institution_id}" if parent else str(institution_id),
    )
    session.add(institution)
    return institution


def refuse_tier(tier: Tier, parent: Institution) -> None:
    if ORDER.index(tier) >= ORDER.index(parent.tier):
        raise TierTooHigh


async def rename_institution(
    session: AsyncSession, actor: StaffActor, institution: Institution, name: str, version: int
) -> None:
    await lock_tree(session)
    await lock_version(session, institution, version)
    if institution.name != name:
        await _refuse_institution_name(session, institution.parent_id, name)
    before, institution.name = institution.name, name
    _record_institution(session, actor, institution, code="renamed", before=before, after=name)


async def set_institution_contacts(
    session: AsyncSession,
    actor: StaffActor,
    institution: Institution,
    contacts: InstitutionContacts,
    version: int,
) -> None:
    await lock_version(session, institution, version)
    changed = _set(institution, contacts)
    _record_institution(session, actor, institution, code="contacts_set", fields=changed)


def _set(row: Institution | Team, contacts: InstitutionContacts | TeamContacts) -> list[str]:
    """Set every contact and list the names of those that changed."""
    columns = asdict(contacts)
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, columns[name])
    return changed


async def add_team(
    session: AsyncSession,
    actor: StaffActor,
    institution_id: UUID,
    name: str,
    contacts: TeamContacts,
) -> Team:
    await lock_tree(session)
    institution = await open_institution(session, actor, institution_id)
    await _refuse_team_name(session, institution.id, name)
    team = Team(id=uuid7(), institution_id=institution.id, name=name)
    _set(team, contacts)
    session.add(team)
    record_team(session, actor, team, code="created", institution_id=str(institution.id))
    return team


async def rename_team(
    session: AsyncSession, actor: StaffActor, team: Team, name: str, version: int
) -> None:
    await lock_tree(session)
    await lock_version(session, team, version)
    if team.name != name:
        await _refuse_team_name(session, team.institution_id, name)
    before, team.name = team.name, name
    record_team(session, actor, team, code="renamed", before=before, after=name)


async def set_team_contacts(
    session: AsyncSession, actor: StaffActor, team: Team, contacts: TeamContacts, version: int
) -> None:
    await lock_version(session, team, version)
    changed = _set(team, contacts)
    record_team(session, actor, team, code="contacts_set", fields=changed)


async def lock_open_team(session: AsyncSession, team: Team) -> None:
    await lock_row(session, team)
    if team.closed_at is not None:
        raise TeamClosed


async def add_member(session: AsyncSession, actor: StaffActor, team: Team, staff_id: UUID) -> None:
    """Members reach the team's patients; who is in already stays as they are."""
    await lock_open_team(session, team)
    new = await session.execute(
        insert(TeamMember)
        .values(team_id=team.id, staff_id=staff_id)
        .on_conflict_do_nothing()
        .returning(TeamMember.staff_id)
    )
    if new.first() is not None:
        team.version += 1  # a list of members that was made out before does not know of them
        record_team(session, actor, team, code="member_added", staff_id=str(staff_id))


async def remove_members(
    session: AsyncSession, actor: StaffActor, team: Team, staff_ids: Collection[UUID]
) -> None:
    """At once: nobody needs to confirm that reach ends."""
    if not staff_ids:
        return
    await session.execute(
        delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.staff_id.in_(staff_ids))
    )
    released = await release_strangers(session, staff_ids)
    record_team(
        session,
        actor,
        team,
        code="members_removed",
        removed=_sorted(staff_ids),
        absences_released=_sorted(released),
    )


async def refuse_strangers(
    session: AsyncSession, actor: StaffActor, staff_ids: Collection[UUID]
) -> None:
    within = StaffMember.institution_id.in_(subtree(actor.account_id))
    count = await session.scalar(
        select(func.count()).select_from(StaffMember).where(StaffMember.id.in_(staff_ids), within)
    )
    if count != len(staff_ids):
        raise NotFound


def _sorted(ids: Collection[UUID]) -> list[str]:
    return sorted(map(str, ids))


async def _refuse_institution_name(
    session: AsyncSession, parent_id: UUID | None, name: str
) -> None:
    """Siblings have different names; the lock of the tree keeps twins from passing together."""
    twin = exists().where(
        Institution.parent_id == parent_id,
        Institution.name == name,
        Institution.closed_at.is_(None),
    )
    if await session.scalar(select(twin)):
        raise NameTaken


async def _refuse_team_name(session: AsyncSession, institution_id: UUID, name: str) -> None:
    twin = exists().where(
        Team.institution_id == institution_id, Team.name == name, Team.closed_at.is_(None)
    )
    if await session.scalar(select(twin)):
        raise NameTaken


def _record_institution(
    session: AsyncSession, actor: StaffActor, institution: Institution, **detail: Any
) -> None:
    audit.record(session, actor, CHANGE_INSTITUTION, subject_id=institution.id, detail=detail)


def record_team(session: AsyncSession, actor: StaffActor, team: Team, **detail: Any) -> None:
    audit.record(session, actor, CHANGE_TEAM, subject_id=team.id, detail=detail)
