"""Two records of one person become one; nothing of a third moves."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.assembly import assemble
from app.core.db import Sessionmaker
from app.core.feature import Feature, FlagFact, FlagKind
from app.core.job_context import JobContext
from app.core.problems import Problem
from app.core.settings import Settings
from app.core.severity import Severity
from app.core.storage import Storage
from app.core.words import Mark
from app.features import FEATURES
from app.institutions.models import Institution, StaffMember, Team
from app.medication.models import Treatment
from app.patients import jobs
from app.patients.audit import MERGE_RECORDS, READ_RECORD
from app.patients.models import (
    BindingCode,
    ContactKind,
    ContactLog,
    Guardian,
    Patient,
    PatientFlag,
    Sex,
)
from app.patients.queries.guardians import account_of
from app.patients.search import document_hash, search_keys_of
from app.patients.service import binding_codes, bindings, flags, merging
from tests.accounts.factories import actor_of, documents, make_wechat_account, staff_client
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.medication.factories import make_treatment
from tests.patients.factories import make_child, make_guardian, make_patient, patient_client

pytestmark = pytest.mark.usefixtures("noon")
NUMBER, OTHER_NUMBER = "110105195803020040", "110105195803020067"


@pytest.fixture
async def home(session: AsyncSession) -> Institution:
    return await make_institution(session)


@pytest.fixture
async def team(session: AsyncSession, home: Institution) -> Team:
    return await make_team(session, institution=home)


@pytest.fixture
async def chief(session: AsyncSession, home: Institution) -> StaffMember:
    return await make_staff(session, institution=home, roles=[Role.SUPERVISOR])


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, chief: StaffMember) -> httpx.AsyncClient:
    return await staff_client(app, session, chief.id)


async def person(session: AsyncSession, team: Team, **columns: Any) -> Patient:
    number = columns.get("id_number")
    usual: dict[str, Any] = {
        "bound": False,
        "search_keys": search_keys_of("李桂英", "13800001234", number),
        "id_number_hash": document_hash(number) if number else None,
    }
    return await make_patient(session, team=team, **usual | columns)


def order(old: Patient, kept: Patient) -> merging.Merge:
    return merging.Merge(old.id, kept.id, old.version, kept.version)


async def merge(session: AsyncSession, chief: StaffMember, old: Patient, kept: Patient) -> None:
    actor = actor_of(chief.id, Role.SUPERVISOR)
    await merging.merge_records(session, FEATURES, actor, order(old, kept))
    await session.flush()


async def refusal(session: AsyncSession, chief: StaffMember, old: Patient, kept: Patient) -> str:
    with pytest.raises(Problem) as refused:
        await merge(session, chief, old, kept)
    return refused.value.type


async def contact(session: AsyncSession, patient: Patient, chief: StaffMember) -> None:
    line = ContactLog(
        patient_id=patient.id, staff_id=chief.id, kind=ContactKind.CALLED, note=None,
        client_key=f"key-of-{patient.id}",
    )  # fmt: skip
    session.add(line)
    await session.flush()


async def owners(session: AsyncSession, table: Any) -> list[UUID]:
    return list(await session.scalars(select(table.patient_id)))


async def test_all_that_is_kept_moves_and_a_neighbours_stays(
    app: FastAPI, session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    old = await make_patient(
        session, team=team, id_number=NUMBER, id_number_hash=document_hash(NUMBER),
        conditions=["hypertension"],
    )  # fmt: skip
    kept = await person(session, team, weight_kg=None)
    neighbour = await person(session, team)
    for patient in (old, neighbour):
        await contact(session, patient, chief)
        await binding_codes.issue_code(session, actor_of(chief.id), patient.id, f"CODE{patient.id}")
    account = old.wechat_account_id

    await merge(session, chief, old, kept)

    for table in (ContactLog, BindingCode):
        assert sorted(await owners(session, table)) == sorted([kept.id, neighbour.id])
    assert (kept.wechat_account_id, kept.id_number, kept.weight_kg) == (
        account, NUMBER, old.weight_kg,
    )  # fmt: skip
    assert kept.conditions == ["tuberculosis", "hypertension"]
    assert (old.merged_into_id, old.wechat_account_id, old.id_number) == (kept.id, None, None)
    assert old.closed_at is not None
    assert (old.version, kept.version, neighbour.version) == (2, 2, 1)
    me = await patient_client(app, kept).get("/api/me")
    assert me.json()["patient_id"] == str(kept.id)
    written = select(AuditEvent.patient_id).where(AuditEvent.action == MERGE_RECORDS.code)
    assert set(await session.scalars(written)) == {old.id, kept.id}
    codes = select(BindingCode.patient_id).where(
        BindingCode.expires_at > text("timestamptz '2026-09-10 04:00+00'")
    )
    assert list(await session.scalars(codes)) == [neighbour.id]


async def test_every_feature_s_hook_runs_and_listeners_hear_of_it(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    ran: list[tuple[UUID, UUID]] = []

    async def hook(_: AsyncSession, from_id: UUID, into_id: UUID) -> None:
        ran.append((from_id, into_id))

    old, kept = await person(session, team), await person(session, team)
    session.info["listeners"] = {merging.MERGED: ("toy.merged",)}
    actor = actor_of(chief.id, Role.SUPERVISOR)

    await merging.merge_records(
        session, assemble([Feature("toy", merges=hook)]), actor, order(old, kept)
    )

    heard = await session.execute(
        text("select args from procrastinate_jobs where task_name = 'toy.merged'")
    )
    assert ran == [(old.id, kept.id)]
    assert heard.scalars().all() == [{"from_id": str(old.id), "into_id": str(kept.id)}]


async def test_flags_follow(session: AsyncSession, team: Team, chief: StaffMember) -> None:
    kind = FlagKind("toy", Mark("alert", "玩具", "warn"), frozenset({"doctor"}))
    old, kept, neighbour = [await person(session, team) for _ in range(3)]
    for patient in (old, neighbour):
        await flags.set_flag(session, patient.id, "toy", kind, Severity.WARNING)

    async def truth(_: AsyncSession, ids: Collection[UUID], __: datetime) -> list[FlagFact]:
        return [FlagFact(i, "toy", Severity.DANGER, None, None) for i in ids if i == kept.id]

    features = assemble([Feature("toy", flags=(kind,), flag_truth=truth)])
    session.info["listeners"] = {merging.MERGED: ()}
    actor = actor_of(chief.id, Role.SUPERVISOR)
    await merging.merge_records(session, features, actor, order(old, kept))

    rows = await session.execute(
        select(PatientFlag.patient_id, PatientFlag.severity).where(PatientFlag.until.is_(None))
    )
    assert {tuple(row) for row in rows} == {
        (kept.id, Severity.DANGER), (neighbour.id, Severity.WARNING),
    }  # fmt: skip
    assert old.id not in await owners(session, PatientFlag)


@pytest.mark.parametrize(
    ("of_old", "of_kept", "problem"),
    [
        ({"id_number": NUMBER}, {"id_number": OTHER_NUMBER}, "different-id-numbers"),
        ({"bound": True}, {"bound": True}, "both-bound"),
        ({"birth_on": date(1958, 3, 3)}, {}, "different-persons"),
        ({"sex": Sex.MALE}, {}, "different-persons"),
    ],
)
async def test_what_may_be_two_persons_is_refused(
    session: AsyncSession, team: Team, chief: StaffMember,
    of_old: dict[str, Any], of_kept: dict[str, Any], problem: str,
) -> None:  # fmt: skip
    old, kept = await person(session, team, **of_old), await person(session, team, **of_kept)

    assert await refusal(session, chief, old, kept) == problem


async def test_a_bound_guardian_counts_as_bound_and_goes_along(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    old, kept = [await make_child(session, team=team, bound=bound) for bound in (True, False)]
    account = await account_of(session, old.id)
    third = await make_child(session, team=team)

    assert await refusal(session, chief, old, third) == "both-bound"
    await merge(session, chief, old, kept)

    guardians = select(Guardian.patient_id, Guardian.wechat_account_id)
    of_kept = [row for row in await session.execute(guardians) if row.patient_id != third.id]
    assert [tuple(row) for row in of_kept] == [(kept.id, account)]


async def test_of_two_unbound_guardians_the_kept_records_stays(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    old, kept = [await person(session, team) for _ in range(2)]
    await make_guardian(session, patient=old, bound=False, name="旧")
    await make_guardian(session, patient=kept, bound=False, name="新")

    await merge(session, chief, old, kept)

    assert [g.name for g in await session.scalars(select(Guardian))] == ["新"]


async def test_a_record_out_of_reach_or_changed_meanwhile_is_refused(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    old, kept = await person(session, team), await person(session, team)
    stranger = await make_patient(session, bound=False)
    actor = actor_of(chief.id, Role.SUPERVISOR)
    outdated = merging.Merge(old.id, kept.id, old.version, kept.version - 1)

    assert await refusal(session, chief, old, stranger) == "not-found"
    assert await refusal(session, chief, stranger, old) == "not-found"
    assert await refusal(session, chief, old, old) == "same-record"
    with pytest.raises(Problem) as refused:
        await merging.merge_records(session, FEATURES, actor, outdated)
    assert refused.value.type == "record-changed"


async def test_the_way_from_the_record_to_the_joined_one(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    old, kept = await person(session, team), await person(session, team, name="李贵英")
    await make_patient(session, name="别处的人", search_keys=kept.search_keys, bound=False)
    address = f"/staff/patients/{old.id}/merge"

    start = await browser.get(address)
    by_name = await browser.post(f"{address}/search", data={"q": "李贵英"})
    found = await browser.post(f"{address}/search", data={"q": "1234"})
    confirm = {"into_id": str(kept.id), "version": "1", "into_version": "1"}
    stale = await browser.post(address, data=confirm | {"into_version": "7"})
    done = await browser.post(address, data=confirm)

    assert start.status_code == 200
    assert (by_name.status_code, "手机号后四位" in by_name.text) == (422, True)
    assert "李贵英" in found.text
    assert "别处的人" not in found.text
    assert f'name="into_id" value="{kept.id}"' in found.text
    assert (stale.status_code, "刚刚被别人改过" in stale.text) == (422, True)
    assert done.headers["location"] == f"/staff/patients/{kept.id}"


async def test_each_of_two_records_stands_beside_its_own_guardian(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    old, kept, neighbour, _ = [await person(session, team) for _ in range(4)]
    neighbour.search_keys = []
    for patient, name in ((old, "王芳"), (kept, "赵强"), (neighbour, "钱多")):
        await make_guardian(session, patient=patient, bound=False, name=name)

    page = await browser.post(f"/staff/patients/{old.id}/merge/search", data={"q": "1234"})

    columns = page.text.split("<dt>监护人</dt>")[1:]
    guardians = [column.split("</dd>")[0].split("<dd>")[1].strip()[:2] for column in columns]
    assert guardians == ["王芳", "赵强", "王芳", "—"]  # beside each the record itself


async def test_what_a_feature_refuses_is_told_and_leaves_both_records(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    old, kept = await person(session, team), await person(session, team)
    for patient in (old, kept):
        await make_treatment(session, patient=patient)

    answer = await browser.post(
        f"/staff/patients/{old.id}/merge",
        data={"into_id": str(kept.id), "version": "1", "into_version": "1"},
    )

    assert answer.status_code == 422
    assert "请先结束其中一个" in answer.text
    await session.refresh(old)
    assert (old.merged_into_id, old.version, old.closed_at) == (None, 1, None)


async def test_the_emptied_record_leads_to_the_other_and_is_listed_no_more(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    first, second, third = [
        await person(session, team, name=name) for name in ("甲甲甲", "乙乙乙", "丙丙丙")
    ]
    await merge(session, chief, first, second)
    await merge(session, chief, second, third)

    page = await browser.get(f"/staff/patients/{first.id}/contacts")
    written = await browser.post(
        f"/staff/patients/{first.id}/contacts", data={"kind": "called", "key": "some-key"}
    )
    listed = await browser.get("/staff/patients")

    for answer in (page, written):
        assert (answer.status_code, answer.headers["location"]) == (
            303, f"/staff/patients/{third.id}",
        )  # fmt: skip
    assert await owners(session, ContactLog) == []
    assert "丙丙丙" in listed.text
    assert "甲甲甲" not in listed.text
    assert "乙乙乙" not in listed.text


async def test_looks_at_the_old_record_stay_readable_for_the_patient(
    app: FastAPI, browser: httpx.AsyncClient, session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    old, kept = await make_patient(session, team=team), await person(session, team)
    await browser.get(f"/staff/patients/{old.id}/edit")

    await merge(session, chief, old, kept)

    views = (await patient_client(app, kept).get("/api/me/views")).json()["items"]
    assert [v["what"] for v in views] == [READ_RECORD.word]


async def test_a_doctor_may_not_merge(app: FastAPI, session: AsyncSession, team: Team) -> None:
    doctor = await make_staff(session, team=team)
    patient = await person(session, team)
    browser = await staff_client(app, session, doctor.id)

    page = await browser.get(f"/staff/patients/{patient.id}/merge")
    head = await browser.get(f"/staff/patients/{patient.id}/contacts")

    assert page.status_code == 403
    assert "合并档案" not in head.text


async def test_a_code_given_out_for_an_emptied_record_binds_nothing(
    session: AsyncSession, team: Team, chief: StaffMember
) -> None:
    """It was being made while the record was joined."""
    old, kept = await person(session, team), await person(session, team)
    await merge(session, chief, old, kept)
    await binding_codes.issue_code(session, actor_of(chief.id), old.id, "ABCD2345")
    account = await make_wechat_account(session)
    given = documents(90)
    binder = bindings.Binder(account.id, [(d.purpose, d.version) for d in given])

    with pytest.raises(binding_codes.BindingCodeExpired):
        await bindings.bind(session, binder, "ABCD2345", given)

    assert old.closed_at is not None
    assert old.wechat_account_id is None


async def test_what_was_written_while_the_records_were_joined_follows(
    session: AsyncSession, settings: Settings, sessions: Sessionmaker, team: Team,
    chief: StaffMember,
) -> None:  # fmt: skip
    context = JobContext(settings, sessions, Storage(settings), FEATURES)
    old, kept, other = [await person(session, team) for _ in range(3)]
    await merge(session, chief, old, kept)
    for patient in (old, other):
        await contact(session, patient, chief)
        await make_treatment(session, patient=patient)

    for _ in range(2):
        await jobs.gather_merged(context, patient_id=str(old.id))

    for table in (ContactLog, Treatment):
        assert set(await owners(session, table)) == {kept.id, other.id}
    queued = await session.execute(
        text("select args, scheduled_at from procrastinate_jobs where task_name = :name"),
        {"name": "patients.gather_merged"},
    )
    assert [(row.args, row.scheduled_at) for row in queued] == [
        ({"patient_id": str(old.id)}, clock.now() + merging.GATHER_AFTER)
    ]
