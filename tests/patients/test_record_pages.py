"""The list, the search and the form of a patient's record on the PC."""

import re
from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core.forms import MADE_BEFORE, new_key
from app.institutions.models import Team
from app.patients.audit import CHANGE_RECORD, LIST_PATIENTS, READ_RECORD, SEARCH_PATIENTS
from app.patients.models import Patient
from app.patients.search import search_keys_of
from tests.accounts.factories import staff_client
from tests.counting import counted
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.patients.factories import make_patient

NUMBER = "11010519491231002X"
NEW = "/staff/patients/new"
SEARCH = "/staff/patients/search"
HTMX = {"hx-request": "true"}


def form(team: Team, **changes: object) -> dict[str, object]:
    usual = {
        "name": "赵秀珍",
        "phone": "138 0000 1234",
        "sex": "female",
        "birth_on": "19491231",
        "id_number": NUMBER,
        "weight_kg": "52.5",
        "conditions": ["tuberculosis", "diabetes"],
        "team_id": str(team.id),
        "key": new_key(),
    }
    return usual | changes


async def only_patient(session: AsyncSession) -> Patient:
    return (await session.scalars(select(Patient))).one()


async def actions(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(AuditEvent.action).order_by(AuditEvent.created_at)))


async def test_form_makes_a_record_and_leads_to_it(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    answer = await browser.post(NEW, data=form(team))

    patient = await only_patient(session)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/staff/patients/{patient.id}"
    assert (patient.name, patient.phone, patient.id_number) == ("赵秀珍", "13800001234", NUMBER)
    assert patient.birth_on == date(1949, 12, 31)
    assert patient.conditions == ["tuberculosis", "diabetes"]
    assert CHANGE_RECORD.code in await actions(session)


async def test_personal_columns_are_not_readable_in_the_database(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await browser.post(NEW, data=form(team))

    stored = (await session.execute(text("select row_to_json(p)::text from patient p"))).scalar()
    assert stored is not None
    for personal in ("赵", "13800001234", "1234", NUMBER):
        assert f'"{personal}' not in stored


async def test_id_number_weight_are_optional(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await browser.post(NEW, data=form(team, id_number="", weight_kg=""))

    patient = await only_patient(session)
    assert (patient.id_number, patient.id_number_hash, patient.weight_kg) == (None, None, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "请填写这一项"),
        ({"phone": "12345"}, "请填写 11 位手机号"),
        ({"birth_on": "去年"}, "日期不对"),
        ({"birth_on": "2199-01-01"}, "出生日期不对"),
        ({"id_number": "110105194912310021"}, "身份证号不对"),
        ({"birth_on": "1950-01-01"}, "身份证号里的出生日期"),
        ({"sex": "male"}, "身份证号里的性别"),
        ({"weight_kg": "五十"}, "请填写数字"),
        ({"weight_kg": "0.5"}, "不能小于 2"),
        ({"conditions": []}, "请填写这一项"),
        ({"conditions": ["gout"]}, "请从列表中选择"),
        ({"team_id": "elsewhere"}, "请从列表中选择"),
    ],
)
async def test_fault_is_told_beside_its_field_and_what_was_typed_stays(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    team: Team,
    wrong: dict[str, object],
    sentence: str,
) -> None:
    answer = await browser.post(NEW, data=form(team, **wrong), headers=HTMX)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "52.5" in answer.text or "weight_kg" in wrong
    assert await session.scalar(select(func.count()).select_from(Patient)) == 0


async def test_same_id_number_is_not_recorded_twice(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await browser.post(NEW, data=form(team))

    answer = await browser.post(NEW, data=form(team, name="赵秀兰"))

    assert answer.status_code == 422
    assert "已经建过档" in answer.text
    await only_patient(session)


async def test_team_of_others_cannot_be_chosen(
    browser: httpx.AsyncClient, session: AsyncSession
) -> None:
    foreign = await make_team(session, name="别的团队")

    page = await browser.get(NEW)
    answer = await browser.post(NEW, data=form(foreign))

    assert "别的团队" not in page.text
    assert answer.status_code == 422


async def test_change_keeps_the_record_findable_by_its_new_name(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await browser.post(NEW, data=form(team))
    patient = await only_patient(session)
    address = f"/staff/patients/{patient.id}/edit"

    shown = await browser.get(address)
    changed = await browser.post(
        address, data=form(team, name="钱秀珍", phone="13911112222", version="1")
    )
    found = await browser.post(SEARCH, data={"q": "钱"}, headers=HTMX)
    gone = await browser.post(SEARCH, data={"q": "赵"}, headers=HTMX)

    assert 'value="赵秀珍"' in shown.text
    assert changed.status_code == 303
    assert "钱秀珍" in found.text
    assert "没有找到" in gone.text
    assert READ_RECORD.code in await actions(session)


async def test_faulty_change_changes_nothing(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await browser.post(NEW, data=form(team))
    patient = await only_patient(session)
    address = f"/staff/patients/{patient.id}/edit"

    unreadable = await browser.post(address, data=form(team, phone="1"))
    contradiction = await browser.post(
        address, data=form(team, sex="male", name="新名", version="1")
    )

    assert (unreadable.status_code, contradiction.status_code) == (422, 422)
    crumb = f'<a class="crumb" href="/staff/patients/{patient.id}">赵秀珍</a>'
    first = await browser.get(address)
    assert [crumb in page.text for page in (first, unreadable, contradiction)] == [True] * 3
    read = await session.get_one(Patient, patient.id, populate_existing=True)
    assert read.name == "赵秀珍"


@pytest.mark.parametrize("path", ["edit", "binding"])
async def test_patient_of_another_team_is_not_found(
    browser: httpx.AsyncClient, session: AsyncSession, path: str
) -> None:
    stranger = await make_patient(session)

    answer = await browser.get(f"/staff/patients/{stranger.id}/{path}")

    assert answer.status_code == 404
    assert "没有找到" in answer.text


@pytest.mark.parametrize(
    "typed", ["李", "李桂英", "李 桂英", "13800001234", "138-0000-1234", "1234", NUMBER.lower()]
)
async def test_search_finds_by_name_phone_or_id_number(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, typed: str
) -> None:
    keys = search_keys_of("李桂英", "13800001234", NUMBER)
    await make_patient(session, team=team, search_keys=keys)
    await make_patient(session, team=team, name="王五")

    answer = await browser.post(SEARCH, data={"q": typed}, headers=HTMX)

    assert "李桂英" in answer.text
    assert "王五" not in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("typed", ["英", "贵英", "l", "yg", "1380000", "0000"])
async def test_search_does_not_guess(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, typed: str
) -> None:
    keys = search_keys_of("李桂英", "13800001234", None)
    await make_patient(session, team=team, search_keys=keys)

    answer = await browser.post(SEARCH, data={"q": typed})

    assert "没有找到这位患者" in answer.text


async def test_search_never_leaves_the_reach(
    browser: httpx.AsyncClient, session: AsyncSession
) -> None:
    await make_patient(session, search_keys=search_keys_of("李桂英", "13800001234", None))

    answer = await browser.post(SEARCH, data={"q": "李"})

    assert "李桂英" not in answer.text


async def test_supervisor_sees_the_subtree_and_no_more(app: FastAPI, session: AsyncSession) -> None:
    top = await make_institution(session)
    below = await make_institution(session, parent=top)
    chief = await make_staff(session, institution=top, roles=[Role.SUPERVISOR])
    await make_patient(session, team=await make_team(session, institution=below), name="管得到")
    await make_patient(session, name="管不到")

    page = await (await staff_client(app, session, chief.id)).get("/staff/patients")

    assert "管得到" in page.text
    assert "管不到" not in page.text


async def test_list_pages_on_without_gap_or_double(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    for number in range(53):
        await make_patient(session, team=team, bound=False, name=f"甲{number:02}")

    first = await browser.get("/staff/patients")
    cursor = first.text.split('name="cursor"')[1].split('value="')[1].split('"')[0]
    second = await browser.post(SEARCH, data={"q": "", "cursor": cursor}, headers=HTMX)

    names = {f"甲{number:02}" for number in range(53)}
    on_first = {n for n in names if n in first.text}
    on_second = {n for n in names if n in second.text}
    assert (len(on_first), len(on_second)) == (50, 3)
    assert on_first | on_second == names


async def test_every_list_notes_whom_it_showed(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    li, wang = [
        await make_patient(session, team=team, name=n, search_keys=search_keys_of(n, "", None))
        for n in ("李四", "王五")
    ]
    await make_patient(session)  # a stranger's

    await browser.get("/staff/patients")
    await browser.post(SEARCH, data={"q": "李"})
    await browser.post(SEARCH, data={"q": "没有"})

    rows = await session.execute(select(AuditEvent.action, AuditEvent.patient_id))
    assert sorted(tuple(row) for row in rows) == sorted(
        [
            (LIST_PATIENTS.code, li.id),
            (LIST_PATIENTS.code, wang.id),
            (SEARCH_PATIENTS.code, li.id),
        ]
    )


async def test_empty_list_says_how_to_begin(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/staff/patients")

    assert "您的团队还没有患者" in page.text
    assert "新建患者" in page.text


async def test_phone_numbers_are_masked_in_the_list(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await make_patient(session, team=team)

    page = await browser.get("/staff/patients")

    assert "138******34" in page.text
    assert "13800001234" not in page.text


async def test_page_costs_few_statements_whatever_its_length(
    browser: httpx.AsyncClient,
    session: AsyncSession,
    connection: AsyncConnection,
    team: Team,
) -> None:
    for number in range(30):
        await make_patient(session, team=team, bound=False, name=f"甲{number:02}")

    with counted(connection) as statements:
        await browser.get("/staff/patients")

    assert len(statements) <= 6, statements


async def test_operator_does_not_reach_records(app: FastAPI, session: AsyncSession) -> None:
    operator = await make_staff(session, roles=[Role.OPERATOR])

    answer = await (await staff_client(app, session, operator.id)).get("/staff/patients")

    assert answer.status_code == 403
    assert "没有这项权限" in answer.text


async def test_a_form_pressed_twice_makes_one_record(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    page = await browser.get(NEW)
    found = re.search(r'name="key"\s+value="([\w-]+)"', page.text)
    assert found is not None
    sent = form(team, id_number="", key=found[1])

    faulty = await browser.post(NEW, data=sent | {"id_number": NUMBER, "sex": "male"})
    answers = [await browser.post(NEW, data=sent) for _ in range(2)]
    other = await browser.post(NEW, data=sent | {"name": "赵秀兰"})

    patient = await only_patient(session)
    address = f"/staff/patients/{patient.id}"
    assert faulty.status_code == 422
    assert [(a.status_code, a.headers["location"]) for a in answers] == [(303, address)] * 2
    assert other.status_code == 422
    assert MADE_BEFORE in other.text


@pytest.mark.parametrize("field", ["name", "guardian_name"])
@pytest.mark.parametrize("typed", ["\u200b\u2060", "\u3164", "。"])
async def test_a_name_of_nothing_visible_is_refused(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, field: str, typed: str
) -> None:
    guardian = {
        "guardian_name": "王芳",
        "guardian_phone": "13800001235",
        "guardian_relation": "mother",
    }
    answer = await browser.post(NEW, data=form(team) | guardian | {field: typed})

    assert answer.status_code == 422
    assert (await session.scalars(select(Patient))).all() == []
