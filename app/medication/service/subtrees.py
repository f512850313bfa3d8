"""Keep what a supervisor's page adds up, for institutions whose many teams take long to add up.

Nothing depends on it: what is kept is told only while it is what adding up would give.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.statements import typed_rows
from app.institutions.models import Institution, Team
from app.institutions.supervised import PERIODS, first_day_of
from app.medication.models import SubtreeFigures
from app.medication.queries.supervision import to_keep

# So many are added up at once about as fast as what is kept is found.
FEW_TEAMS = 10
COLUMNS = [c.name for c in SubtreeFigures.__table__.c]


class Subtree(NamedTuple):
    id: UUID
    path: str


async def large_subtrees(session: AsyncSession) -> list[Subtree]:
    """List institutions that have more than FEW_TEAMS, with those of all below them."""
    below = aliased(Institution)
    rows = await session.execute(
        select(Institution.id, Institution.path)
        .join(below, below.path.startswith(Institution.path))
        .join(Team, Team.institution_id == below.id)
        .group_by(Institution.id)
        .having(func.count() > FEW_TEAMS)
        .order_by(Institution.id)
    )
    return typed_rows(Subtree, rows)


async def keep_figures(session: AsyncSession, subtree: Subtree, at: datetime) -> None:
    for days in PERIODS:
        made = to_keep(subtree.id, subtree.path, days, first_day_of(at, days))
        row = upsert(SubtreeFigures).from_select(COLUMNS, made)
        kept = {name: row.excluded[name] for name in COLUMNS[2:]}
        await session.execute(row.on_conflict_do_update(index_elements=COLUMNS[:2], set_=kept))
