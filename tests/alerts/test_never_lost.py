"""What must not silence an alert: second thoughts, people who left, repeated news, moves, joins."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, StaffAccount
from app.alerts import jobs, service, telling
from app.alerts.models import Alert, AlertEvent, AlertEventKind, AlertState, Recipient
from app.core import clock
from app.core.job_context import JobContext
from app.institutions.models import TeamMember, Title
from app.notifications.models import Notice
from tests.alerts.conftest import Place
from tests.alerts.factories import QUIET, SEVERE, SOURCE, make_alert
from tests.institutions.factories import make_absence, make_staff, make_team
from tests.patients.factories import make_patient

pytestmark = pytest.mark.usefixtures("noon")


def _in(minutes: float) -> AbstractContextManager[None]:
    return clock.frozen(clock.now() + timedelta(minutes=minutes))


async def _raise(session: AsyncSession, patient_id: UUID, level: int = 0) -> Alert:
    await service.raise_alert(
        session, patient_id, SEVERE, source=SOURCE, episode="one", level=level
    )
    found = await session.scalars(
        select(Alert).where(Alert.kind == SEVERE.code).execution_options(populate_existing=True)
    )
    return found.one()


async def _told(session: AsyncSession, kind: str) -> list[UUID | None]:
    return list(await session.scalars(select(Notice.staff_id).where(Notice.kind == kind)))


async def _leave(session: AsyncSession, staff_ids: Collection[UUID]) -> None:
    for staff_id in staff_ids:
        (await session.get_one(StaffAccount, staff_id)).is_active = False
    await session.flush()


async def test_after_a_handled_is_taken_back_every_step_is_told_again(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raise(session, place.patient.id)
    with _in(15):
        await jobs.escalate(context)
        before = len(await _told(session, "alert_call_now"))
        await session.refresh(alert)
        await service.handle(session, place.actor, alert, "已打电话")
        await service.take_back(session, place.actor, alert, "打错了")

        with _in(15):
            await jobs.escalate(context)

    assert before == 2
    assert len(await _told(session, "alert_call_now")) == 4


async def test_who_left_after_a_hand_over_does_not_stand_for_an_empty_team(
    session: AsyncSession, place: Place
) -> None:
    alert = await _raise(session, place.patient.id)
    await service.hand_over(session, place.actor, alert, place.colleague.id, place.team.id)
    await _leave(session, [place.colleague.id, place.doctor.id])

    people = await telling.recipients_of(
        session, place.team.id, place.colleague.id, Recipient.ON_CALL
    )

    assert people == [place.supervisor.id]


async def test_who_moved_away_after_a_hand_over_is_told_no_more(
    session: AsyncSession, place: Place
) -> None:
    await session.execute(delete(TeamMember).where(TeamMember.staff_id == place.colleague.id))

    people = await telling.recipients_of(
        session, place.team.id, place.colleague.id, Recipient.ON_CALL
    )

    assert people == [place.doctor.id]


async def test_a_member_who_may_not_open_alerts_is_not_on_duty(
    session: AsyncSession, place: Place
) -> None:
    await make_staff(session, team=place.team, roles=(Role.OPERATOR,), title=Title.ADMINISTRATOR)
    await _leave(session, [place.doctor.id, place.colleague.id])

    people = await telling.recipients_of(session, place.team.id, None, Recipient.ON_CALL)

    assert people == [place.supervisor.id]


async def test_an_absent_supervisor_is_passed_by_while_another_is_there(
    session: AsyncSession, place: Place
) -> None:
    await make_absence(session, staff=place.supervisor)

    one = await telling.recipients_of(session, place.team.id, None, Recipient.SUPERVISORS)
    await make_absence(session, staff=place.district_supervisor)
    all_away = await telling.recipients_of(session, place.team.id, None, Recipient.SUPERVISORS)

    assert one == [place.district_supervisor.id]
    assert all_away == [place.supervisor.id]


async def test_news_that_keeps_getting_worse_does_not_put_off_the_escalation(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raise(session, place.patient.id)
    for minutes in (10, 14):
        with _in(minutes):
            await _raise(session, place.patient.id, level=minutes)

    with _in(15):
        await jobs.escalate(context)

    await session.refresh(alert)
    assert (alert.escalated_to, alert.times_raised) == (Recipient.ON_CALL, 3)


async def test_news_after_a_look_starts_the_clock_anew(session: AsyncSession, place: Place) -> None:
    alert = await _raise(session, place.patient.id)
    await service.mark_seen(session, place.actor, alert)

    with _in(90):
        await _raise(session, place.patient.id, level=1)
        await session.refresh(alert)
        assert alert.escalate_at == clock.now() + timedelta(minutes=15)


async def test_an_alert_raised_while_its_patient_moved_goes_to_the_new_team(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    """The job that follows a move may run before the raising commits."""
    alert = await _raise(session, place.patient.id)
    team = await make_team(session)
    new_doctor = await make_staff(session, team=team)
    place.patient.team_id = team.id
    await session.flush()

    with _in(15):
        await jobs.escalate(context)

    assert await _told(session, "alert_call_now") == [new_doctor.id]
    await session.refresh(alert)
    assert alert.team_id == team.id


async def test_the_new_team_is_told_of_a_severe_one_that_comes_with_a_patient(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await _raise(session, place.patient.id)
    quiet = await make_alert(session, patient=place.patient, kind=QUIET)
    team = await make_team(session)
    new_doctor = await make_staff(session, team=team)
    place.patient.team_id = team.id
    await session.flush()

    for _ in range(2):
        await jobs.patient_moved(context, patient_id=str(place.patient.id))

    own = await session.scalars(select(Notice).where(Notice.staff_id == new_doctor.id))
    assert [n.subject_id for n in own] == [alert.id]
    assert quiet.id != alert.id


async def test_a_closed_record_still_raises_what_runs_by_the_clock(
    session: AsyncSession, place: Place
) -> None:
    place.patient.closed_at = clock.now()
    await session.flush()

    alert = await _raise(session, place.patient.id)

    assert alert.state is AlertState.OPEN


async def test_news_of_a_record_that_was_joined_is_raised_for_the_joined_one(
    session: AsyncSession, place: Place
) -> None:
    gone = await make_patient(
        session, team=place.team, closed_at=clock.now(), merged_into_id=place.patient.id
    )

    await service.raise_alerts(
        session,
        [service.News(gone.id, kind, SOURCE, "two") for kind in (QUIET, SEVERE)],
    )

    found = (await session.scalars(select(Alert.patient_id))).all()
    assert found == [place.patient.id] * 2


async def test_a_second_press_of_hand_over_is_one_hand_over(
    session: AsyncSession, place: Place
) -> None:
    alert = await _raise(session, place.patient.id)

    for _ in range(2):
        await service.hand_over(session, place.actor, alert, place.colleague.id, place.team.id)

    steps = await session.scalar(
        select(func.count()).where(AlertEvent.kind == AlertEventKind.HANDED_OVER)
    )
    assert steps == 1
    assert await _told(session, "alert_handed_over") == [place.colleague.id]
