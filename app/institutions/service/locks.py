"""Take turns at the tree, and read a row again once it is ours."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.db import lock_again, take_turn
from app.core.problems import Conflict, NotFound
from app.institutions.models import Institution, Team
from app.institutions.problems import InstitutionClosed
from app.institutions.reach import operated

R = TypeVar("R", Institution, Team)


async def lock_tree(session: AsyncSession) -> None:
    """Let one writer of the tree at a time: paths, closings and homes hang together.

    Held until the transaction ends. Patients who join a team lock only that team's row.
    """
    await take_turn(session, "institutions.tree")


async def lock_row(session: AsyncSession, row: R) -> None:
    """Lock it and read it again: the loader saw it before the lock."""
    await lock_again(session, row)


async def lock_version(session: AsyncSession, row: R, version: int) -> None:
    """Lock it for a change that was made out from this version; a later one is a Conflict."""
    await lock_row(session, row)
    if row.version != version:
        raise Conflict(version=row.version)
    row.version += 1


async def open_institution(
    session: AsyncSession, actor: StaffActor, institution_id: UUID
) -> Institution:
    """For ids that come in a body, with the tree locked: a stranger's is as good as none."""
    row = await session.scalar(
        select(Institution)
        .where(Institution.id == institution_id, operated(actor))
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.closed_at is not None:
        raise InstitutionClosed
    return row
