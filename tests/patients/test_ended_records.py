"""Staff end the care of a record, and take it back: who may, what is said, what the phone reads."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import Sessionmaker
from app.core.forms import new_key
from app.features import FEATURES
from app.institutions.models import StaffMember, Team, Title
from app.patients.models import BindingCode, Patient, RecordClosing, RecordEnd
from app.patients.problems import LeftByHolder, NotYoursToReopen
from app.patients.queries.guardians import guardian_of
from app.patients.search import search_keys_of
from app.patients.service import binding_codes, bindings, closing, reopening
from tests.accounts.factories import actor_of, documents, staff_client, wechat_client
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.patients.ending import end_record, take_back
from tests.patients.factories import make_child, make_patient, patient_client
from tests.racing import Work, together

pytestmark = pytest.mark.usefixtures("noon")
ENDED, NOT_BOUND = (403, "record-ended"), (403, "not-bound")
EVENTS = text("select task_name from procrastinate_jobs order by id")
DOCUMENTS = documents(90)


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    long_ago = clock.now() - timedelta(days=200)
    keys = search_keys_of("李桂英", "13800001234", None)
    return await make_patient(session, team=team, created_at=long_ago, search_keys=keys)


def form(patient: Patient, **changes: str) -> dict[str, str]:
    return {
        "reason": "died", "closed_on": "2026-09-08", "note": "家属来电",
        "version": str(patient.version), "key": new_key(),
    } | changes  # fmt: skip


def address(patient: Patient, act: str) -> str:
    return f"/staff/patients/{patient.id}/{act}"


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


async def details(session: AsyncSession, action: str) -> list[dict[str, Any] | None]:
    found = select(AuditEvent.detail).where(AuditEvent.action == action)
    return list(await session.scalars(found))


async def test_a_record_is_ended_once_and_the_page_says_by_whom_and_why(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    team: Team,
    doctor: StaffMember,
    patient: Patient,
) -> None:
    neighbour = await make_patient(session, team=team, name="王五")
    sent = form(patient)

    answers = [await browser.post(address(patient, "close"), data=sent) for _ in range(2)]
    page = await browser.get(address(patient, "closing"))
    head = await browser.get(f"/staff/patients/{patient.id}")
    found = await browser.post("/staff/patients/search", data={"q": "李桂英"})

    assert [a.status_code for a in answers] == [303, 303]
    (line,) = (await session.scalars(select(RecordClosing))).all()
    assert (line.patient_id, line.staff_id, line.reason) == (patient.id, doctor.id, "died")
    await session.refresh(patient)
    assert (patient.closed_why, patient.version) == (RecordEnd.DIED, 2)
    assert patient.wechat_account_id is not None
    for shown in (page, head):
        assert "已结束建档" in shown.text
        assert "去世" in shown.text
    assert doctor.name in page.text
    assert "家属来电" in page.text
    assert "开始治疗" not in head.text
    assert "恢复建档" in head.text
    assert "已结束建档" in found.text
    assert await details(session, "close_record") == [
        {"before": "in_care", "after": "died", "closed_on": "2026-09-08", "version": 2}
    ]
    await session.refresh(neighbour)
    assert (neighbour.closed_at, neighbour.closed_why, neighbour.version) == (None, None, 1)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": ""}, "请填写这一项"),
        ({"closed_on": "2026-09-11"}, "日期不能晚于今天"),
        ({"closed_on": "2026-06-01"}, "90 天"),
        ({"reason": "other", "note": ""}, "请写明原因"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    patient: Patient,
    wrong: dict[str, str],
    sentence: str,
) -> None:
    answer = await browser.post(address(patient, "close"), data=form(patient, **wrong))

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert "家属来电" in answer.text or "note" in wrong
    await session.refresh(patient)
    assert (patient.closed_at, patient.closed_why) == (None, None)


async def test_who_opened_the_form_before_a_change_is_told_what_changed(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    patient: Patient,
    doctor: StaffMember,
) -> None:
    sent = form(patient)
    await bindings.unbind(session, actor_of(doctor.id), patient)

    answer = await browser.post(address(patient, "close"), data=sent)
    again = await browser.post(address(patient, "close"), data=sent | {"version": "2"})

    assert answer.status_code == 409
    assert f"{doctor.name} 9月10日" in answer.text
    assert "解除绑定" in answer.text
    assert "家属来电" in answer.text
    assert again.status_code == 303


@pytest.mark.parametrize("title", [Title.VILLAGE_DOCTOR, Title.NURSE])
async def test_it_is_for_whoever_may_end_a_treatment(
    app: FastAPI, session: AsyncSession, team: Team, patient: Patient, title: Title
) -> None:
    staff = await make_staff(session, team=team, title=title)
    http = await staff_client(app, session, staff.id)

    page = await http.get(address(patient, "closing"))
    answer = await http.post(address(patient, "close"), data=form(patient))

    assert (page.status_code, 'name="reason"' in page.text) == (200, False)
    assert answer.status_code == 403
    await session.refresh(patient)
    assert patient.closed_at is None


@pytest.mark.parametrize("who", ["another team", "another institution's supervisor"])
async def test_nobody_else_finds_the_record(
    app: FastAPI, session: AsyncSession, patient: Patient, who: str
) -> None:
    role = Role.DOCTOR if who == "another team" else Role.SUPERVISOR
    place = await make_team(session, institution=await make_institution(session))
    http = await staff_client(
        app, session, (await make_staff(session, team=place, roles=[role])).id
    )

    answers = [
        await http.get(address(patient, "closing")),
        await http.post(address(patient, "close"), data=form(patient)),
        await http.post(address(patient, "reopen"), data={"why": "记错", "version": "1"}),
    ]

    assert [a.status_code for a in answers] == [404] * 3
    await session.refresh(patient)
    assert patient.closed_at is None


async def test_taken_back_the_line_is_struck_through_and_the_trail_tells_both(
    browser: httpx.AsyncClient, session: AsyncSession, patient: Patient, doctor: StaffMember
) -> None:
    await end_record(session, actor_of(doctor.id), patient)

    sent = [("", "2"), ("记错了人", "1"), ("记错了人", "2"), ("记错了人", "3")]
    nothing, stale, answer, twice = [
        await browser.post(address(patient, "reopen"), data={"why": why, "version": version})
        for why, version in sent
    ]
    page = await browser.get(address(patient, "closing"))

    statuses = [a.status_code for a in (nothing, stale, answer, twice)]
    assert statuses == [422, 409, 303, 422]
    assert "不用恢复" in twice.text
    assert "结束建档" in stale.text
    assert 'value="记错了人"' in stale.text
    await session.refresh(patient)
    assert (patient.closed_at, patient.closed_why, patient.version) == (None, None, 3)
    assert 'class="struck"' in page.text
    assert "已更正" in page.text
    assert "记错了人" in page.text
    assert [await details(session, a) for a in ("close_record", "reopen_record")] == [
        [{"before": "in_care", "after": "died", "closed_on": "2026-09-10", "version": 2}],
        [{"before": "died", "after": "in_care", "closed_on": "2026-09-10", "version": 3}],
    ]
    told = list((await session.execute(EVENTS)).scalars())
    assert "medication.record_reopened" in told
    assert "alerts.closing_taken_back" in told


async def test_its_author_takes_it_back_within_a_day_later_a_supervisor(
    session: AsyncSession, team: Team, patient: Patient, doctor: StaffMember
) -> None:
    author = actor_of(doctor.id)
    colleague = actor_of((await make_staff(session, team=team)).id)
    chief = actor_of((await make_staff(session, team=team)).id, Role.SUPERVISOR)
    made = await end_record(session, author, patient)

    with clock.frozen(made.created_at + timedelta(hours=23)):
        with pytest.raises(NotYoursToReopen):
            await take_back(session, colleague, patient)
        assert reopening.may_take_back(author, made)
    with clock.frozen(made.created_at + timedelta(hours=24)):
        with pytest.raises(NotYoursToReopen):
            await take_back(session, author, patient)
        await take_back(session, chief, patient)

    assert patient.closed_at is None
    assert (made.taken_back_by, made.taken_back_why) == (chief.account_id, "记错了人")


async def test_what_the_holder_left_is_not_for_staff_to_open(
    browser: httpx.AsyncClient, session: AsyncSession, patient: Patient, doctor: StaffMember
) -> None:
    """Also where staff had ended it before: consent was withdrawn since."""
    await end_record(session, actor_of(doctor.id), patient)
    assert patient.wechat_account_id is not None
    await closing.close_account(session, FEATURES, patient.wechat_account_id, patient)
    await session.flush()

    page = await browser.get(address(patient, "closing"))
    with pytest.raises(LeftByHolder):
        await take_back(session, actor_of(doctor.id, Role.SUPERVISOR), patient)

    assert patient.closed_why is None
    assert patient.closed_at is not None
    assert "注销了账号" in page.text
    assert 'name="why"' not in page.text


async def test_two_at_once_end_a_record_once_and_take_it_back_once(
    committed_database: Sessionmaker,
) -> None:
    async with committed_database.begin() as session:
        team = await make_team(session)
        patient, neighbour = [await make_patient(session, team=team) for _ in range(2)]
        doctors = [actor_of((await make_staff(session, team=team)).id) for _ in range(2)]

    def ending(n: int) -> Work:
        async def work(session: AsyncSession) -> None:
            row = await session.get_one(Patient, patient.id)
            order = closing.Ending(RecordEnd.DIED, clock.today_in(row.zone))
            await closing.close_record(session, FEATURES, doctors[n], row, order, version=1)

        return work

    def opening(n: int) -> Work:
        async def work(session: AsyncSession) -> None:
            row = await session.get_one(Patient, patient.id)
            chief = actor_of(doctors[n].account_id, Role.SUPERVISOR)
            await reopening.take_back(session, chief, row, "记错了人", version=2)

        return work

    assert await together(committed_database, ending(0), ending(1)) == ["ok", "record-is-closed"]
    assert await together(committed_database, opening(0), opening(1)) == ["ok", "record-is-open"]
    async with committed_database() as session:
        lines = (await session.scalars(select(RecordClosing))).all()
        rows = [await session.get_one(Patient, one.id) for one in (patient, neighbour)]
    assert len(lines) == 1
    assert [(row.closed_at, row.version) for row in rows] == [(None, 3), (None, 1)]


# -- the phone ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "care_goes_on"), [("died", False), ("moved_away", True)])
async def test_the_phone_of_an_ended_record_is_asked_for_nothing_and_told_whom_to_call(
    app: FastAPI,
    session: AsyncSession,
    team: Team,
    patient: Patient,
    doctor: StaffMember,
    reason: str,
    care_goes_on: bool,
) -> None:
    phone = patient_client(app, patient)
    neighbour = patient_client(app, await make_patient(session, team=team))
    before = await phone.get("/api/me/ending")
    await end_record(session, actor_of(doctor.id), patient, RecordEnd(reason))

    ending = await phone.get("/api/me/ending")

    assert before.status_code == 404
    assert (ending.status_code, ending.json()["care_goes_on"]) == (200, care_goes_on)
    assert ending.json()["team_name"] == team.name
    for path in ("/api/today", "/api/me", "/api/notices"):
        assert said(await phone.get(path)) == ENDED
        assert (await neighbour.get(path)).status_code == 200
    for path in ("/api/me/views", "/api/me/export"):  # what the law leaves
        assert (await phone.get(path)).status_code == 200
    await take_back(session, actor_of(doctor.id), patient)
    assert (await phone.get("/api/me")).status_code == 200


async def test_a_guardians_phone_reads_it_too(
    app: FastAPI, session: AsyncSession, doctor: StaffMember, team: Team
) -> None:
    child = await make_child(session, team=team)
    guardian = await guardian_of(session, child.id)
    assert guardian is not None
    assert guardian.wechat_account_id is not None
    phone = wechat_client(app, guardian.wechat_account_id)
    await end_record(session, actor_of(doctor.id), child)

    assert (await phone.get("/api/me/ending")).status_code == 200
    assert said(await phone.get("/api/today")) == ENDED


async def test_the_holder_may_still_leave(
    app: FastAPI, session: AsyncSession, patient: Patient, doctor: StaffMember
) -> None:
    phone = patient_client(app, patient)
    await end_record(session, actor_of(doctor.id), patient)

    answer = await phone.post("/api/me/close", json={"confirm": True})

    assert answer.status_code == 204
    await session.refresh(patient)
    assert (patient.closed_why, patient.wechat_account_id) == (None, None)
    assert patient.closed_at is not None


async def test_codes_stop_working_and_none_is_made_until_it_is_open_again(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, doctor: StaffMember
) -> None:
    patient, other = [await make_patient(session, team=team, bound=False) for _ in range(2)]
    actor = actor_of(doctor.id)
    for one, code in ((patient, "ABCD2345"), (other, "EFGH2345")):
        await binding_codes.issue_code(session, actor, one.id, code)

    await end_record(session, actor, patient)
    answer = await browser.post(address(patient, "binding"))
    page = await browser.get(address(patient, "binding"))

    assert answer.status_code == 409
    assert "先恢复建档" in answer.text
    assert "生成绑定码</button>" not in page.text
    valid = select(BindingCode.patient_id).where(BindingCode.expires_at > clock.now())
    assert other.id in (still := list(await session.scalars(valid)))
    assert patient.id not in still


async def test_a_phone_of_an_ended_record_binds_where_another_team_takes_the_patient_in(
    app: FastAPI, session: AsyncSession, patient: Patient, doctor: StaffMember
) -> None:
    account_id = patient.wechat_account_id
    assert account_id is not None
    await end_record(session, actor_of(doctor.id), patient, RecordEnd.MOVED_AWAY)
    anew = await make_patient(session, bound=False)
    await binding_codes.issue_code(session, actor_of(doctor.id), anew.id, "ABCD2345")
    yes = [(d.purpose, d.version) for d in DOCUMENTS]

    await bindings.bind(session, bindings.Binder(account_id, yes), "ABCD2345", DOCUMENTS)
    await session.flush()

    await session.refresh(patient)
    assert (patient.wechat_account_id, anew.wechat_account_id) == (None, account_id)
    assert patient.closed_why is RecordEnd.MOVED_AWAY
    assert (await wechat_client(app, account_id).get("/api/me")).json()["patient_id"] == str(
        anew.id
    )
