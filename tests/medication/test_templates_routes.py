"""Treatment templates: the operator's to keep, every staff's to read."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from tests.accounts.factories import staff_client
from tests.institutions.factories import make_staff

ADDRESS = "/api/admin/treatment-templates"
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


@pytest.fixture
async def operator(app: FastAPI, session: AsyncSession) -> AsyncIterator[httpx.AsyncClient]:
    staff = await make_staff(session, roles=[Role.OPERATOR])
    async with await staff_client(app, session, staff.id) as browser:
        yield browser


async def test_the_standard_templates_are_there(operator: httpx.AsyncClient) -> None:
    told = (await operator.get(ADDRESS)).json()

    assert [t["condition"] for t in told] == ["diabetes", "hypertension", "tuberculosis"]
    phases = told[2]["definition"]["phases"]
    assert [(p["name"], p["doses"]) for p in phases] == [("强化期", 60), ("继续期", 120)]


async def test_an_added_template_is_listed(operator: httpx.AsyncClient) -> None:
    answer = await operator.post(ADDRESS, json=template())

    assert answer.status_code == 201
    names = [t["name"] for t in (await operator.get(ADDRESS)).json()]
    assert "隔日半片" in names


async def test_a_name_is_taken_once(operator: httpx.AsyncClient) -> None:
    await operator.post(ADDRESS, json=template())

    answer = await operator.post(ADDRESS, json=template())

    assert (answer.status_code, answer.json()["type"]) == (409, "template-name-taken")


@pytest.mark.parametrize(
    "wrong",
    [{"tablets": None}, {"weekdays": []}, {"slots": ["teatime"]}, {"tablets": "0.1"}],
)
async def test_a_template_that_cannot_be_laid_is_refused(
    wrong: dict[str, Any], operator: httpx.AsyncClient
) -> None:
    answer = await operator.post(ADDRESS, json=template(**wrong))

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
