"""An export is written page by page: whole, in order, in pieces of bounded size."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.export import Listing, rows_of, written
from app.institutions.models import Institution
from tests.exporting import held_in
from tests.institutions.factories import make_institution

NAME = "导出的院"
LISTING = Listing(
    select(Institution.name, Institution.created_at, Institution.id).where(
        Institution.name.startswith(NAME)
    ),
    (Institution.created_at, Institution.id),
    lambda row: row["name"],
)


async def make(session: AsyncSession, number: int) -> list[str]:
    """All of one instant, so that only the id tells one from the next."""
    at = clock.now()
    made = [
        await make_institution(session, name=f"{NAME}{n:03d}", created_at=at) for n in range(number)
    ]
    return [row.name for row in sorted(made, key=lambda row: row.id)]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 6, 7])
async def test_every_row_is_there_once_wherever_a_page_ends(
    number: int, session: AsyncSession, sessions: Sessionmaker
) -> None:
    names = await make(session, number)

    pages = [page async for page in rows_of(sessions, LISTING, at_once=3)]

    assert [name for page in pages for name in page] == names
    assert max(map(len, pages)) <= 3


async def test_rows_that_come_and_go_meanwhile_move_no_other(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    names = await make(session, 5)
    reading = rows_of(sessions, LISTING, at_once=2)

    seen = list(await anext(reading))
    first = await session.scalar(select(Institution).where(Institution.name == names[0]))
    await session.delete(first)
    early = clock.now() - timedelta(days=1)
    await make_institution(session, name=f"{NAME}-early", created_at=early)
    seen += [name async for page in reading for name in page]

    assert seen == names


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"a": [], "b": {}, "c": None, "药": '丸"\n'},
        {"deep": {"er": {"still": [1, {"x": 2.5}]}}},
    ],
)
async def test_what_is_no_list_is_written_as_it_stands(
    part: Mapping[str, Any], sessions: Sessionmaker
) -> None:
    assert await held_in(sessions, part) == part


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_lists_stand_where_they_are_named(
    number: int, session: AsyncSession, sessions: Sessionmaker
) -> None:
    names = await make(session, number)

    async def pages() -> AsyncIterator[list[int]]:
        for _ in range(number):
            yield []
            yield [1, 2]

    held = await held_in(sessions, {"before": 1, "parts": {"own": LISTING}, "pages": pages()})

    assert held == {"before": 1, "parts": {"own": names}, "pages": [1, 2] * number}


async def test_no_piece_is_larger_than_its_bound_and_a_row(sessions: Sessionmaker) -> None:
    async def pages() -> AsyncIterator[list[str]]:
        for _ in range(50):
            yield ["x" * 100] * 10

    pieces = [piece async for piece in written(sessions, {"rows": pages()}, at_least=1000)]

    assert max(map(len, pieces)) < 1000 + 110
    assert json.loads(b"".join(pieces)) == {"rows": ["x" * 100] * 500}
