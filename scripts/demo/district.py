"""Write the tree of institutions, its teams and the people who work in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role, StaffAccount
from app.accounts.service import passwords
from app.core.crypto import new_code
from app.core.ids import uuid7
from app.institutions.models import (
    Absence,
    AbsenceReason,
    Institution,
    StaffMember,
    Team,
    TeamMember,
)
from app.institutions.reach import clinic_today
from scripts.demo.people import AWAY, HOURS, ON_CALL, PLACES, STAFF, Person, Place


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


_BY_KEY = {place.key: place for place in PLACES}


def _ancestors(key: str | None) -> list[str]:
    """List the place and all above it."""
    return [] if key is None else [key, *_ancestors(_BY_KEY[key].parent)]


async def write_district(session: AsyncSession, since: datetime) -> District:
    institutions: dict[str, Institution] = {}
    for place in PLACES:
        institutions[place.key] = _institution(place, institutions, since)
        session.add(institutions[place.key])
        await session.flush()  # a child points at its parent
    teams = {p.key: _team(p.team, institutions[p.key], since) for p in PLACES if p.team}
    session.add_all(teams.values())
    await session.flush()  # members and patients point at it
    found = {key: team.id for key, team in teams.items()}
    workers = [await _hire(session, person, institutions, found, since) for person in STAFF]
    session.add(_absence(workers))
    return District(found, workers)


def _absence(workers: list[Worker]) -> Absence:
    """One village doctor is on leave, a colleague of the same team stands in."""
    who, more_days, stand_in = AWAY
    ids = {w.person.username: w.id for w in workers}
    today = clinic_today()
    return Absence(
        staff_id=ids[who],
        stand_in_id=ids[stand_in],
        from_on=today,
        to_on=today + timedelta(days=more_days),
        reason=AbsenceReason.LEAVE,
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
        address=f"清荣区{place.name}",
        phone=place.phone,
        on_call_phone=None if place.parent else ON_CALL,
        opening_hours=HOURS[place.tier],
    )


def _team(name: str, institution: Institution, since: datetime) -> Team:
    return Team(id=uuid7(), created_at=since, institution_id=institution.id, name=name)


async def _hire(
    session: AsyncSession,
    person: Person,
    institutions: dict[str, Institution],
    teams: dict[str, UUID],
    since: datetime,
) -> Worker:
    password = "-".join(new_code(4).lower() for _ in range(3))
    secret = passwords.new_totp_secret()
    account = StaffAccount(
        id=uuid7(),
        created_at=since,
        username=person.username,
        password_hash=await passwords.hash_password(password),
        totp_secret=secret,
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
    return Worker(person, actor, password, secret)
