"""Two at once: real commits on connections of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import jobs, service
from app.alerts.models import Alert, AlertEvent, AlertEventKind, AlertState
from app.alerts.problems import AlertAlreadyHandled, AlertHandedOver, AlertNotHandled
from app.alerts.rules import TAKE_BACK_DAYS
from app.alerts.service import News
from app.core import clock
from app.core.db import Sessionmaker, get_locked
from app.core.job_context import JobContext
from app.core.problems import Problem
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.notifications.models import Notice
from tests.alerts.conftest import Place, make_place
from tests.alerts.factories import QUIET, SEVERE, SOURCE, make_alert

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def committed_place(committed_database: Sessionmaker) -> Place:
    async with committed_database.begin() as session:
        return await make_place(session)


@pytest.fixture
async def alert(committed_database: Sessionmaker, committed_place: Place) -> Alert:
    async with committed_database.begin() as session:
        return await make_alert(session, patient=committed_place.patient, kind=SEVERE)


async def _together(
    sessions: Sessionmaker,
    alert: Alert,
    *acts: Callable[[AsyncSession, Alert], Awaitable[None]],
) -> list[type[Problem] | None]:
    """Load the same row in as many transactions, and only then let all of them act."""
    loaded = asyncio.Barrier(len(acts))

    async def run(act: Callable[[AsyncSession, Alert], Awaitable[None]]) -> type[Problem] | None:
        try:
            async with sessions.begin() as session:
                own = await session.get_one(Alert, alert.id)
                await loaded.wait()
                await act(session, own)
        except Problem as problem:
            return type(problem)
        return None

    return await asyncio.gather(*(run(act) for act in acts))


async def _now(sessions: Sessionmaker, alert: Alert) -> Alert:
    async with sessions() as session:
        return await session.get_one(Alert, alert.id)


async def _events(sessions: Sessionmaker, kind: AlertEventKind) -> int:
    async with sessions() as session:
        wanted = select(func.count()).where(AlertEvent.kind == kind)
        return (await session.scalars(wanted)).one()


async def test_of_two_who_handle_one_is_first(
    committed_database: Sessionmaker, committed_place: Place, alert: Alert
) -> None:
    place = committed_place

    heard = await _together(
        committed_database,
        alert,
        lambda session, own: service.handle(session, place.actor, own, "王医生去了"),
        lambda session, own: service.handle(session, place.second, own, "赵医生去了"),
    )

    assert sorted(heard, key=str) == sorted([None, AlertAlreadyHandled], key=str)
    after = await _now(committed_database, alert)
    done = {place.doctor.id: "王医生去了", place.colleague.id: "赵医生去了"}
    assert after.handled_by is not None
    assert after.action_taken == done[after.handled_by]
    assert await _events(committed_database, AlertEventKind.HANDLED) == 1


async def test_of_two_who_look_one_is_first_and_both_go_on(
    committed_database: Sessionmaker, committed_place: Place, alert: Alert
) -> None:
    place = committed_place

    heard = await _together(
        committed_database,
        alert,
        lambda session, own: service.mark_seen(session, place.actor, own),
        lambda session, own: service.mark_seen(session, place.second, own),
    )

    assert heard == [None, None]
    assert await _events(committed_database, AlertEventKind.SEEN) == 1


async def test_of_two_who_hand_over_to_different_people_one_is_first(
    committed_database: Sessionmaker, committed_place: Place, alert: Alert
) -> None:
    place, team = committed_place, committed_place.team.id
    to_first, to_second = place.colleague.id, place.supervisor.id

    heard = await _together(
        committed_database,
        alert,
        lambda session, own: service.hand_over(session, place.actor, own, to_first, team),
        lambda session, own: service.hand_over(session, place.second, own, to_second, team),
    )

    assert sorted(heard, key=str) == sorted([None, AlertHandedOver], key=str)
    after = await _now(committed_database, alert)
    assert after.assigned_to == (to_second if heard[0] else to_first)
    assert await _events(committed_database, AlertEventKind.HANDED_OVER) == 1


async def test_of_two_who_take_back_one_is_first(
    committed_database: Sessionmaker, committed_place: Place, alert: Alert
) -> None:
    place = committed_place
    async with committed_database.begin() as session:
        own = await session.get_one(Alert, alert.id)
        await service.handle(session, place.actor, own, "已打电话")

    heard = await _together(
        committed_database,
        alert,
        lambda session, own: service.take_back(session, place.actor, own, "记错"),
        lambda session, own: service.take_back(session, place.supervising, own, "没有处理"),
    )

    assert sorted(heard, key=str) == sorted([None, AlertNotHandled], key=str)
    assert await _events(committed_database, AlertEventKind.TAKEN_BACK) == 1


async def test_the_same_news_from_many_is_one_alert_at_the_worst_level(
    committed_database: Sessionmaker, committed_place: Place
) -> None:
    patient_id = committed_place.patient.id

    async def tell(level: int) -> None:
        async with committed_database.begin() as session:
            news = [
                News(patient_id, QUIET, SOURCE, episode, level=level)
                for episode in (("a", "b") if level % 2 else ("b", "a"))
            ]
            await service.raise_alerts(session, news)

    await asyncio.gather(*(tell(level) for level in (2, 7, 4, 5)))

    async with committed_database() as session:
        alerts = (await session.scalars(select(Alert))).all()
    assert sorted((a.episode, a.level) for a in alerts) == [("a", 7), ("b", 7)]
    raised = await _events(committed_database, AlertEventKind.RAISED)
    again = await _events(committed_database, AlertEventKind.RAISED_AGAIN)
    assert raised == 2
    assert again == sum(a.times_raised - 1 for a in alerts)


async def test_two_workers_tell_a_step_once(
    committed_database: Sessionmaker, committed_place: Place, alert: Alert, settings: Settings
) -> None:
    async with committed_database.begin() as session:
        (await session.get_one(Alert, alert.id)).escalate_at = clock.now() + timedelta(minutes=15)
    context = JobContext(settings, committed_database, Storage(settings), FEATURES)

    with clock.frozen(clock.now() + timedelta(minutes=16)):
        await asyncio.gather(*(jobs.escalate(context) for _ in range(3)))

    after = await _now(committed_database, alert)
    assert after.escalation_step == 1
    assert await _events(committed_database, AlertEventKind.ESCALATED) == 1
    async with committed_database() as session:
        told = (await session.scalars(select(Notice.staff_id))).all()
    place = committed_place
    assert sorted(filter(None, told)) == sorted([place.doctor.id, place.colleague.id])


async def test_a_run_passes_by_what_a_person_is_handling(
    committed_database: Sessionmaker, committed_place: Place, alert: Alert, settings: Settings
) -> None:
    async with committed_database.begin() as session:
        (await session.get_one(Alert, alert.id)).escalate_at = clock.now()
    context = JobContext(settings, committed_database, Storage(settings), FEATURES)

    with clock.frozen(clock.now() + timedelta(minutes=16)):
        async with committed_database.begin() as session:
            own = await session.get_one(Alert, alert.id)
            await service.handle(session, committed_place.actor, own, "已打电话")
            await asyncio.wait_for(jobs.escalate(context), 5)
        await jobs.escalate(context)

    after = await _now(committed_database, alert)
    assert (after.state, after.escalation_step) == (AlertState.HANDLED, 0)


async def test_an_old_alert_in_somebodys_hands_stays_and_holds_up_no_other(
    committed_database: Sessionmaker, committed_place: Place, alert: Alert
) -> None:
    place = committed_place
    async with committed_database.begin() as session:
        other = await make_alert(session, patient=place.patient, kind=QUIET)
        for one in (alert.id, other.id):
            own = await session.get_one(Alert, one)
            await service.handle(session, place.actor, own, "已打电话")
            own.handled_at = clock.now() - timedelta(days=TAKE_BACK_DAYS, hours=1)

    async with committed_database.begin() as holding:
        await get_locked(holding, Alert, alert.id)
        async with asyncio.timeout(5), committed_database.begin() as session:
            await service.close_handled(session, [alert.id, other.id])

    assert (await _now(committed_database, alert)).state is AlertState.HANDLED
    assert (await _now(committed_database, other)).state is AlertState.CLOSED
