"""The end of alerts: what is spared beside what is closed; records that end, move and merge."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import jobs, service
from app.alerts.models import Alert, AlertEvent, AlertEventKind, AlertState, ClosedWhy
from app.alerts.queries.exported import all_of
from app.core import clock
from app.core.db import Sessionmaker
from app.core.ids import uuid7
from app.core.job_context import JobContext
from app.core.refs import Ref
from app.core.severity import Severity
from tests.alerts.conftest import Place
from tests.alerts.factories import QUIET, SEVERE, SOURCE, make_alert
from tests.exporting import held_in
from tests.institutions.factories import make_staff, make_team
from tests.patients.factories import make_patient

pytestmark = pytest.mark.usefixtures("noon")

SUBJECT = Ref(SOURCE, "thing", uuid7())
ENDED = ClosedWhy.SOURCE_ENDED


async def _states(session: AsyncSession, *alerts: Alert) -> list[AlertState]:
    for alert in alerts:
        await session.refresh(alert)
    return [alert.state for alert in alerts]


async def test_close_takes_its_subject_and_kind_and_spares_all_else(
    session: AsyncSession, place: Place
) -> None:
    patient = place.patient
    waiting = await make_alert(session, patient=patient, subject=SUBJECT)
    seen = await make_alert(session, patient=patient, subject=SUBJECT, state=AlertState.SEEN)
    spared = [
        await make_alert(session, patient=patient, subject=SUBJECT, kind=SEVERE),
        await make_alert(session, patient=patient, subject=Ref(SOURCE, "thing", uuid7())),
        await make_alert(session, patient=patient, subject=Ref(SOURCE, "other", SUBJECT.id)),
        await make_alert(session, patient=patient, subject=SUBJECT, source="another"),
        await make_alert(session, patient=patient),
    ]

    closed = await service.close_alerts(
        session, source=SOURCE, kinds=[QUIET], subject=SUBJECT, why=ENDED, actor=place.actor,
        action_taken="疗程结束",
    )  # fmt: skip

    assert closed == 2
    assert await _states(session, waiting, seen) == [AlertState.CLOSED] * 2
    assert await _states(session, *spared) == [AlertState.OPEN] * 5
    assert (waiting.closed_by, waiting.closed_at) == (place.doctor.id, clock.now())
    assert (waiting.closed_why, waiting.action_taken) == (ENDED, "疗程结束")
    events = await session.scalars(select(AlertEvent.alert_id))
    assert set(events) == {waiting.id, seen.id}


async def test_close_keeps_what_a_person_noted_and_touches_nothing_closed_before(
    session: AsyncSession, place: Place
) -> None:
    handled = await make_alert(session, patient=place.patient, subject=SUBJECT)
    closed = await make_alert(
        session,
        patient=place.patient,
        subject=SUBJECT,
        state=AlertState.CLOSED,
        closed_why=ClosedWhy.CORRECTED,
        closed_at=clock.now() - timedelta(days=3),
        action_taken="记录有误",
    )
    await service.handle(session, place.second, handled, "已上门看望")

    await service.close_alerts(
        session, source=SOURCE, subject=SUBJECT, why=ENDED, actor=place.actor, action_taken="结束"
    )

    assert await _states(session, handled, closed) == [AlertState.CLOSED] * 2
    assert (handled.handled_by, handled.action_taken) == (place.colleague.id, "已上门看望")
    assert (handled.closed_by, handled.closed_why) == (place.doctor.id, ENDED)
    assert (closed.closed_why, closed.action_taken) == (ClosedWhy.CORRECTED, "记录有误")
    assert (closed.closed_by, closed.closed_at) == (None, clock.now() - timedelta(days=3))


async def test_close_of_all_of_a_patient_spares_the_next_patient(
    session: AsyncSession, place: Place
) -> None:
    neighbour = await make_patient(session, team=place.team)
    own = await make_alert(session, patient=place.patient)
    theirs = await make_alert(session, patient=neighbour)

    await service.close_alerts(session, source=SOURCE, patient_id=place.patient.id, why=ENDED)

    assert await _states(session, own, theirs) == [AlertState.CLOSED, AlertState.OPEN]


async def test_close_of_nothing_in_particular_is_refused(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="subject or a patient"):
        await service.close_alerts(session, source=SOURCE, why=ENDED)


async def test_what_was_handled_a_week_ago_is_closed_for_good(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    at, week = clock.now(), timedelta(days=7)
    handled: dict[str, Any] = {"state": AlertState.HANDLED, "handled_by": place.doctor.id}
    old = await make_alert(
        session, patient=place.patient, handled_at=at - week - timedelta(seconds=1), **handled
    )
    edge = await make_alert(session, patient=place.patient, handled_at=at - week, **handled)
    waiting = await make_alert(session, patient=place.patient)

    await jobs.close_handled(context)

    states = await _states(session, old, edge, waiting)
    assert states == [AlertState.CLOSED, AlertState.HANDLED, AlertState.OPEN]
    assert old.closed_why is ClosedWhy.HANDLED


async def test_a_closed_record_ends_the_quiet_ones_and_leaves_a_person_in_danger(
    session: AsyncSession, place: Place
) -> None:
    of = {
        severity: await make_alert(session, patient=place.patient, severity=severity)
        for severity in Severity
    }
    neighbour = await make_alert(session, patient=await make_patient(session, team=place.team))

    await service.close_with_record(session, place.patient.id)

    await _states(session, neighbour, *of.values())
    waits = {severity for severity, alert in of.items() if alert.state is AlertState.OPEN}
    assert waits == {Severity.DANGER, Severity.SEVERE}
    assert neighbour.state is AlertState.OPEN


async def test_alerts_go_along_with_a_patient_who_moves(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    own = await make_alert(session, patient=place.patient, assigned_to=place.colleague.id)
    closed = await make_alert(session, patient=place.patient, state=AlertState.CLOSED)
    neighbour = await make_alert(
        session,
        patient=await make_patient(session, team=place.team),
        assigned_to=place.colleague.id,
    )
    other = await make_team(session, institution=place.township)
    place.patient.team_id = other.id
    await session.flush()

    await jobs.patient_moved(context, patient_id=str(place.patient.id))

    await _states(session, own, closed, neighbour)
    assert (own.team_id, own.assigned_to) == (other.id, None)
    assert closed.team_id == place.team.id
    assert (neighbour.team_id, neighbour.assigned_to) == (place.team.id, place.colleague.id)


async def test_who_took_an_alert_in_the_new_team_keeps_it_when_the_move_is_told_again(
    session: AsyncSession, context: JobContext, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient, assigned_to=place.colleague.id)
    other = await make_team(session, institution=place.township)
    taker = await make_staff(session, team=other)
    place.patient.team_id = other.id
    await session.flush()
    await jobs.patient_moved(context, patient_id=str(place.patient.id))
    await session.refresh(alert)
    alert.assigned_to = taker.id
    await session.flush()

    await jobs.patient_moved(context, patient_id=str(place.patient.id))

    await session.refresh(alert)
    assert (alert.team_id, alert.assigned_to) == (other.id, taker.id)


@pytest.mark.parametrize("worse_moves", [True, False])
async def test_of_two_records_that_become_one_the_worse_alert_stays(
    session: AsyncSession, place: Place, worse_moves: bool
) -> None:
    into = await make_patient(session, team=place.team)
    worse, milder = (place.patient, into) if worse_moves else (into, place.patient)
    stays = await make_alert(session, patient=worse, episode="same", level=4)
    aside = await make_alert(session, patient=milder, episode="same", level=2)
    alone = await make_alert(session, patient=place.patient, episode="alone")
    neighbour = await make_alert(session, episode="same")

    await service.merge_alerts(session, place.patient.id, into.id)

    states = await _states(session, stays, aside, alone, neighbour)
    assert states == [AlertState.OPEN, AlertState.CLOSED, AlertState.OPEN, AlertState.OPEN]
    assert {stays.patient_id, aside.patient_id, alone.patient_id} == {into.id}
    assert (stays.episode, alone.episode) == ("same", "alone")
    assert aside.closed_why is ClosedWhy.MERGED
    assert neighbour.patient_id not in {into.id, place.patient.id}


async def test_what_waits_stays_before_what_was_handled_at_a_higher_level(
    session: AsyncSession, place: Place
) -> None:
    into = await make_patient(session, team=place.team)
    handled = await make_alert(
        session, patient=into, episode="same", level=9, state=AlertState.HANDLED
    )
    waits = await make_alert(session, patient=place.patient, episode="same", level=2)

    await service.merge_alerts(session, place.patient.id, into.id)

    assert await _states(session, waits, handled) == [AlertState.OPEN, AlertState.CLOSED]


async def test_a_patient_takes_along_their_alerts_and_what_was_done(
    session: AsyncSession, sessions: Sessionmaker, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient, detail={"count": 4})
    await make_alert(session, patient=await make_patient(session, team=place.team))
    await service.handle(session, place.actor, alert, "已打电话")

    part = await held_in(sessions, all_of(place.patient.id))

    assert [a["id"] for a in part["alert"]] == [str(alert.id)]
    assert part["alert"][0]["detail"] == {"count": 4}
    assert "escalate_at" not in part["alert"][0]
    assert [e["kind"] for e in part["alert_event"]] == [AlertEventKind.HANDLED]
    assert part["alert_event"][0]["note"] == "已打电话"
