"""Who was recorded is found again, however the name, the number or the phone was typed."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.forms import new_key
from app.institutions.models import Team
from app.patients.id_number import check_character
from app.patients.models import Patient
from tests.bystanders import BYSTANDER_ID

NEW, SEARCH = "/staff/patients/new", "/staff/patients/search"
UYGHUR, CHINESE = "阿依努尔·买买提", "黄素珍"
NUMBER = "510725195307143312"


def wide(plain: str) -> str:
    """Write ASCII in the full width of a Chinese keyboard."""
    return "".join(chr(ord(c) + 0xFEE0) for c in plain)


def form(team: Team, **changes: Any) -> dict[str, Any]:
    usual = {
        "name": CHINESE,
        "phone": "13711110021",
        "sex": "male",
        "birth_on": "1953-07-14",
        "id_number": "",
        "conditions": ["tuberculosis"],
        "team_id": str(team.id),
        "key": new_key(),
    }
    return usual | changes


async def only(session: AsyncSession) -> Patient:
    return (await session.scalars(select(Patient).where(Patient.id != BYSTANDER_ID))).one()


async def count(session: AsyncSession) -> int:
    others = select(func.count()).select_from(Patient).where(Patient.id != BYSTANDER_ID)
    return (await session.scalars(others)).one()


async def record(browser: httpx.AsyncClient, team: Team, **changes: Any) -> None:
    answer = await browser.post(NEW, data=form(team, **changes))
    assert answer.status_code == 303, answer.text


async def is_found(browser: httpx.AsyncClient, typed: str) -> bool:
    answer = await browser.post(SEARCH, data={"q": typed})
    return "没有找到这位患者" not in answer.text


@pytest.mark.parametrize(
    ("recorded", "typed"),
    [
        (UYGHUR, "阿依努尔・买买提"),
        (UYGHUR, "阿依努尔\uff0e买买提"),
        (UYGHUR, "阿依努尔.买买提"),
        (UYGHUR, "阿依努尔 买买提"),
        (UYGHUR, "买买提"),
        ("热依汗・吐尔逊", "热依汗·吐尔逊"),
        ("热依汗\u2022吐尔逊", "热依汗\u2219吐"),
        ("库尔班\uff0e热合曼", "库尔班·热合曼"),
        ("\uf9dc中", "隆中"),
        ("龚䶮", "龚\ue863"),
        ("龚\ue863", "龚䶮"),
        ("\uff37\uff21\uff2e\uff27 \uff2c\uff29", "wang li"),
        ("WANG LI", "li"),
        ("WANG LI", "wl"),
        ("\ufeff冯前导", "冯前导"),
        ("冯前导", "冯\u200b前导"),
        ("黄素珍", "素珍"),
        ("黄素珍", "素"),
        ("黄素珍", "hsz"),
        ("黄素珍", "HSZ"),
        ("黄素珍", wide("hs")),
        ("黄素珍", "sz"),
        ("欧阳修文", "修文"),
        ("诸葛亮", "亮"),
        ("单雄信", "sxx"),  # shan, a surname; dan otherwise
        ("仇和平", "qhp"),
        ("解放军", "xfj"),
        ("曾国藩", "zgf"),
        ("查良镛", "zly"),
        ("覃重行", "qch"),
    ],
)
async def test_a_name_is_found(
    browser: httpx.AsyncClient, team: Team, recorded: str, typed: str
) -> None:
    await record(browser, team, name=recorded)

    assert await is_found(browser, typed)


@pytest.mark.parametrize("typed", ["h", "zs", "hzs", "珍", "买买提"])
async def test_another_name_is_not_found(
    browser: httpx.AsyncClient, team: Team, typed: str
) -> None:
    await record(browser, team)

    assert not await is_found(browser, typed)


async def test_many_readings_make_a_bounded_number_of_keys(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team
) -> None:
    await record(browser, team, name="单重行长乐朴" * 6)

    keys = (
        await session.scalars(
            select(func.cardinality(Patient.search_keys)).where(Patient.id != BYSTANDER_ID)
        )
    ).one()
    assert keys < 36 * 3 + 27 * 3 * 36


@pytest.mark.parametrize(
    "typed",
    [NUMBER, "51072519530714" + wide("331") + "2", wide(NUMBER), "510725 19530714 3312",
     "510725-19530714-3312", "\u202d5107251953\u200b07143312"],
)  # fmt: skip
async def test_an_id_number_is_one_number(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, typed: str
) -> None:
    await record(browser, team, id_number=typed)

    again = await browser.post(NEW, data=form(team, name="另一人", id_number=NUMBER))

    assert (await only(session)).id_number == NUMBER
    assert (again.status_code, "已经建过档" in again.text) == (422, True)
    assert await is_found(browser, typed)
    assert await is_found(browser, wide(NUMBER))


@pytest.mark.parametrize("last", ["x", "\uff38", "\u00d7", "\u0425"])
async def test_the_check_letter_is_taken_as_it_is_typed(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, last: str
) -> None:
    typed = "11010519491231002" + last
    await record(browser, team, id_number=typed, birth_on="1949-12-31", sex="female")

    assert (await only(session)).id_number == "11010519491231002X"
    assert await is_found(browser, typed)


@pytest.mark.parametrize("region", ["810000", "830000", "911840"])
async def test_a_residence_permit_is_a_resident_id(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, region: str
) -> None:
    first = f"{region}19530714331"

    await record(browser, team, id_number=first + check_character(first))

    assert (await only(session)).document_kind == "resident_id"


@pytest.mark.parametrize(
    "typed",
    ["+8613711110021", "0086 137 1111 0021", "8613711110021", wide("13711110021"),
     "\u202d13711110021\u202c", "137\u20111111\u20110021", "137\uff0d1111\uff0d0021",
     "137111" + wide("10021"), "137·1111·0021"],
)  # fmt: skip
async def test_a_phone_is_one_number(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, typed: str
) -> None:
    await record(browser, team, phone=typed)

    assert (await only(session)).phone == "13711110021"
    assert await is_found(browser, typed)
    assert await is_found(browser, wide("0021"))


@pytest.mark.parametrize("blank", ["\u200b\u200b", "·", "\u3000\ufeff", "・\uff0e"])
@pytest.mark.parametrize("field", ["name", "guardian_name"])
async def test_a_name_of_nothing_is_refused(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team, blank: str, field: str
) -> None:
    guardian = {
        "guardian_name": "王芳", "guardian_phone": "13900005678", "guardian_relation": "mother",
    }  # fmt: skip

    answer = await browser.post(NEW, data=form(team) | guardian | {field: blank})

    assert (answer.status_code, "至少要有一个字" in answer.text) == (422, True)
    assert await count(session) == 0


@pytest.mark.parametrize(
    ("kind", "number", "typed"),
    [
        ("passport", "E12345678", "e1234 5678"),
        ("passport", "E12345678", wide("E12345678")),
        ("passport", "123456789", "123456789"),
        ("other", "军字第1234567号", "军字第 1234567 号"),
    ],
)
async def test_another_document_is_kept_and_found(
    browser: httpx.AsyncClient, session: AsyncSession, team: Team,
    kind: str, number: str, typed: str,
) -> None:  # fmt: skip
    await record(browser, team, document_kind=kind, id_number=typed)

    kept = await only(session)
    again = await browser.post(
        NEW, data=form(team, name="另一人", document_kind=kind, id_number=number)
    )
    page = await browser.get(f"/staff/patients/{kept.id}/edit")

    assert (kept.document_kind, kept.id_number) == (kind, number)
    assert await is_found(browser, typed)
    assert "已经建过档" in again.text
    assert f'<option value="{kind}" selected' in " ".join(page.text.split())


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        ("resident_id", "E12345678", "身份证号不对"),
        ("passport", "E1", "护照号不对"),
        ("passport", "护照E1234567", "护照号不对"),
        ("other", "没有", "证件号码不对"),
        ("driving_licence", "E12345678", "请从列表中选择"),
    ],
)
async def test_a_number_that_is_none_of_its_kind_is_refused(
    browser: httpx.AsyncClient, team: Team, kind: str, typed: str, sentence: str
) -> None:
    answer = await browser.post(NEW, data=form(team, document_kind=kind, id_number=typed))

    assert (answer.status_code, sentence in answer.text) == (422, True)
