"""What the operator asks for, and what a second person says to it or nobody does."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.accounts.service.credentials import NewSecrets
from app.institutions.models import AbsenceReason, StaffMember, Team, Title
from app.institutions.service import access_requests, access_settling, team_requests
from app.institutions.service.absences import NewAbsence
from app.institutions.service.access_waiting import Asked
from app.institutions.service.staff import NewStaff
from app.notifications.jobs import tell_of_request, tell_of_result
from scripts.demo.district import District
from scripts.demo.moments import CLINIC, days_ago, living

# The team and the newcomer that the operator thinks of; once nobody answered for a week.
TEAM, FORGOTTEN, NEWCOMER = "zhuxi", "tangguifang", "hewentao"
# Who is away, and who stands in.
TRAINED, SICK = ("hewentao", "tangguifang"), ("jiangming", "fengchunmei")
TRAINING = "区里结核病培训班"


async def ask_for_confirmations(
    session: AsyncSession, district: District, secrets: NewSecrets, today: datetime
) -> None:
    """`secrets` are of an account that nobody has confirmed yet."""
    office = _Office(session, district, today)
    await office.join_team(days_ago(today, 9, time(15, 40)), FORGOTTEN)
    refused = await office.let_supervise(days_ago(today, 6, time(9, 30)), "fengchunmei")
    await office.answer(refused, "pengzhiyuan", days_ago(today, 6, time(11, 5)), yes=False)
    trained = await office.enter_training(days_ago(today, 5, time(10, 15)))
    await office.answer(trained, "tanyulan", days_ago(today, 5, time(16, 20)), yes=True)
    await office.hire_supervisor(today - timedelta(hours=26), secrets)
    await office.enter_sick_leave(today - timedelta(hours=5))
    await office.join_team(today - timedelta(hours=3), NEWCOMER)


class _Office:
    """The operator's day: everything is asked for through the services."""

    def __init__(self, session: AsyncSession, district: District, today: datetime) -> None:
        self._session, self._today = session, today
        self._teams = district.teams
        self._operator = district.operator
        self._workers = {w.person.username: w for w in district.workers}

    async def join_team(self, at: datetime, username: str) -> None:
        team = await self._session.get_one(Team, self._teams[TEAM])
        members = [w.id for w in self._workers.values() if TEAM in w.person.teams]
        async with living(self._session, at):
            asked = await team_requests.set_members(
                self._session,
                self._operator.actor,
                team,
                [*members, self._id(username)],
                version=team.version,
            )
            await tell_of_request(self._session, asked.asked[0].change.id)

    async def let_supervise(self, at: datetime, username: str) -> Asked:
        roles = (Role.DOCTOR, Role.SUPERVISOR)
        async with living(self._session, at):
            member = await self._member(username)
            asked = await access_requests.set_roles(
                self._session, self._operator.actor, member, roles
            )
            await tell_of_request(self._session, asked.change.id)
        return asked

    async def hire_supervisor(self, at: datetime, secrets: NewSecrets) -> None:
        """Make an account that opens nothing until the district's supervisor has said yes."""
        home = await self._member("pengzhiyuan")
        new = NewStaff(
            "xianghongmei", "向红梅", Title.TB_SUPERVISOR, home.institution_id, (Role.SUPERVISOR,)
        )
        async with living(self._session, at):
            made = await access_requests.create_staff(
                self._session, self._operator.actor, new, secrets
            )
            await tell_of_request(self._session, made.asked.change.id)

    async def enter_training(self, at: datetime) -> Asked:
        return await self._enter_absence(at, TRAINED, (6, 10), AbsenceReason.TRAINING, TRAINING)

    async def enter_sick_leave(self, at: datetime) -> None:
        await self._enter_absence(at, SICK, (1, 3), AbsenceReason.SICK, None)

    async def _enter_absence(
        self,
        at: datetime,
        pair: tuple[str, str],
        days: tuple[int, int],
        reason: AbsenceReason,
        note: str | None,
    ) -> Asked:
        """Let the second of the pair stand in for the first; days are counted from today."""
        who, stand_in = pair
        today = self._today.astimezone(CLINIC).date()
        first, last = (today + timedelta(days=n) for n in days)
        new = NewAbsence(first, last, self._id(stand_in), reason, note)
        async with living(self._session, at):
            member = await self._member(who)
            asked = await team_requests.enter_absence(
                self._session, self._operator.actor, member, new
            )
            await tell_of_request(self._session, asked.change.id)
        return asked

    async def answer(self, asked: Asked, username: str, at: datetime, *, yes: bool) -> None:
        say = access_settling.confirm if yes else access_settling.refuse
        async with living(self._session, at):
            await say(self._session, self._workers[username].actor, asked.change.id)
            await tell_of_result(self._session, asked.change.id)

    def _id(self, username: str) -> UUID:
        return self._workers[username].id

    async def _member(self, username: str) -> StaffMember:
        return await self._session.get_one(StaffMember, self._id(username))
