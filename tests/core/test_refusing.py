"""A page that shows a refusal and goes on keeps nothing of what was refused."""

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.forms import Form, refusing
from app.core.ids import uuid7
from app.core.problems import Conflict, NotFound, Problem
from app.institutions.models import Institution, Tier


class NameTaken(Conflict):
    field = "name"


def _institution(name: str, path: str | None = None) -> Institution:
    return Institution(tier=Tier.VILLAGE_CLINIC, name=name, path=path or f"path-of-{uuid7()}")


def _refuse(problem: Problem) -> None:
    raise problem


async def _names(session: AsyncSession) -> list[str]:
    return sorted((await session.scalars(select(Institution.name))).all())


async def test_what_a_refused_block_wrote_is_taken_back(session: AsyncSession) -> None:
    before, form = _institution("旧名"), Form[BaseModel]()
    session.add(before)
    await session.flush()

    async with refusing(session, form, "to_on"):
        session.add(_institution("不该留下"))
        before.name = "新名"
        await session.flush()
        _refuse(NotFound())

    assert form.errors == {"to_on": NotFound.title}
    assert before.name == "旧名"  # readable at once: the page is still to show it
    assert await _names(session) == ["旧名"]


async def test_a_problem_that_names_its_field_is_shown_there(session: AsyncSession) -> None:
    form = Form[BaseModel]()

    async with refusing(session, form, "to_on"):
        _refuse(NameTaken())

    assert form.errors == {"name": Conflict.title}


async def test_a_broken_constraint_is_a_refusal_too(session: AsyncSession) -> None:
    session.add(_institution("一", "one-path"))
    await session.flush()
    form = Form[BaseModel]()

    async with refusing(session, form):
        session.add(_institution("二", "one-path"))

    assert form.errors == {"": Conflict.title}
    assert await session.scalar(select(func.count()).select_from(Institution)) == 1


async def test_what_is_not_refused_stays(session: AsyncSession) -> None:
    form = Form[BaseModel]()

    async with refusing(session, form):
        session.add(_institution("留下"))

    assert not form.errors
    assert await _names(session) == ["留下"]
