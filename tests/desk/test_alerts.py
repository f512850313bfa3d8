"""The alert list: its order, its pages, whom to call, and what the badge counts."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts import audit
from app.accounts.models import AuditEvent
from app.alerts import desk, service, telling
from app.alerts.audit import LIST_ALERTS
from app.alerts.models import Alert, AlertState, Recipient
from app.core import clock
from app.core.pages import DeskLine
from app.core.severity import Severity
from app.features import FEATURES
from app.patients.service.records import move_patient
from tests.accounts.factories import staff_client
from tests.alerts.conftest import Place, make_place
from tests.alerts.factories import make_alert
from tests.counting import counted
from tests.patients.factories import make_patient

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
async def place(session: AsyncSession) -> Place:
    return await make_place(session)


@pytest.fixture
async def doctor(
    app: FastAPI, session: AsyncSession, place: Place
) -> AsyncIterator[httpx.AsyncClient]:
    async with await staff_client(app, session, place.doctor.id) as client:
        yield client


def _order(page: httpx.Response, alerts: list[Alert]) -> list[Alert]:
    places = {page.text.find(f"/staff/alerts/{alert.id}"): alert for alert in alerts}
    return [alert for at, alert in sorted(places.items()) if at >= 0]


def _next(page: httpx.Response) -> str | None:
    links = page.text.split("cursor=")
    if len(links) == 1:
        return None
    return links[1].split('"')[0]


async def test_the_most_severe_come_first_then_those_who_waited_longest(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    at = clock.now()
    wanted = [
        await make_alert(session, patient=place.patient, severity=severity, at=at - ago)
        for severity in (Severity.SEVERE, Severity.DANGER, Severity.WARNING, Severity.NOTICE)
        for ago in (timedelta(hours=2), timedelta(hours=1))
    ]

    page = await doctor.get("/staff/alerts")

    assert _order(page, wanted) == wanted


@pytest.mark.parametrize(("number", "pages"), [(50, [50]), (51, [50, 1]), (100, [50, 50])])
async def test_pages_are_whole_and_meet_at_equal_times(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, number: int, pages: list[int]
) -> None:
    alerts = [
        await make_alert(
            session,
            patient=place.patient,
            severity=Severity.SEVERE if n % 3 == 0 else Severity.WARNING,
            at=clock.now() - timedelta(minutes=n // 7),
        )
        for n in range(number)
    ]
    shown: list[list[Alert]] = []
    address = "/staff/alerts?shown=waiting"
    while True:
        page = await doctor.get(address)
        shown.append(_order(page, alerts))
        cursor = _next(page)
        if cursor is None:
            break
        address = f"/staff/alerts?shown=waiting&cursor={cursor}"

    assert [len(part) for part in shown] == pages
    every = [alert.id for part in shown for alert in part]
    assert sorted(every) == sorted(alert.id for alert in alerts)


async def test_a_broken_cursor_is_told(doctor: httpx.AsyncClient) -> None:
    answer = await doctor.get("/staff/alerts?cursor=WyJub25zZW5zZSIsICJ4Il0")

    assert answer.status_code == 422


async def test_tabs_show_what_waits_what_is_seen_and_what_was_handled_lately(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    handled: dict[str, Any] = {"handled_by": place.colleague.id, "action_taken": "已打电话"}
    month = timedelta(days=30)
    of = {
        "open": await make_alert(session, patient=place.patient),
        "seen": await make_alert(session, patient=place.patient, state=AlertState.SEEN),
        "handled": await make_alert(
            session, patient=place.patient, state=AlertState.HANDLED,
            handled_at=clock.now() - month + timedelta(seconds=1), **handled,
        ),
        "old": await make_alert(
            session, patient=place.patient, state=AlertState.CLOSED,
            handled_at=clock.now() - month, **handled,
        ),
    }  # fmt: skip
    names = {alert.id: name for name, alert in of.items()}

    shown = {}
    for tab in ("waiting", "seen", "handled"):
        page = await doctor.get(f"/staff/alerts?shown={tab}")
        shown[tab] = {names[alert.id] for alert in _order(page, list(of.values()))}

    assert shown == {"waiting": {"open", "seen"}, "seen": {"seen"}, "handled": {"handled"}}
    assert "已打电话" in (await doctor.get("/staff/alerts?shown=handled")).text
    assert (await doctor.get("/staff/alerts?shown=nonsense")).status_code == 422


async def test_one_severity_is_a_link_of_its_own(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    severe = await make_alert(session, patient=place.patient, severity=Severity.SEVERE)
    quiet = await make_alert(session, patient=place.patient)

    page = await doctor.get("/staff/alerts?severity=severe")

    assert _order(page, [severe, quiet]) == [severe]


async def test_a_line_says_whom_to_call_and_what_is_known(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    await make_alert(
        session,
        patient=place.patient,
        severity=Severity.SEVERE,
        detail={"count": 4},
        times_raised=2,
        assigned_to=place.colleague.id,
        escalated_to=Recipient.ON_CALL,
    )

    page = await doctor.get("/staff/alerts")

    for word in (
        *(place.patient.name, place.patient.phone, place.team.name, "68 岁", "紧急", "4 次"),
        *("第 2 次提醒", "转交给赵医生", "请立即拨打值班电话"),
    ):
        assert word in page.text, word


async def test_the_number_on_duty_stands_on_the_line_of_its_own_team(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    place.township.on_call_phone = "023-12345678"
    without = await make_place(session)
    without.district.on_call_phone = without.township.on_call_phone = None
    await session.flush()
    for one in (place, without):
        await make_alert(
            session,
            patient=one.patient,
            severity=Severity.SEVERE,
            escalated_to=Recipient.ON_CALL,
        )

    phones = await telling.on_call_phones(session, [place.team.id, without.team.id])
    page = await doctor.get("/staff/alerts")

    assert phones == {place.team.id: "023-12345678"}
    assert "023-12345678" in page.text


async def test_what_is_not_urgent_or_seen_asks_for_no_call(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    await make_alert(session, patient=place.patient, escalated_to=Recipient.SUPERVISORS)
    await make_alert(
        session,
        patient=place.patient,
        severity=Severity.SEVERE,
        state=AlertState.SEEN,
        escalated_to=Recipient.ON_CALL,
    )

    page = await doctor.get("/staff/alerts")

    assert "超时，已通知" in page.text
    assert "请立即拨打值班电话" not in page.text


@pytest.mark.parametrize("number", [3, 50])
async def test_the_list_sends_at_most_six_statements(
    doctor: httpx.AsyncClient,
    session: AsyncSession,
    place: Place,
    connection: AsyncConnection,
    number: int,
) -> None:
    for _ in range(number):
        patient = await make_patient(session, team=place.team)
        await make_alert(
            session, patient=patient, severity=Severity.SEVERE, escalated_to=Recipient.ON_CALL
        )

    for shown in ("waiting", "handled"):
        with counted(connection) as statements:
            answer = await doctor.get(f"/staff/alerts?shown={shown}")

        assert answer.status_code == 200
        assert len(statements) <= 6, statements


async def test_whose_alerts_were_shown_is_in_the_audit(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    neighbour = await make_patient(session, team=place.team)
    for patient in (place.patient, place.patient, neighbour):
        await make_alert(session, patient=patient)
    await make_alert(session)  # a stranger's

    await doctor.get("/staff/alerts")

    wanted = select(AuditEvent.patient_id).where(AuditEvent.action == LIST_ALERTS.code)
    assert set(await session.scalars(wanted)) == {place.patient.id, neighbour.id}


async def test_a_list_that_renews_itself_is_one_look_a_day(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, noon: datetime
) -> None:
    """A page left open tells of nobody twice; whoever comes newly onto it is noted."""
    await make_alert(session, patient=place.patient)
    renewing = {"HX-Request": "true"}
    wanted = select(AuditEvent.patient_id).where(AuditEvent.action == LIST_ALERTS.code)

    await doctor.get("/staff/alerts")
    with clock.frozen(noon + timedelta(minutes=50)):
        await doctor.get("/staff/alerts", headers=renewing)
        newcomer = await make_patient(session, team=place.team)
        await make_alert(session, patient=newcomer)
        await doctor.get("/staff/alerts", headers=renewing)

    found = [one for one in await session.scalars(wanted) if one]
    assert (len(found), set(found)) == (2, {place.patient.id, newcomer.id})
    with clock.frozen(noon + timedelta(hours=11, minutes=59)):
        await audit.record_shown(session, place.actor, LIST_ALERTS, found, renewed=True)
    assert len((await session.scalars(wanted)).all()) == 2
    with clock.frozen(noon + timedelta(hours=12)):  # midnight in China
        await audit.record_shown(session, place.actor, LIST_ALERTS, found, renewed=True)
    assert len((await session.scalars(wanted)).all()) == 4


@pytest.mark.parametrize(("minutes", "looks"), [(9, 1), (11, 2)])
async def test_a_list_opened_again_after_ten_minutes_is_another_look(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, minutes: int, looks: int
) -> None:
    await make_alert(session, patient=place.patient)
    wanted = select(AuditEvent.patient_id).where(AuditEvent.action == LIST_ALERTS.code)

    await doctor.get("/staff/alerts")
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        await doctor.get("/staff/alerts")

    assert (await session.scalars(wanted)).all() == [place.patient.id] * looks


async def test_the_badge_counts_what_waits_within_reach(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    alert = await make_alert(session, patient=place.patient)
    await make_alert(session, patient=place.patient, state=AlertState.SEEN)
    await make_alert(session, patient=place.patient, state=AlertState.CLOSED)
    await make_alert(session)
    assert ">2<" in (await doctor.get("/staff/badges")).text
    assert "alerts.changed" in (await doctor.get("/staff/alerts")).text

    await service.handle(session, place.actor, alert, "已打电话")

    assert ">1<" in (await doctor.get("/staff/badges")).text


async def test_rights_follow_the_patient_and_not_the_copied_team(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place
) -> None:
    """The job that tidies up after a move has not run yet."""
    elsewhere = await make_place(session)
    gone = await make_alert(session, patient=elsewhere.patient, team_id=place.team.id)
    comes = await make_patient(session, team=elsewhere.team)
    come = await make_alert(session, patient=comes)
    await move_patient(session, FEATURES, comes, place.team.id)
    await session.flush()

    page = await doctor.get("/staff/alerts")

    assert _order(page, [gone, come]) == [come]
    assert ">1<" in (await doctor.get("/staff/badges")).text


async def test_the_desk_has_a_line_for_each_severity_with_whoever_waits_longest(
    session: AsyncSession, place: Place, connection: AsyncConnection
) -> None:
    at = clock.now()
    first = await make_patient(session, team=place.team, name="陈永福")
    severe, *_ = [
        await make_alert(
            session,
            patient=patient,
            severity=Severity.SEVERE,
            at=at - timedelta(minutes=minutes),
        )
        for patient, minutes in ((first, 9), (place.patient, 5), (place.patient, 1))
    ]
    mild = await make_alert(session, patient=place.patient, severity=Severity.NOTICE)
    await make_alert(session, severity=Severity.DANGER)

    with counted(connection) as statements:
        lines = await desk.lines(session, place.actor, at, FEATURES)

    assert len(statements) == 1
    assert lines == [
        DeskLine(
            word,
            count,
            f"/staff/alerts?severity={severity}",
            severity,
            oldest_at,
            one.patient_id,
            ("处理", f"/staff/alerts/{one.id}"),
        )
        for word, count, severity, oldest_at, one in (
            ("紧急提醒", 3, Severity.SEVERE, at - timedelta(minutes=9), severe),
            ("一般提醒", 1, Severity.NOTICE, at, mild),
        )
    ]
