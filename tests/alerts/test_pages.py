"""An alert's page, the acts on it, a patient's record of alerts, as they go over HTTP."""

import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent
from app.alerts import service
from app.alerts.models import Alert, AlertState
from app.core import clock
from app.medication.alert_kinds import MISSES_IN_ROW
from app.medication.models import Treatment
from app.medication.queries.described import treatment_ref
from tests.accounts.factories import staff_client
from tests.alerts.conftest import Place
from tests.alerts.factories import make_alert
from tests.counting import counted
from tests.medication.factories import make_treatment

pytestmark = pytest.mark.usefixtures("noon")

HTMX = {"HX-Request": "true"}


@pytest.fixture
async def alert(session: AsyncSession, place: Place) -> Alert:
    treatment = await make_treatment(session, patient=place.patient)
    return await make_alert(
        session,
        patient=place.patient,
        kind=MISSES_IN_ROW,
        subject=treatment_ref(treatment.id),
        level=4,
        detail={"count": 4},
    )


def _handling(**changes: str) -> dict[str, str]:
    return {"action_taken": "已上门看望", "times_raised": "1"} | changes


async def test_an_alert_is_handled_by_saying_what_was_done(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    answer = await doctor.post(f"/staff/alerts/{alert.id}/handle", data=_handling())

    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/alerts")
    await session.refresh(alert)
    assert (alert.state, alert.handled_by) == (AlertState.HANDLED, place.doctor.id)
    history = await doctor.get(f"/staff/patients/{place.patient.id}/alerts")
    assert "已上门看望" in history.text
    assert "连续漏服" in history.text


@pytest.mark.parametrize("word", [" ", "字" * 301, "\u200b\u2060", "\u3164", "\x00"])
async def test_an_alert_is_not_handled_without_a_word_or_with_too_many(
    doctor: httpx.AsyncClient, session: AsyncSession, alert: Alert, word: str
) -> None:
    answer = await doctor.post(
        f"/staff/alerts/{alert.id}/handle", data=_handling(action_taken=word)
    )

    assert answer.status_code == 422
    assert "请写下做了什么" in answer.text
    await session.refresh(alert)
    assert alert.state is AlertState.OPEN


async def test_the_second_of_two_reads_who_was_first(
    app: FastAPI, doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    address = f"/staff/alerts/{alert.id}/handle"
    await doctor.post(address, data=_handling())
    async with await staff_client(app, session, place.colleague.id) as colleague:
        page = await colleague.post(address, data=_handling(action_taken="没人接"))
        part = await colleague.post(address, data=_handling(), headers=HTMX)

    for answer in (page, part):
        assert answer.status_code == 409
        assert "已经处理过了" in answer.text
        assert place.doctor.name in answer.text
    await session.refresh(alert)
    assert alert.action_taken == "已上门看望"


async def test_acts_lead_back_to_where_the_alert_was_seen_and_never_elsewhere(
    doctor: httpx.AsyncClient, place: Place, alert: Alert
) -> None:
    home = f"/staff/patients/{place.patient.id}"
    seen, handle = (f"/staff/alerts/{alert.id}/{act}" for act in ("seen", "handle"))
    assert f'name="back" value="{home}"' in (await doctor.get(home)).text

    elsewhere = await doctor.post(seen, data={"back": "https://evil.test/staff/x"})
    by_htmx = await doctor.post(seen, data={"back": home}, headers=HTMX)
    back = await doctor.post(handle, data=_handling(back=home))
    taken_back = await doctor.post(
        f"/staff/alerts/{alert.id}/take-back", data={"note": "记错了人", "back": home}
    )

    assert elsewhere.headers["location"] == "/staff/x"
    assert (by_htmx.status_code, by_htmx.headers["hx-redirect"]) == (204, home)
    assert (back.headers["location"], taken_back.headers["location"]) == (home, home)


async def test_its_page_tells_what_it_is_about_and_everything_that_was_done(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    await service.mark_seen(session, place.actor, alert)
    await service.hand_over(session, place.actor, alert, place.supervisor.id, place.team.id)
    await service.handle(session, place.second, alert, "打错了电话")
    await service.take_back(session, place.second, alert, "不是这位患者")

    page = await doctor.get(f"/staff/alerts/{alert.id}")

    treatment = await session.get_one(Treatment, alert.subject_id)
    about = f'<a href="/staff/treatments/{treatment.id}">{treatment.name}</a>'
    for word in (
        *("连续漏服", "4 次", about, place.patient.phone, "已看", "转交给周督导"),
        *("打错了电话", "不是这位患者", "撤回处理", place.doctor.name, place.colleague.name),
    ):
        assert word in page.text, word
    assert f'value="{place.colleague.id}"' in page.text
    assert f'value="{place.doctor.id}"' not in page.text


async def test_hand_over_and_take_back(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    address = f"/staff/alerts/{alert.id}"

    nobody = await doctor.post(f"{address}/hand-over", data={"staff_id": "nonsense"})
    handed = await doctor.post(
        f"{address}/hand-over", data={"staff_id": str(place.colleague.id), "back": address}
    )
    assert (await doctor.post(f"{address}/take-back", data={"note": "错了"})).status_code == 409
    await doctor.post(f"{address}/handle", data=_handling())
    without = await doctor.post(f"{address}/take-back", data={"note": ""})
    assert "撤回处理" in (await doctor.get(address)).text
    taken = await doctor.post(f"{address}/take-back", data={"note": "错了"})

    assert (nobody.status_code, without.status_code) == (422, 422)
    assert (handed.status_code, handed.headers["location"]) == (303, address)
    assert taken.status_code == 303
    await session.refresh(alert)
    assert (alert.state, alert.assigned_to) == (AlertState.OPEN, place.colleague.id)


async def test_the_second_to_hand_over_is_told_so_and_overrules_nobody(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    address = f"/staff/alerts/{alert.id}/hand-over"
    await doctor.post(address, data={"staff_id": str(place.colleague.id)})
    shown_before = {"staff_id": str(place.supervisor.id), "assigned_to": ""}

    stale = await doctor.post(address, data=shown_before)
    again = await doctor.post(address, data={"staff_id": str(place.colleague.id)})

    assert (stale.status_code, "别的同事转交过了" in stale.text) == (409, True)
    assert again.status_code == 303  # a second press of the first
    await session.refresh(alert)
    assert alert.assigned_to == place.colleague.id
    page = (await doctor.get(f"/staff/alerts/{alert.id}")).text
    assert f'name="assigned_to" value="{place.colleague.id}"' in page
    seen = shown_before | {"assigned_to": str(place.colleague.id)}
    assert (await doctor.post(address, data=seen)).status_code == 303


async def test_ones_own_handling_is_taken_back_within_a_day(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    address = f"/staff/alerts/{alert.id}"
    await doctor.post(f"{address}/handle", data=_handling())
    alert.handled_at = clock.now() - timedelta(hours=24)
    await session.flush()

    refused = await doctor.post(f"{address}/take-back", data={"note": "错了"})

    assert (refused.status_code, "请督导" in refused.text) == (403, True)
    assert "撤回处理" not in (await doctor.get(address)).text
    await session.refresh(alert)
    await service.take_back(session, place.supervising, alert, "错了")
    assert alert.state is AlertState.OPEN


async def test_a_stranger_finds_no_alert_and_changes_none(
    stranger: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    address = f"/staff/alerts/{alert.id}"
    answers = [
        await stranger.get(address),
        await stranger.get(f"/staff/patients/{place.patient.id}/alerts"),
        await stranger.post(f"{address}/seen"),
        await stranger.post(f"{address}/handle", data=_handling()),
        await stranger.post(f"{address}/hand-over", data={"staff_id": str(place.colleague.id)}),
        await stranger.post(f"{address}/take-back", data={"note": "错了"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    await session.refresh(alert)
    assert (alert.state, alert.assigned_to) == (AlertState.OPEN, None)


async def test_every_look_and_act_is_in_the_audit_under_the_patient(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    address = f"/staff/alerts/{alert.id}"
    await doctor.get(address)
    await doctor.post(f"{address}/seen")
    await doctor.post(f"{address}/hand-over", data={"staff_id": str(place.colleague.id)})
    await doctor.post(f"{address}/handle", data=_handling())
    await doctor.post(f"{address}/take-back", data={"note": "错了"})
    await doctor.get(f"/staff/patients/{place.patient.id}/alerts")

    rows = await session.execute(
        select(AuditEvent.action, AuditEvent.subject_id)
        .where(AuditEvent.patient_id == place.patient.id)
        .order_by(AuditEvent.created_at, AuditEvent.id)
    )
    acts = ["read_record", "see_alert", "hand_over_alert", "handle_alert", "take_back_alert"]
    found = [tuple(row) for row in rows]
    assert len(found) == len(acts) + 1
    assert set(found) == {(act, alert.id) for act in acts} | {("read_record", None)}
    details = await session.execute(
        select(
            AuditEvent.action, AuditEvent.detail["before"].astext, AuditEvent.detail["after"].astext
        )
        .where(AuditEvent.detail.is_not(None))
        .order_by(AuditEvent.id)
    )
    assert [tuple(row) for row in details] == [
        ("see_alert", "open", "seen"),
        ("hand_over_alert", None, str(place.colleague.id)),
        ("handle_alert", "seen", "handled"),
        ("take_back_alert", "handled", "open"),
    ]


@pytest.mark.parametrize("many", [2, 60])
async def test_pages_send_no_more_statements_for_more_alerts(
    doctor: httpx.AsyncClient,
    session: AsyncSession,
    place: Place,
    alert: Alert,
    connection: AsyncConnection,
    many: int,
) -> None:
    for _ in range(many):
        await make_alert(session, patient=place.patient)
        await make_alert(session, patient=place.patient, state=AlertState.CLOSED)
        await service.hand_over(session, place.actor, alert, place.colleague.id, place.team.id)

    for address, most in (
        (f"/staff/patients/{place.patient.id}/alerts", 8),
        (f"/staff/alerts/{alert.id}", 10),
    ):
        with counted(connection) as statements:
            answer = await doctor.get(address)

        assert answer.status_code == 200
        assert len(statements) <= most, statements


async def test_htmx_gets_the_part_and_a_browser_the_whole(
    doctor: httpx.AsyncClient, place: Place, alert: Alert
) -> None:
    for address in (
        f"/staff/alerts/{alert.id}",
        f"/staff/patients/{place.patient.id}/alerts",
        "/staff/alerts",
    ):
        assert "<html" in (await doctor.get(address)).text
        assert "<html" not in (await doctor.get(address, headers=HTMX)).text


async def test_a_news_line_in_the_inbox_leads_to_the_alert(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    await service.hand_over(session, place.second, alert, place.doctor.id, place.team.id)

    inbox = await doctor.get("/staff/inbox")

    assert "同事转交给您一条提醒" in inbox.text
    assert place.patient.name not in inbox.text


@pytest.mark.parametrize("version", ["", "-1", "99999999999999", "两次"])
async def test_a_version_of_nonsense_is_refused_in_words(
    doctor: httpx.AsyncClient, session: AsyncSession, alert: Alert, version: str
) -> None:
    answer = await doctor.post(
        f"/staff/alerts/{alert.id}/handle", data=_handling(times_raised=version)
    )

    assert answer.status_code == 422
    await session.refresh(alert)
    assert alert.state is AlertState.OPEN


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    "back", ["/staff/病人", "/staff/a\r\nx-set: 1", "//evil.example", "/staff/" + "x" * 9000]
)
async def test_a_way_back_of_nonsense_breaks_no_answer(
    doctor: httpx.AsyncClient, alert: Alert, back: str, headers: dict[str, str]
) -> None:
    answer = await doctor.post(
        f"/staff/alerts/{alert.id}/handle", data=_handling(back=back), headers=headers
    )

    assert answer.status_code in {204, 303}
    assert "x-set" not in answer.headers
    to = answer.headers.get("location") or answer.headers["hx-redirect"]
    assert to.startswith("/staff")


async def test_on_stale_news_what_was_typed_stays_beside_what_is_new(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    beside = await make_alert(session, patient=place.patient)
    back = f"/staff/patients/{place.patient.id}"
    alert.times_raised, alert.level, alert.detail = 2, 7, {"count": 7}
    await session.flush()
    address = f"/staff/alerts/{alert.id}/handle"

    stale = await doctor.post(address, data=_handling(action_taken="约了周四面谈", back=back))
    await session.refresh(alert)
    before = alert.state
    form = re.search(rf'<form[^>]*action="{address}".*?</form>', stale.text, re.DOTALL)
    assert form
    sent = dict(re.findall(r'name="(\w+)"\s+(?:type="text"\s+)?value="([^"]*)"', form.group()))
    again = await doctor.post(address, data=sent)

    assert stale.status_code == 409
    assert "情况刚刚加重" in stale.text
    assert "7 次" in stale.text
    assert (sent["action_taken"], sent["times_raised"], sent["back"]) == ("约了周四面谈", "2", back)
    assert before is AlertState.OPEN
    assert (again.status_code, again.headers["location"]) == (303, back)
    for one in (alert, beside):
        await session.refresh(one)
    assert (alert.action_taken, beside.state) == ("约了周四面谈", AlertState.OPEN)


async def test_what_a_colleague_handled_first_shows_both_words(
    doctor: httpx.AsyncClient, session: AsyncSession, place: Place, alert: Alert
) -> None:
    await service.handle(session, place.second, alert, "已上门看望")
    await session.flush()

    answer = await doctor.post(
        f"/staff/alerts/{alert.id}/handle", data=_handling(action_taken="约了周四面谈")
    )

    assert answer.status_code == 409
    assert "已上门看望" in answer.text
    assert "您刚才写的没有保存：<q>约了周四面谈</q>" in answer.text
