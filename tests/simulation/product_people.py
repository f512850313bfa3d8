"""The people of a simulated year in the product's database: patients with phones, staff."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.accounts.models import Role
from app.core.db import Sessionmaker
from app.institutions.models import Institution, StaffMember
from app.patients.loaders import OwnRecord
from app.patients.models import Condition, Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.simulation import model_words as w
from tests.simulation.years_life import DOCTOR, OTHER_DOCTOR, SUPERVISOR


@dataclass(frozen=True)
class Person:
    """A patient, whom their phone acts for, and the staff of their team by label."""

    label: int
    patient: Patient
    record: OwnRecord
    staff: dict[int, StaffMember]

    @property
    def zone(self) -> str:
        """Return the zone they live in."""
        return self.patient.zone

    def actor(self, label: int) -> StaffActor:
        """Return who acts at a PC."""
        roles = (Role.DOCTOR, Role.SUPERVISOR) if label == SUPERVISOR else (Role.DOCTOR,)
        return actor_of(self.staff[label].id, *roles)


async def arrive(sessions: Sessionmaker, patients: tuple[w.Patient, ...]) -> dict[int, Person]:
    """Make them: each with a team and two doctors of their own, one supervisor for all."""
    async with sessions.begin() as session:
        place = await make.make_institution(session)
        supervisor = await make.make_staff(
            session, institution=place, roles=(Role.DOCTOR, Role.SUPERVISOR), name="督导"
        )
        return {p.patient: await _person(session, p, supervisor) for p in patients}


async def _person(session: AsyncSession, person: w.Patient, supervisor: StaffMember) -> Person:
    home = await session.get_one(Institution, supervisor.institution_id)
    team = await make.make_team(session, institution=home, name=f"团队{person.patient}")
    staff = {
        DOCTOR: await make.make_staff(session, team=team),
        OTHER_DOCTOR: await make.make_staff(session, team=team, name="赵医生"),
        SUPERVISOR: supervisor,
    }
    patient = await make.make_patient(
        session,
        team=team,
        zone=person.zone,
        name=f"患者{person.patient}",
        conditions=list(Condition),
    )
    return Person(person.patient, patient, make.own_record(patient), staff)
