"""The alert list of a supervisor: many teams, one order, whole pages."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.alerts.models import WAITING, Alert
from app.alerts.queries import lists
from app.alerts.queries.worst import worst_by_severity
from app.alerts.service.closing import follow_patient
from app.core import clock
from app.core.severity import Severity
from app.core.stream import StreamEvent
from app.features import FEATURES
from app.institutions.models import Institution, Team
from app.patients.models import Patient
from app.patients.service.records import move_patient
from tests.accounts.factories import actor_of
from tests.alerts.factories import make_alert
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.patients.factories import make_patient

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def district(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def teams(session: AsyncSession, district: Institution) -> list[Team]:
    return [await make_team(session, institution=district) for _ in range(3)]


async def _alerts(session: AsyncSession, teams: list[Team], number: int) -> list[Alert]:
    """Many at equal times, of every severity, in every team; and a neighbour of another place."""
    lot = Random(5)  # noqa: S311 a fixed order, not a secret
    patients = [await make_patient(session, team=team) for team in teams]
    await make_alert(session)
    return [
        await make_alert(
            session,
            patient=lot.choice(patients),
            severity=lot.choice(list(Severity)),
            at=clock.now() - timedelta(minutes=lot.randrange(4)),
        )
        for _ in range(number)
    ]


@pytest.mark.parametrize("number", [49, 50, 51, 100, 101])
async def test_pages_of_many_teams_meet_without_a_gap(
    session: AsyncSession, district: Institution, teams: list[Team], number: int
) -> None:
    alerts = await _alerts(session, teams, number)
    staff = await make_staff(session, institution=district, roles=(Role.SUPERVISOR,))
    actor, found, cursor = actor_of(staff.id, Role.SUPERVISOR), [], None
    while True:
        page = await lists.waiting_alerts(session, actor, WAITING, None, cursor)
        found += [row.alert.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break

    wanted = sorted(alerts, key=lambda a: (-a.severity.rank, a.raised_at, a.id))
    assert found == [alert.id for alert in wanted]


async def test_a_page_of_one_severity_goes_on_behind_its_cursor(
    session: AsyncSession, district: Institution, teams: list[Team]
) -> None:
    alerts = await _alerts(session, teams, 230)
    staff = await make_staff(session, institution=district, roles=(Role.SUPERVISOR,))
    actor = actor_of(staff.id, Role.SUPERVISOR)
    first = await lists.waiting_alerts(session, actor, WAITING, Severity.WARNING, None)
    second = await lists.waiting_alerts(
        session, actor, WAITING, Severity.WARNING, first.next_cursor
    )

    own = [a for a in alerts if a.severity is Severity.WARNING]
    wanted = [a.id for a in sorted(own, key=lambda a: (a.raised_at, a.id))]
    assert [row.alert.id for row in [*first.rows, *second.rows]] == wanted[:100]


async def test_who_moved_here_is_listed_once_also_before_the_copy_follows(
    session: AsyncSession, district: Institution, teams: list[Team]
) -> None:
    """From elsewhere, and from one team of the district to another."""
    come = await make_patient(session)
    within = await make_patient(session, team=teams[0])
    gone = await make_patient(session, team=teams[1])
    alerts = [await make_alert(session, patient=p) for p in (come, within, gone)]
    elsewhere = await make_team(session)
    for patient, team in ((come, teams[2]), (within, teams[2]), (gone, elsewhere)):
        await move_patient(session, FEATURES, patient, team.id)
    await session.flush()
    staff = await make_staff(session, institution=district, roles=(Role.SUPERVISOR,))
    actor = actor_of(staff.id, Role.SUPERVISOR)

    page = await lists.waiting_alerts(session, actor, WAITING, None, None)
    worst = await worst_by_severity(session, actor)

    assert sorted(row.alert.id for row in page.rows) == [alert.id for alert in alerts[:2]]
    assert [one.waiting for one in worst] == [2]


async def test_open_pages_of_the_new_team_are_told_what_came_with_a_patient(
    session: AsyncSession,
) -> None:
    """At any severity; another team's pages, and those of a patient without alerts, are not."""
    come, plain = await make_patient(session), await make_patient(session)
    await make_alert(session, patient=come, severity=Severity.WARNING)
    new, other = [await make_team(session) for _ in range(2)]

    for patient, team in ((come, new), (plain, other)):
        await follow_patient(session, (await moved(session, patient, team)).id)

    told = select(StreamEvent.topic).where(
        StreamEvent.topic.in_([f"team:{new.id}", f"team:{other.id}"])
    )
    assert (await session.scalars(told)).all() == [f"team:{new.id}"]


async def moved(session: AsyncSession, patient: Patient, team: Team) -> Patient:
    await move_patient(session, FEATURES, patient, team.id)
    await session.flush()
    return patient


@pytest.mark.parametrize(("number", "counted"), [(99, 99), (100, 100), (130, 100)])
async def test_what_waits_is_counted_to_a_hundred(
    session: AsyncSession, district: Institution, teams: list[Team], number: int, counted: int
) -> None:
    patients = [await make_patient(session, team=team) for team in teams]
    for n in range(number):
        await make_alert(session, patient=patients[n % 3], severity=Severity.DANGER)
    staff = await make_staff(session, institution=district, roles=(Role.SUPERVISOR,))

    actor = actor_of(staff.id, Role.SUPERVISOR)
    (worst,) = await worst_by_severity(session, actor)
    of_badge = await lists.count_waiting(session, actor, FEATURES)

    oldest = select(Alert.raised_at).order_by(Alert.raised_at, Alert.id).limit(1)
    assert (worst.waiting, of_badge) == (counted, counted)
    assert worst.raised_at == await session.scalar(oldest)


async def test_whoever_has_left_neither_is_the_first_nor_hides_who_is(
    session: AsyncSession, district: Institution, teams: list[Team]
) -> None:
    """The copy of the team has not followed yet: both alerts are in one team's queue."""
    gone, stays = [await make_patient(session, team=teams[0]) for _ in range(2)]
    later = await make_patient(session, team=teams[1])
    hours = {gone: 9, stays: 5, later: 3}
    for patient, ago in hours.items():
        await make_alert(session, patient=patient, at=clock.now() - timedelta(hours=ago))
    gone.team_id = (await make_team(session)).id
    await session.flush()
    staff = await make_staff(session, institution=district, roles=(Role.SUPERVISOR,))

    (worst,) = await worst_by_severity(session, actor_of(staff.id, Role.SUPERVISOR))

    assert (worst.patient_id, worst.waiting) == (stays.id, 2)


async def test_each_severity_has_its_own_count_and_its_own_first(
    session: AsyncSession, district: Institution, teams: list[Team]
) -> None:
    alerts = await _alerts(session, teams, 60)
    staff = await make_staff(session, institution=district, roles=(Role.SUPERVISOR,))

    found = await worst_by_severity(session, actor_of(staff.id, Role.SUPERVISOR))

    wanted = []
    for severity in sorted(Severity, key=lambda s: -s.rank):
        own = sorted((a.raised_at, a.id, a) for a in alerts if a.severity is severity)
        wanted.append((severity, len(own), own[0][2].patient_id, own[0][0]))
    assert [(w.severity, w.waiting, w.patient_id, w.raised_at) for w in found] == wanted
