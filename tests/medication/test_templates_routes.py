"""Treatment templates: a supervisor's to write and withdraw, offered in the subtree."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent, Role
from app.core.clock import today_in
from app.institutions.models import Institution, Title
from app.medication.models import Slot, Treatment
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_institution, make_staff, make_team
from tests.medication.test_pages_treatments import order
from tests.patients.factories import make_patient

ADDRESS, WRITTEN = "/api/admin/treatment-templates", "/api/treatment-templates"
BOTH = (Role.DOCTOR, Role.SUPERVISOR)
DRUG = {
    "name": "氨氯地平片",
    "strength": "5 mg",
    "slots": ["morning"],
    "weekdays": [1, 3, 5],
    "tablets": "0.5",
}


def template(name: str = "隔日半片", **drug: Any) -> dict[str, Any]:
    phase = {"name": "长期", "weeks": 12, "drugs": [DRUG | drug]}
    return {"name": name, "condition": "hypertension", "definition": {"phases": [phase]}}


class Tree:
    """A town above a village, and another town beside it; each with who may write a template."""

    def __init__(self, app: FastAPI, session: AsyncSession) -> None:
        self.app, self.session = app, session

    async def build(self) -> "Tree":
        self.top = await make_institution(self.session)
        self.town = await make_institution(self.session, parent=self.top, name="竹溪镇卫生院")
        self.village = await make_institution(self.session, parent=self.town)
        self.beside = await make_institution(self.session, parent=self.top)
        return self

    async def of(
        self, home: Institution, *roles: Role, title: Title = Title.SPECIALIST
    ) -> httpx.AsyncClient:
        staff = await make_staff(
            self.session, institution=home, roles=roles or BOTH, title=title, name="李秀英"
        )
        return await staff_client(self.app, self.session, staff.id)

    async def listed(self, home: Institution) -> list[str]:
        told = (await (await self.of(home)).get(ADDRESS)).json()
        return [t["name"] for t in told if t["institution_id"]]

    async def chosen(self, home: Institution) -> str:
        """Show what a doctor of that place may start from."""
        team = await make_team(self.session, institution=home)
        doctor = await make_staff(self.session, team=team, title=Title.SPECIALIST)
        patient = await make_patient(self.session, team=team)
        browser = await staff_client(self.app, self.session, doctor.id)
        return (await browser.get(f"/staff/patients/{patient.id}/treatments/new")).text


@pytest.fixture
async def tree(app: FastAPI, session: AsyncSession) -> Tree:
    return await Tree(app, session).build()


async def write(
    browser: httpx.AsyncClient, body: dict[str, Any], key: str = "made-once-only"
) -> httpx.Response:
    return await browser.post(WRITTEN, json=body, headers={"Idempotency-Key": key})


async def withdraw(browser: httpx.AsyncClient, template_id: str) -> int:
    return (await browser.post(f"{WRITTEN}/{template_id}/withdraw")).status_code


async def test_the_standard_templates_are_there(tree: Tree) -> None:
    told = (await (await tree.of(tree.village, Role.OPERATOR)).get(ADDRESS)).json()

    assert [t["condition"] for t in told] == ["diabetes", "hypertension", "tuberculosis"]
    phases = told[2]["definition"]["phases"]
    assert [(p["name"], p["doses"]) for p in phases] == [("强化期", 60), ("继续期", 120)]
    assert "项目标准模板" in await tree.chosen(tree.village)


async def test_it_is_offered_at_the_author_s_place_and_below_with_the_author(tree: Tree) -> None:
    answer = await write(await tree.of(tree.town), template())

    assert answer.status_code == 201
    pages = [await tree.chosen(at) for at in (tree.town, tree.village, tree.beside, tree.top)]
    assert ["隔日半片" in page for page in pages] == [True, True, False, False]
    assert "竹溪镇卫生院 李秀英" in pages[0]
    lists = [await tree.listed(at) for at in (tree.town, tree.village, tree.top, tree.beside)]
    assert lists == [["隔日半片"]] * 3 + [[]]


async def test_only_a_supervisor_who_may_start_treatments_writes_one(tree: Tree) -> None:
    tries = [
        await tree.of(tree.town, Role.OPERATOR),
        await tree.of(tree.town, Role.RECORDS_CLERK),
        await tree.of(tree.town, Role.DOCTOR),
        await tree.of(tree.town, title=Title.NURSE),
    ]

    answers = [await write(who, template()) for who in tries]

    assert [a.status_code for a in answers] == [403] * 4


async def test_one_withdrawn_is_not_offered_and_its_name_is_free(
    tree: Tree, session: AsyncSession
) -> None:
    browser = await tree.of(tree.town)
    made = (await write(browser, template())).json()["id"]
    kept = (await write(browser, template("每日一片"), "another-intent")).json()["id"]

    below, beside = await tree.of(tree.village), await tree.of(tree.beside)
    strangers = [await withdraw(who, made) for who in (below, beside)]
    done = [await withdraw(await tree.of(tree.top), made), await withdraw(browser, made)]

    assert (strangers, done) == ([404, 404], [204, 204])
    assert await tree.listed(tree.town) == ["每日一片"]
    assert "隔日半片" not in await tree.chosen(tree.town)
    assert (await write(browser, template(), "the-name-again")).status_code == 201
    trail = await session.scalars(
        select(AuditEvent).where(AuditEvent.action == "change_template").order_by(AuditEvent.id)
    )
    told = [(e.detail or {}) | {} for e in trail]
    assert [t["code"] for t in told] == ["created", "created", "template_withdrawn", "created"]
    assert [t["template_id"] for t in told[:3]] == [made, kept, made]


async def test_a_treatment_is_not_started_from_one_that_is_not_offered(
    tree: Tree, app: FastAPI, session: AsyncSession
) -> None:
    made = (await write(await tree.of(tree.beside), template())).json()["id"]
    team = await make_team(session, institution=tree.town)
    doctor = await make_staff(session, team=team, title=Title.SPECIALIST)
    patient = await make_patient(session, team=team)
    browser = await staff_client(app, session, doctor.id)

    page = await browser.get(f"/staff/patients/{patient.id}/treatments/new?template={made}")

    assert page.status_code == 404


async def test_one_withdrawn_while_the_form_is_open_keeps_what_was_typed(
    tree: Tree, app: FastAPI, session: AsyncSession
) -> None:
    author = await tree.of(tree.town)
    made = (await write(author, template())).json()["id"]
    team = await make_team(session, institution=tree.town)
    doctor = await make_staff(session, team=team, title=Title.SPECIALIST)
    patient = await make_patient(session, team=team)
    browser = await staff_client(app, session, doctor.id)
    new = f"/staff/patients/{patient.id}/treatments/new"
    taken = order(today_in(patient.zone), template_id=made, name="先开的方案")
    typed = order(today_in(patient.zone), template_id=made, name="医生改过的名字")
    first = await browser.post(new, data=taken | {"key": "taken-before"})
    assert await withdraw(author, made) == 204

    opened = await browser.get(f"{new}?template={made}")
    refused = await browser.post(new, data=typed | {"key": "typed-meanwhile"})
    again = await browser.post(new, data=taken | {"key": "taken-before"})

    assert (opened.status_code, "停用" in opened.text) == (404, True)
    assert refused.status_code == 422
    assert "刚刚停用" in refused.text
    assert 'value="医生改过的名字"' in refused.text
    assert made not in refused.text
    assert (first.status_code, again.status_code) == (303, 303)
    started = await session.scalars(select(Treatment).where(Treatment.patient_id == patient.id))
    assert [t.name for t in started] == ["先开的方案"]
    own = await browser.post(
        new, data=typed | {"key": "as-the-doctors-own", "template_id": "", "another": "yes"}
    )
    assert own.status_code == 303


async def test_a_standard_one_is_withdrawn_at_the_topmost_place_only(tree: Tree) -> None:
    standard = (await (await tree.of(tree.top)).get(ADDRESS)).json()[0]["id"]

    tries = [await withdraw(await tree.of(at), standard) for at in (tree.town, tree.top)]

    assert tries == [404, 204]
    left = (await (await tree.of(tree.village)).get(ADDRESS)).json()
    assert [t["condition"] for t in left] == ["hypertension", "tuberculosis"]


async def test_sent_twice_it_is_one(tree: Tree) -> None:
    browser = await tree.of(tree.town)

    answers = [await write(browser, template()), await write(browser, template())]

    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert await tree.listed(tree.town) == ["隔日半片"]


async def test_a_name_is_taken_once_at_a_place(tree: Tree) -> None:
    await write(await tree.of(tree.town), template())

    answer = await write(await tree.of(tree.town), template())

    assert (answer.status_code, answer.json()["type"]) == (409, "template-name-taken")
    assert (await write(await tree.of(tree.beside), template())).status_code == 201


async def test_the_largest_regimen_that_the_rules_permit_is_taken(tree: Tree) -> None:
    """Also from a program that writes Chinese as six letters a character."""
    bands = [
        {"from_kg": f"{n}.25", "below_kg": f"{n + 1}.25", "tablets": "19.25"}
        for n in range(100, 120)
    ]
    drug: dict[str, Any] = {
        "strength": "克" * 60,
        "slots": [slot.value for slot in Slot],
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "weight_bands": bands,
    }
    drugs = [drug | {"name": "药" * 58 + f"{n:02}"} for n in range(20)]
    phase = {"name": "期" * 40, "weeks": 1, "drugs": drugs}
    body = template("模" * 60) | {"definition": {"phases": [phase] * 12}}
    author = await tree.of(tree.town)

    answer = await author.post(
        WRITTEN,
        content=json.dumps(body, ensure_ascii=True),
        headers={"Idempotency-Key": "largest-regimen", "content-type": "application/json"},
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("phases", "drugs", "letters"), [(13, 1, 4), (1, 21, 4), (1, 1, 61), (12, 20, 60)]
)
async def test_sizes_are_bounded(phases: int, drugs: int, letters: int, tree: Tree) -> None:
    lines = [DRUG | {"name": "药" * (letters - 2) + f"{n:02}"} for n in range(drugs)]
    phase = {"name": "长期", "weeks": 1, "drugs": lines}
    body = template() | {"definition": {"phases": [phase] * phases}}

    answer = await write(await tree.of(tree.town), body)

    assert answer.status_code == (201 if phases == 12 else 422)


@pytest.mark.parametrize(
    "wrong",
    [{"tablets": None}, {"weekdays": []}, {"slots": ["teatime"]}, {"tablets": "0.1"}],
)
async def test_a_template_that_cannot_be_laid_is_refused(wrong: dict[str, Any], tree: Tree) -> None:
    answer = await write(await tree.of(tree.town), template(**wrong))

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")


BLANK = "\u200b\u2060"


def of_phase(name: str, *drugs: dict[str, Any]) -> dict[str, Any]:
    return template() | {"definition": {"phases": [{"name": name, "weeks": 1, "drugs": drugs}]}}


@pytest.mark.parametrize(
    "body",
    [
        template(BLANK),
        of_phase("期", DRUG | {"name": BLANK}),
        template(strength="\u3164"),
        of_phase(BLANK, DRUG),
    ],
)
async def test_words_that_nobody_can_read_are_refused(body: dict[str, Any], tree: Tree) -> None:
    assert (await write(await tree.of(tree.town), body)).status_code == 422


async def test_a_name_that_only_looks_like_another_is_that_name(tree: Tree) -> None:
    author = await tree.of(tree.town)
    await write(author, template())

    answer = await write(author, template("隔日\u200b半片\u202e"), key="looks-like-it")

    assert (answer.status_code, answer.json()["type"]) == (409, "template-name-taken")


async def test_one_drug_in_two_lines_is_refused_and_two_strengths_are_not(tree: Tree) -> None:
    author = await tree.of(tree.town)
    twins = of_phase("期", DRUG, DRUG | {"name": "氨氯地平 片", "weekdays": [5, 6]})
    strengths = of_phase("期", DRUG, DRUG | {"strength": "10 mg"})

    assert (await write(author, twins)).status_code == 422
    assert (await write(author, strengths, key="two-strengths")).status_code == 201
