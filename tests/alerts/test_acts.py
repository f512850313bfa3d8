"""What a person does with an alert, and what the second of two hears."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.alerts import service
from app.alerts.models import Alert, AlertEvent, AlertEventKind, AlertState
from app.alerts.problems import (
    AlertAlreadyHandled,
    AlertHandledByAnother,
    AlertNotHandled,
    AlertRaisedAgain,
    CannotCloseSevere,
    HandOverOutOfReach,
)
from app.alerts.queries.people import colleagues_of, reaches
from app.core import clock
from app.core.severity import Severity
from app.institutions.models import Title
from app.institutions.reach import clinic_today
from app.notifications.models import Notice
from tests.accounts.factories import actor_of
from tests.alerts.conftest import Place
from tests.alerts.factories import SEVERE, make_alert
from tests.institutions.factories import make_absence, make_staff

pytestmark = pytest.mark.usefixtures("noon")

LATER = timedelta(minutes=10)


async def _last(session: AsyncSession, alert: Alert) -> AlertEvent:
    found = await session.scalars(
        select(AlertEvent)
        .where(AlertEvent.alert_id == alert.id)
        .order_by(AlertEvent.created_at.desc(), AlertEvent.id.desc())
    )
    last = found.first()
    assert last is not None
    return last


async def test_who_looked_first_stays(session: AsyncSession, place: Place) -> None:
    alert = await make_alert(session, patient=place.patient, kind=SEVERE)
    neighbour = await make_alert(session, patient=place.patient, kind=SEVERE)
    first = clock.now()

    await service.mark_seen(session, place.actor, alert)
    with clock.frozen(first + LATER):
        await service.mark_seen(session, place.second, alert)

    assert (alert.state, alert.seen_by, alert.seen_at) == (
        AlertState.SEEN, place.doctor.id, first,
    )  # fmt: skip
    assert alert.escalate_at == first + timedelta(hours=2)
    await session.refresh(neighbour)
    assert (neighbour.state, neighbour.seen_by) == (AlertState.OPEN, None)
    events = await session.scalars(select(AlertEvent.kind))
    assert events.all() == [AlertEventKind.SEEN]


async def test_handling_keeps_who_did_what_and_ends_the_escalation(
    session: AsyncSession, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient, escalate_at=clock.now())
    neighbour = await make_alert(session, patient=place.patient, escalate_at=clock.now())

    await service.handle(session, place.actor, alert, "已上门看望")

    assert (alert.state, alert.handled_by) == (AlertState.HANDLED, place.doctor.id)
    assert (alert.handled_at, alert.action_taken) == (clock.now(), "已上门看望")
    assert alert.escalate_at is None
    event = await _last(session, alert)
    assert (event.kind, event.staff_id, event.note) == (
        AlertEventKind.HANDLED, place.doctor.id, "已上门看望",
    )  # fmt: skip
    await session.refresh(neighbour)
    assert neighbour.state is AlertState.OPEN
    assert neighbour.escalate_at is not None


async def test_the_second_hears_who_was_first_and_changes_nothing(
    session: AsyncSession, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient)
    await service.handle(session, place.actor, alert, "已上门看望")

    with pytest.raises(AlertAlreadyHandled) as handled:
        await service.handle(session, place.second, alert, "没人接电话")
    with pytest.raises(AlertAlreadyHandled):
        await service.mark_seen(session, place.second, alert)
    with pytest.raises(AlertAlreadyHandled):
        await service.hand_over(session, place.second, alert, place.supervisor.id, place.team.id)

    assert handled.value.facts == {"by": "王医生"}
    assert (alert.handled_by, alert.action_taken) == (place.doctor.id, "已上门看望")
    assert (alert.seen_by, alert.assigned_to) == (None, None)


async def test_what_was_closed_by_the_system_names_nobody(
    session: AsyncSession, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient, state=AlertState.CLOSED)

    with pytest.raises(AlertAlreadyHandled) as handled:
        await service.handle(session, place.actor, alert, "已打电话")

    assert handled.value.facts == {"by": None}


async def test_news_that_came_since_is_seen_before_it_is_handled(
    session: AsyncSession, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient, times_raised=2)

    with pytest.raises(AlertRaisedAgain):
        await service.handle(session, place.actor, alert, "已打电话", times_raised=1)
    before = alert.state
    await service.handle(session, place.actor, alert, "已打电话", times_raised=2)

    assert (before, alert.state) == (AlertState.OPEN, AlertState.HANDLED)


async def test_a_severe_one_is_for_titles_with_the_right(
    session: AsyncSession, place: Place
) -> None:
    nurse = actor_of((await make_staff(session, team=place.team, title=Title.NURSE)).id)
    severe = await make_alert(session, patient=place.patient, kind=SEVERE)
    danger = await make_alert(session, patient=place.patient, severity=Severity.DANGER)

    with pytest.raises(CannotCloseSevere):
        await service.handle(session, nurse, severe, "已打电话")
    await service.handle(session, nurse, danger, "已打电话")

    assert (severe.state, danger.state) == (AlertState.OPEN, AlertState.HANDLED)
    await service.handle(session, place.actor, severe, "已打电话")
    assert severe.handled_by == place.doctor.id


async def test_a_colleague_hears_of_what_is_handed_over_and_the_clock_goes_on(
    session: AsyncSession, place: Place
) -> None:
    due = clock.now() + LATER
    alert = await make_alert(session, patient=place.patient, escalate_at=due)

    await service.hand_over(session, place.actor, alert, place.colleague.id, place.team.id)

    assert (alert.assigned_to, alert.state) == (place.colleague.id, AlertState.OPEN)
    assert alert.escalate_at == due
    event = await _last(session, alert)
    assert (event.staff_id, event.detail) == (place.doctor.id, {"to": str(place.colleague.id)})
    notice = (await session.scalars(select(Notice).where(Notice.staff_id.is_not(None)))).one()
    assert (notice.staff_id, notice.kind) == (place.colleague.id, "alert_handed_over")
    assert notice.href == f"/staff/alerts/{alert.id}"


async def test_it_is_handed_over_only_to_who_reaches_the_patient(
    session: AsyncSession, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient)
    beside = await make_staff(session, institution=place.township)
    dismissed = await make_staff(session, team=place.team)
    operator = await make_staff(session, team=place.team, roles=(Role.OPERATOR,))
    elsewhere = await make_staff(session, roles=(Role.SUPERVISOR,))
    await _dismiss(session, dismissed.id)

    for staff in (beside, dismissed, operator, elsewhere):
        with pytest.raises(HandOverOutOfReach):
            await service.hand_over(session, place.actor, alert, staff.id, place.team.id)
    assert alert.assigned_to is None
    for staff in (place.supervisor, place.district_supervisor):
        await service.hand_over(session, place.actor, alert, staff.id, place.team.id)
        assert alert.assigned_to == staff.id


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [(-30, -1, False), (-30, 0, True), (0, 30, True), (1, 30, False)],
)
async def test_who_stands_in_for_a_member_fits_on_those_days_only(
    session: AsyncSession, place: Place, first: int, last: int, fits: bool
) -> None:
    today = clinic_today()
    beside = await make_staff(session, institution=place.township)
    from_on, to_on = today + timedelta(days=first), today + timedelta(days=last)
    await make_absence(
        session, staff=place.colleague, stand_in=beside, from_on=from_on, to_on=to_on
    )

    offered = await colleagues_of(session, place.team.id, without=place.doctor.id)

    assert (beside.id in {colleague.staff_id for colleague in offered}) is fits
    assert await reaches(session, place.team.id, beside.id) is fits


async def _dismiss(session: AsyncSession, staff_id: UUID) -> None:
    account = await session.get_one(StaffAccount, staff_id)
    account.is_active = False
    await session.flush()


async def test_a_mistake_is_taken_back_by_its_author_and_the_history_keeps_both(
    session: AsyncSession, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient, kind=SEVERE, escalation_step=4)
    await service.handle(session, place.actor, alert, "记错了人")

    with clock.frozen(clock.now() + timedelta(hours=23)):
        await service.take_back(session, place.actor, alert, "这是另一位患者")
        at = clock.now()

    assert (alert.state, alert.handled_by, alert.handled_at, alert.action_taken) == (
        AlertState.OPEN, None, None, None,
    )  # fmt: skip
    assert (alert.escalation_step, alert.escalate_at) == (0, at + timedelta(minutes=15))
    notes = await session.scalars(select(AlertEvent.note).order_by(AlertEvent.created_at))
    assert notes.all() == ["记错了人", "这是另一位患者"]


async def test_another_takes_back_only_as_a_supervisor(session: AsyncSession, place: Place) -> None:
    alert = await make_alert(session, patient=place.patient)
    await service.handle(session, place.actor, alert, "记错了人")

    with pytest.raises(AlertHandledByAnother):
        await service.take_back(session, place.second, alert, "不对")
    before = alert.state
    await service.take_back(session, place.supervising, alert, "没有处理")

    assert (before, alert.state) == (AlertState.HANDLED, AlertState.OPEN)


@pytest.mark.parametrize("state", [AlertState.OPEN, AlertState.SEEN, AlertState.CLOSED])
async def test_only_what_is_handled_can_be_taken_back(
    session: AsyncSession, place: Place, state: AlertState
) -> None:
    alert = await make_alert(
        session, patient=place.patient, state=state, handled_by=place.doctor.id
    )

    with pytest.raises(AlertNotHandled):
        await service.take_back(session, place.actor, alert, "不对")

    assert alert.state is state
