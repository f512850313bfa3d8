"""Write the tree of institutions, its teams and the people who work in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role, StaffAccount
from app.accounts.service import passwords
from app.accounts.service.credentials import NewSecrets
from app.core.crypto import new_code
from app.core.ids import uuid7
from app.institutions.models import Institution, StaffMember, Team, TeamMember
from app.institutions.service import team_requests
from app.institutions.service.absences import NewAbsence, enter_absence
from scripts.demo.moments import CLINIC, days_ago, living
from scripts.demo.people import HOURS, LEAVES, ON_CALL, PLACES, STAFF, Leave, Person, Place


@dataclass(frozen=True, slots=True)
class Worker:
    """A member of staff with what opens their account."""

    person: Person
    actor: StaffActor
    password: str
    totp_secret: str

    @property
    def id(self) -> UUID:
        return self.actor.account_id


async def make_secrets() -> list[NewSecrets]:
    """Make what opens the accounts of all staff, easy to read aloud; without a transaction."""
    return [await _secrets() for _ in STAFF]


async def _secrets() -> NewSecrets:
    password = "-".join(new_code(4).lower() for _ in range(3))
    hashed = await passwords.hash_password(password)
    return NewSecrets(password, hashed, passwords.new_totp_secret())


@dataclass(frozen=True, slots=True)
class District:
    teams: dict[str, UUID]
    workers: list[Worker]

    def readers_of(self, team: str) -> list[Worker]:
        """Clinicians of the team, then whoever supervises it."""
        doctors = [w for w in self.workers if team in w.person.teams]
        return doctors + [w for w in self.supervisors_of(team) if w not in doctors]

    def doctor_of(self, team: str) -> Worker:
        return self.readers_of(team)[0]

    def supervisors_of(self, team: str) -> list[Worker]:
        above = set(_ancestors(team))
        return [
            w for w in self.workers if Role.SUPERVISOR in w.person.roles and w.person.place in above
        ]

    @property
    def operator(self) -> Worker:
        return next(w for w in self.workers if Role.OPERATOR in w.person.roles)


ASKED_TEAM = "zhuxi"
_BY_KEY = {place.key: place for place in PLACES}


def _ancestors(key: str | None) -> list[str]:
    """List the place and all above it."""
    return [] if key is None else [key, *_ancestors(_BY_KEY[key].parent)]


async def write_district(
    session: AsyncSession, since: datetime, secrets: Sequence[NewSecrets]
) -> District:
    institutions: dict[str, Institution] = {}
    for place in PLACES:
        institutions[place.key] = _institution(place, institutions, since)
        session.add(institutions[place.key])
        await session.flush()  # a child points at its parent
    teams = {p.key: _team(p, p.team, institutions[p.key], since) for p in PLACES if p.team}
    session.add_all(teams.values())
    await session.flush()  # members and patients point at it
    found = {key: team.id for key, team in teams.items()}
    workers = [
        await _hire(session, person, opened_by, institutions, found, since)
        for person, opened_by in zip(STAFF, secrets, strict=True)
    ]
    return District(found, workers)


async def enter_leaves(session: AsyncSession, district: District, today: datetime) -> None:
    """One is over, one runs, one is to come; the person enters it some days before."""
    by_name = {w.person.username: w for w in district.workers}
    for leave in LEAVES:
        who = by_name[leave.who]
        entered_at = days_ago(today, max(4, 4 - leave.from_day), time(17, 20))
        async with living(session, entered_at):
            new = _new_absence(leave, by_name[leave.stand_in].id, today)
            await enter_absence(session, who.actor, who.id, new)


async def ask_for_a_member(session: AsyncSession, district: District, today: datetime) -> None:
    """Let the operator ask for a doctor of another team: a supervisor has yet to confirm it."""
    team = await session.get_one(Team, district.teams[ASKED_TEAM])
    members = [w.id for w in district.workers if ASKED_TEAM in w.person.teams]
    newcomer = next(
        w
        for w in district.workers
        if w.person.teams and ASKED_TEAM not in w.person.teams and w.person.roles == (Role.DOCTOR,)
    )
    async with living(session, today - timedelta(hours=3)):
        await team_requests.set_members(
            session, district.operator.actor, team, [*members, newcomer.id]
        )


def _new_absence(leave: Leave, stand_in_id: UUID, today: datetime) -> NewAbsence:
    day = today.astimezone(CLINIC).date()
    return NewAbsence(
        from_on=day + timedelta(days=leave.from_day),
        to_on=day + timedelta(days=leave.to_day),
        stand_in_id=stand_in_id,
        reason=leave.reason,
        note=leave.note,
    )


def _institution(place: Place, known: dict[str, Institution], since: datetime) -> Institution:
    own_id = uuid7()
    parent = known[place.parent] if place.parent else None
    path = f"{parent.path}.{own_id}" if parent else str(own_id)
    return Institution(
        id=own_id,
        created_at=since,
        parent_id=parent.id if parent else None,
        tier=place.tier,
        name=place.name,
        path=path,
        address=place.address,
        phone=place.phone,
        on_call_phone=ON_CALL.get(place.key),
        opening_hours=HOURS[place.tier],
    )


def _team(place: Place, name: str, institution: Institution, since: datetime) -> Team:
    return Team(
        id=uuid7(),
        created_at=since,
        institution_id=institution.id,
        name=name,
        phone=place.team_phone,
    )


async def _hire(
    session: AsyncSession,
    person: Person,
    secrets: NewSecrets,
    institutions: dict[str, Institution],
    teams: dict[str, UUID],
    since: datetime,
) -> Worker:
    account = StaffAccount(
        id=uuid7(),
        created_at=since,
        username=person.username,
        password_hash=secrets.password_hash,
        totp_secret=secrets.totp_secret,
        roles=list(person.roles),
    )
    session.add(account)
    await session.flush()  # the person points at the account
    session.add(
        StaffMember(
            id=account.id,
            institution_id=institutions[person.place].id,
            name=person.name,
            title=person.title,
        )
    )
    await session.flush()  # and the membership at the person
    session.add_all(TeamMember(team_id=teams[t], staff_id=account.id) for t in person.teams)
    actor = StaffActor(account.id, account.id, frozenset(person.roles), None)
    return Worker(person, actor, secrets.password, secrets.totp_secret)
