"""A keyset list ends when its rows end, and equal sort values lose no row at a page's edge."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import uuid7
from app.core.pagination import Key, paginate
from app.institutions.models import Team
from tests.institutions.factories import make_institution, make_team

DIRECTIONS = pytest.mark.parametrize("descending", [False, True])


@pytest.fixture
async def team_ids(session: AsyncSession) -> list[UUID]:
    """Make six teams of one name, written neither in the order of their ids nor against it."""
    institution = await make_institution(session)
    ids = sorted(uuid7() for _ in range(6))
    for n in (3, 5, 0, 4, 1, 2):
        await make_team(session, institution=institution, id=ids[n], name="第一团队")
    return ids


async def pages_of(session: AsyncSession, limit: int, *, descending: bool) -> list[list[UUID]]:
    key = Key(Team.name, Team.id, descending=descending)
    pages: list[list[UUID]] = []
    cursor = None
    while True:
        found = await paginate(session, select(Team.name, Team.id), key, cursor, limit)
        pages.append([row.id for row in found.rows])
        cursor = found.next_cursor
        if cursor is None:
            return pages


@DIRECTIONS
async def test_equal_values_are_read_once_over_all_pages(
    session: AsyncSession, team_ids: list[UUID], descending: bool
) -> None:
    pages = await pages_of(session, 4, descending=descending)

    assert [len(page) for page in pages] == [4, 2]
    assert [row_id for page in pages for row_id in page] == sorted(team_ids, reverse=descending)


@DIRECTIONS
@pytest.mark.parametrize(("limit", "lengths"), [(3, [3, 3]), (6, [6]), (7, [6])])
@pytest.mark.usefixtures("team_ids")
async def test_full_last_page_has_no_next_one(
    session: AsyncSession, limit: int, lengths: list[int], descending: bool
) -> None:
    pages = await pages_of(session, limit, descending=descending)

    assert [len(page) for page in pages] == lengths
