"""One alert for each patient, kind and episode: worse news raises it, the same changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.alerts import service
from app.alerts.models import Alert, AlertEvent, AlertEventKind, AlertState
from app.alerts.service import News
from app.core import clock
from app.core.ids import uuid7
from app.core.refs import Ref
from app.core.severity import Severity
from app.notifications.models import Notice
from tests.alerts.conftest import Place
from tests.alerts.factories import QUIET, SEVERE, SOURCE
from tests.counting import counted
from tests.patients.factories import make_patient

pytestmark = pytest.mark.usefixtures("noon")


async def _raise(session: AsyncSession, place: Place, **changes: Any) -> None:
    usual: dict[str, Any] = {"source": SOURCE, "episode": "one", "level": 2}
    kind = changes.pop("kind", QUIET)
    await service.raise_alert(session, place.patient.id, kind, **usual | changes)


async def _all(session: AsyncSession) -> list[Alert]:
    wanted = select(Alert).order_by(Alert.created_at, Alert.id)
    return list(await session.scalars(wanted.execution_options(populate_existing=True)))


async def _one(session: AsyncSession) -> Alert:
    (alert,) = await _all(session)
    return alert


async def _steps(session: AsyncSession) -> list[AlertEventKind]:
    wanted = select(AlertEvent.kind).order_by(AlertEvent.created_at, AlertEvent.id)
    return list(await session.scalars(wanted))


async def test_an_alert_keeps_what_it_is_told(session: AsyncSession, place: Place) -> None:
    subject = Ref("tests", "thing", uuid7())

    await _raise(session, place, subject=subject, detail={"count": 2})

    alert = await _one(session)
    assert (alert.patient_id, alert.team_id) == (place.patient.id, place.team.id)
    assert (alert.kind, alert.source, alert.episode) == (QUIET.code, SOURCE, "one")
    assert (alert.severity, alert.level, alert.detail) == (Severity.WARNING, 2, {"count": 2})
    assert (alert.subject, alert.state) == (subject, AlertState.OPEN)
    assert (alert.raised_at, alert.times_raised) == (clock.now(), 1)
    assert await _steps(session) == [AlertEventKind.RAISED]


@pytest.mark.parametrize(
    "again", [{"level": 2}, {"level": 1}, {"level": 2, "severity": Severity.NOTICE}]
)
async def test_the_same_or_milder_news_changes_nothing(
    session: AsyncSession, place: Place, again: dict[str, Any]
) -> None:
    await _raise(session, place, detail={"count": 2})
    alert = await _one(session)
    await service.handle(session, place.actor, alert, "已打电话")
    before = {c.name: getattr(alert, c.name) for c in Alert.__table__.c}

    with clock.frozen(clock.now() + timedelta(hours=1)):
        await _raise(session, place, detail={"count": 9}, **again)

    alert = await _one(session)
    assert {c.name: getattr(alert, c.name) for c in Alert.__table__.c} == before
    assert await _steps(session) == [AlertEventKind.RAISED, AlertEventKind.HANDLED]


@pytest.mark.parametrize(
    ("again", "severity", "level"),
    [
        ({"level": 3}, Severity.WARNING, 3),
        ({"level": 2, "severity": Severity.DANGER}, Severity.DANGER, 2),
        ({"level": 1, "severity": Severity.SEVERE}, Severity.SEVERE, 2),
        ({"level": 4, "severity": Severity.NOTICE}, Severity.WARNING, 4),
    ],
)
@pytest.mark.parametrize("state", AlertState)
async def test_worse_news_raises_and_reopens_whatever_its_state(
    session: AsyncSession,
    place: Place,
    again: dict[str, Any],
    severity: Severity,
    level: int,
    state: AlertState,
) -> None:
    await _raise(session, place)
    alert = await _one(session)
    alert.state, alert.seen_by, alert.handled_by = state, place.doctor.id, place.doctor.id
    alert.action_taken, alert.closed_at = "已打电话", clock.now()
    alert.escalation_step, alert.escalate_at = 2, None
    await session.flush()

    later = clock.now() + timedelta(days=1)
    with clock.frozen(later):
        await _raise(session, place, detail={"count": 9}, **again)

    alert = await _one(session)
    assert (alert.severity, alert.level, alert.detail) == (severity, level, {"count": 9})
    assert (alert.state, alert.raised_at, alert.times_raised) == (AlertState.OPEN, later, 2)
    assert [alert.seen_by, alert.handled_by, alert.action_taken, alert.closed_at] == [None] * 4
    assert (alert.escalation_step, alert.escalate_from) == (0, later)
    assert alert.escalate_at is not None
    assert alert.escalate_at > later
    assert (await _steps(session))[-1] is AlertEventKind.RAISED_AGAIN


async def test_a_milder_severity_of_a_higher_level_keeps_the_clock_of_the_worse_one(
    session: AsyncSession, place: Place
) -> None:
    await _raise(session, place, kind=SEVERE)
    await service.mark_seen(session, place.actor, await _one(session))

    later = clock.now() + timedelta(days=1)
    with clock.frozen(later):
        await _raise(session, place, kind=SEVERE, severity=Severity.NOTICE, level=5)

    alert = await _one(session)
    assert (alert.severity, alert.level) == (Severity.SEVERE, 5)
    assert alert.escalate_at == later + timedelta(minutes=15)


async def test_another_kind_episode_or_patient_is_another_alert(
    session: AsyncSession, place: Place
) -> None:
    other = await make_patient(session, team=place.team)

    await _raise(session, place)
    await _raise(session, place, episode="two")
    await _raise(session, place, kind=SEVERE)
    await service.raise_alert(session, other.id, QUIET, source=SOURCE, episode="one", level=2)

    assert len(await _all(session)) == 4


async def test_many_at_once_take_five_statements_and_the_worst_of_one_episode(
    session: AsyncSession, place: Place, connection: AsyncConnection
) -> None:
    patients = [await make_patient(session, team=place.team) for _ in range(5)]
    news = [
        News(patient.id, QUIET, SOURCE, "one", level=level)
        for patient in patients
        for level in (2, 7, 4)
    ]

    with counted(connection) as statements:
        raised = await service.raise_alerts(session, news)

    assert len(statements) == 5, statements
    assert sorted(r.level for r in raised) == [7] * 5
    assert {a.patient_id for a in await _all(session)} == {p.id for p in patients}


async def test_no_news_is_no_statement(session: AsyncSession, connection: AsyncConnection) -> None:
    with counted(connection) as statements:
        assert await service.raise_alerts(session, []) == []

    assert statements == []


async def test_a_closed_record_raises_nothing_and_its_neighbour_does(
    session: AsyncSession, place: Place
) -> None:
    gone = await make_patient(session, team=place.team, closed_at=clock.now())

    await service.raise_alerts(
        session, [News(p.id, QUIET, SOURCE, "one") for p in (gone, place.patient)]
    )

    assert (await _one(session)).patient_id == place.patient.id


async def test_what_runs_by_the_clock_is_told_at_once_and_the_quiet_is_not(
    session: AsyncSession, place: Place
) -> None:
    await _raise(session, place)
    await _raise(session, place, kind=SEVERE)
    await _raise(session, place, kind=SEVERE)
    await _raise(session, place, kind=SEVERE, level=3)

    notices = (await session.scalars(select(Notice))).all()
    told = sorted((n.staff_id, n.kind) for n in notices)
    both = sorted([place.doctor.id, place.colleague.id])
    assert told == [(staff_id, "alert_raised") for staff_id in both for _ in range(2)]
    severe = next(a for a in await _all(session) if a.kind == SEVERE.code)
    assert {n.href for n in notices} == {f"/staff/alerts/{severe.id}"}
