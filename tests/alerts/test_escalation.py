"""What waits too long is told further, step by step, whatever happens to its neighbours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.alerts import jobs, service, telling
from app.alerts.models import (
    Alert,
    AlertEvent,
    AlertEventKind,
    AlertState,
    ClosedWhy,
    Recipient,
)
from app.alerts.service import escalation
from app.core import clock
from app.core.feature import AlertKind
from app.core.items import ItemsFailedError
from app.core.job_context import JobContext
from app.core.stream import StreamEvent
from app.institutions.models import CalendarDay, DayKind
from app.notifications.models import Notice
from tests.alerts.conftest import Place
from tests.alerts.factories import QUIET, SEVERE, SOURCE
from tests.institutions.factories import make_absence, make_staff

pytestmark = pytest.mark.usefixtures("noon")

FRIDAY_EVENING = datetime(2026, 9, 11, 9, tzinfo=UTC)  # 17:00 in Chongqing


async def _raised(session: AsyncSession, place: Place, kind: AlertKind = SEVERE) -> Alert:
    """Raise it as a feature would; what was told at once is put away."""
    episode = f"{kind.code} {clock.now()}"
    await service.raise_alert(session, place.patient.id, kind, source=SOURCE, episode=episode)
    for notice in await session.scalars(select(Notice)):
        await session.delete(notice)
    await session.flush()
    return (await session.scalars(select(Alert).where(Alert.episode == episode))).one()


@contextmanager
def after(minutes: float) -> Iterator[None]:
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        yield


async def _told(session: AsyncSession) -> dict[str, set[UUID]]:
    told: dict[str, set[UUID]] = {}
    for notice in await session.scalars(select(Notice)):
        assert notice.staff_id is not None
        told.setdefault(notice.kind, set()).add(notice.staff_id)
    return told


async def test_nobody_is_told_before_its_time(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raised(session, place)

    with after(14.9):
        await jobs.escalate(context)

    await session.refresh(alert)
    assert (alert.escalation_step, alert.escalated_to) == (0, None)
    assert await _told(session) == {}


async def test_a_severe_one_goes_to_the_phone_on_duty_then_up_the_tree(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raised(session, place)
    steps = []

    for minutes in (15, 30, 60):
        with after(minutes):
            await jobs.escalate(context)
            await jobs.escalate(context)
        await session.refresh(alert)
        steps.append((alert.escalation_step, alert.escalated_to))

    assert steps == [
        (1, Recipient.ON_CALL),
        (2, Recipient.SUPERVISORS),
        (3, Recipient.PARENT_SUPERVISORS),
    ]
    assert await _told(session) == {
        "alert_call_now": {place.doctor.id, place.colleague.id},
        "alert_escalated": {place.supervisor.id, place.district_supervisor.id},
    }
    events = await session.execute(
        select(AlertEvent.staff_id, AlertEvent.detail)
        .where(AlertEvent.kind == AlertEventKind.ESCALATED)
        .order_by(AlertEvent.created_at)
    )
    found = [(staff_id, d["to"], d["people"]) for staff_id, d in events if d]
    assert found == [
        (None, "on_call", 2),
        (None, "supervisors", 1),
        (None, "parent_supervisors", 1),
    ]


async def test_what_is_seen_and_not_handled_is_told_later(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raised(session, place)
    await service.mark_seen(session, place.actor, alert)

    with after(119):
        await jobs.escalate(context)
    assert await _told(session) == {}
    with after(120):
        await jobs.escalate(context)

    assert await _told(session) == {"alert_escalated": {place.supervisor.id}}


async def test_a_time_set_by_an_older_rule_is_put_right_and_nobody_is_told(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    """One is due later by the rule that now stands, the other has no step left."""
    early, done = [await _raised(session, place, kind) for kind in (SEVERE, QUIET)]
    at = clock.now()
    early.escalate_at = done.escalate_at = at
    done.escalation_step = 99
    await session.flush()

    with after(1):
        await jobs.escalate(context)

    columns = select(Alert.id, Alert.escalation_step, Alert.escalate_at)
    rows = {
        row.id: (row.escalation_step, row.escalate_at) for row in await session.execute(columns)
    }
    assert rows == {early.id: (0, at + timedelta(minutes=15)), done.id: (99, None)}
    assert await _told(session) == {}


async def test_what_is_handled_is_told_to_nobody(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raised(session, place)
    await service.handle(session, place.actor, alert, "已打电话")

    with after(60 * 24 * 30):
        await jobs.escalate(context)

    assert await _told(session) == {}


async def test_after_an_outage_of_the_worker_every_step_is_taken(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raised(session, place)

    with after(61):
        for _ in range(3):
            await jobs.escalate(context)

    await session.refresh(alert)
    assert alert.escalation_step == 3
    assert len((await _told(session))["alert_escalated"]) == 2


async def test_a_quiet_one_of_a_friday_evening_waits_for_monday_and_a_severe_one_does_not(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    with clock.frozen(FRIDAY_EVENING):
        quiet, severe = await _raised(session, place, QUIET), await _raised(session, place)
        sunday, monday = timedelta(days=2), timedelta(days=3)
        with clock.frozen(FRIDAY_EVENING + sunday):
            await jobs.escalate(context)
        await session.refresh(quiet)
        await session.refresh(severe)
        assert quiet.escalation_step == 0
        assert severe.escalation_step > 0

        with clock.frozen(FRIDAY_EVENING + monday):
            await jobs.escalate(context)

    await session.refresh(quiet)
    assert (quiet.escalation_step, quiet.escalated_to) == (1, Recipient.SUPERVISORS)


async def test_a_holiday_of_the_public_calendar_does_not_count(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    session.add(CalendarDay(day=date(2026, 9, 14), kind=DayKind.HOLIDAY, name="放假"))
    await session.flush()
    with clock.frozen(FRIDAY_EVENING):
        alert = await _raised(session, place, QUIET)
        with clock.frozen(FRIDAY_EVENING + timedelta(days=3, minutes=1)):
            await jobs.escalate(context)
        await session.refresh(alert)
        assert alert.escalation_step == 0
        with clock.frozen(FRIDAY_EVENING + timedelta(days=4)):
            await jobs.escalate(context)

    await session.refresh(alert)
    assert alert.escalated_to is Recipient.SUPERVISORS


async def test_a_stand_in_is_told_in_place_of_who_is_away(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    stand_in = await make_staff(session, institution=place.township, name="李医生")
    await make_absence(session, staff=place.doctor, stand_in=stand_in)
    alert = await _raised(session, place)

    with after(15):
        await jobs.escalate(context)
    await service.hand_over(session, place.second, alert, stand_in.id, place.team.id)

    assert (await _told(session))["alert_call_now"] == {stand_in.id, place.colleague.id}
    assert alert.assigned_to == stand_in.id


async def test_open_pages_of_the_team_are_told_of_every_change(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raised(session, place)
    actor, colleague, team = place.actor, place.colleague.id, place.team.id
    counts = [await _messages(session, place)]
    await service.mark_seen(session, actor, alert)
    counts.append(await _messages(session, place))
    await service.hand_over(session, actor, alert, colleague, team)
    counts.append(await _messages(session, place))
    await service.handle(session, actor, alert, "已打电话")
    counts.append(await _messages(session, place))
    await service.take_back(session, actor, alert, "记错了")
    counts.append(await _messages(session, place))
    with after(15):
        await jobs.escalate(context)
    counts.append(await _messages(session, place))
    ended = ClosedWhy.SOURCE_ENDED
    await service.close_alerts(session, source=SOURCE, why=ended, patient_id=place.patient.id)
    counts.append(await _messages(session, place))
    await service.close_alerts(session, source=SOURCE, why=ended, patient_id=place.patient.id)
    counts.append(await _messages(session, place))

    assert counts == [1, 2, 3, 4, 5, 6, 7, 7]


async def _messages(session: AsyncSession, place: Place) -> int:
    topic = f"team:{place.team.id}"
    wanted = select(func.count()).where(StreamEvent.topic == topic)
    return (await session.scalars(wanted)).one()


async def test_whoever_it_was_handed_to_is_told_with_those_on_duty(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raised(session, place)
    await service.hand_over(session, place.actor, alert, place.supervisor.id, place.team.id)

    people = await telling.recipients_of(
        session, place.team.id, place.supervisor.id, Recipient.ON_CALL
    )
    with after(15):
        await jobs.escalate(context)

    assert people[0] == place.supervisor.id
    assert (await _told(session))["alert_call_now"] == set(people)
    assert set(people) == {place.supervisor.id, place.doctor.id, place.colleague.id}


async def _dismiss(session: AsyncSession, *staff_ids: UUID) -> None:
    for staff_id in staff_ids:
        (await session.get_one(StaffAccount, staff_id)).is_active = False
    await session.flush()


@pytest.mark.parametrize(
    ("gone", "to", "told"),
    [
        (["doctor", "colleague"], Recipient.ON_CALL, "supervisor"),
        (["supervisor"], Recipient.SUPERVISORS, "district_supervisor"),
        (["district_supervisor"], Recipient.PARENT_SUPERVISORS, "supervisor"),
        (["doctor", "colleague", "supervisor"], Recipient.ON_CALL, "district_supervisor"),
    ],
)
async def test_where_nobody_is_there_the_next_answers(
    session: AsyncSession, place: Place, gone: list[str], to: Recipient, told: str
) -> None:
    await _dismiss(session, *(getattr(place, name).id for name in gone))
    beside = await make_staff(session, roles=(Role.SUPERVISOR,))

    people = await telling.recipients_of(session, place.team.id, None, to)

    assert people == [getattr(place, told).id]
    assert beside.id not in people


async def test_where_nobody_at_all_is_there_the_step_says_so(
    session: AsyncSession, context: JobContext, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    everybody = (place.doctor, place.colleague, place.supervisor, place.district_supervisor)
    await _raised(session, place)
    await _dismiss(session, *(staff.id for staff in everybody))

    with after(15):
        await jobs.escalate(context)

    event = (
        await session.scalars(select(AlertEvent).where(AlertEvent.kind == AlertEventKind.ESCALATED))
    ).one()
    assert event.detail is not None
    assert event.detail["people"] == 0
    assert "nobody could be told" in caplog.text


async def test_one_that_fails_stops_no_other_and_stays_due(
    session: AsyncSession, context: JobContext, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches of one, so that the run must also get past it."""
    bad = await _raised(session, place)
    with after(1):
        good = await _raised(session, place)
    tell = telling.tell_step

    async def fail(session: AsyncSession, alert: Alert, to: Recipient, step: int) -> int:
        if alert.id == bad.id:
            raise RuntimeError("a bug of ours")
        return await tell(session, alert, to, step)

    monkeypatch.setattr(telling, "tell_step", fail)
    monkeypatch.setattr(escalation, "BATCH", 1)
    with after(20), pytest.raises(ItemsFailedError):
        await jobs.escalate(context)

    await session.refresh(bad)
    await session.refresh(good)
    assert (bad.escalation_step, good.escalation_step) == (0, 1)
    assert bad.state is AlertState.OPEN
    assert bad.escalate_at is not None
    monkeypatch.undo()
    with after(20):
        await jobs.escalate(context)
    await session.refresh(bad)
    assert bad.escalation_step == 1
