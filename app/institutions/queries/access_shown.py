"""Changes of access as pages show them: what waits for whom, what became of them, who asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.access import StaffActor
from app.accounts.models import StaffAccount
from app.core import clock
from app.institutions.models import (
    AccessChange,
    AccessChangeKind,
    AccessChangeState,
    Institution,
    StaffMember,
    Team,
)
from app.institutions.queries.access_changes import answered_by, waiting, waiting_for

MOST_SHOWN = 100
SHOWN_FOR = timedelta(days=30)
EXPIRED = "expired"


class ShownRow(NamedTuple):
    """A change with the names of who gains, of who asked, and of who settled it."""

    id: UUID
    kind: AccessChangeKind
    state: AccessChangeState
    payload: dict[str, Any]
    staff_id: UUID | None
    staff_name: str | None
    username: str | None
    account_made_at: datetime | None
    home_name: str | None
    team_name: str | None
    asked_by: str
    asked_at: str
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    settled_by: str | None

    @property
    def result(self) -> str:
        """Its state in `access_state`: what nobody answered in time has expired."""
        late = self.state is AccessChangeState.WAITING and self.expires_at <= clock.now()
        return EXPIRED if late else self.state.value


def _shown() -> Select[*tuple[Any, ...]]:
    asker, asker_home, second = aliased(StaffMember), aliased(Institution), aliased(StaffMember)
    return (
        select(
            AccessChange.id,
            AccessChange.kind,
            AccessChange.state,
            AccessChange.payload,
            AccessChange.staff_id,
            StaffMember.name,
            StaffAccount.username,
            StaffAccount.created_at,
            Institution.name,
            Team.name,
            asker.name,
            asker_home.name,
            AccessChange.created_at,
            AccessChange.expires_at,
            AccessChange.settled_at,
            second.name,
        )
        .outerjoin(StaffMember, StaffMember.id == AccessChange.staff_id)
        .outerjoin(StaffAccount, StaffAccount.id == AccessChange.staff_id)
        .outerjoin(Institution, Institution.id == StaffMember.institution_id)
        .outerjoin(Team, Team.id == AccessChange.team_id)
        .outerjoin(second, second.id == AccessChange.settled_by)
        .join(asker, asker.id == AccessChange.requested_by)
        .join(asker_home, asker_home.id == asker.institution_id)
        .limit(MOST_SHOWN)
    )


async def _rows(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> list[ShownRow]:
    return [ShownRow(*row) for row in await session.execute(statement)]


async def list_waiting(session: AsyncSession, actor: StaffActor) -> list[ShownRow]:
    """List the oldest first."""
    oldest_first = (AccessChange.created_at, AccessChange.id)
    return await _rows(session, _shown().where(waiting_for(actor)).order_by(*oldest_first))


NEWEST_FIRST = (AccessChange.created_at.desc(), AccessChange.id.desc())


def _over(at: datetime) -> ColumnElement[bool]:
    """Match what somebody settled or nobody answered in time; not what took effect at once."""
    by_somebody = AccessChange.settled_by.is_not(None)
    unanswered = and_(AccessChange.state == AccessChangeState.WAITING, ~waiting(at))
    return and_(AccessChange.created_at > at - SHOWN_FOR, or_(by_somebody, unanswered))


async def list_over(session: AsyncSession, actor: StaffActor) -> list[ShownRow]:
    """List what waited for this clinician lately, and what became of it."""
    settled = AccessChange.settled_by == actor.account_id
    concerned = or_(answered_by(actor), settled)
    statement = _shown().where(_over(clock.now()), concerned)
    return await _rows(session, statement.order_by(*NEWEST_FIRST))


async def list_asked(session: AsyncSession, actor: StaffActor) -> list[ShownRow]:
    """List what this operator asked for lately; what needed nobody's word is in effect."""
    since = AccessChange.created_at > clock.now() - SHOWN_FOR
    statement = _shown().where(AccessChange.requested_by == actor.account_id, since)
    return await _rows(session, statement.order_by(*NEWEST_FIRST))


async def names_of(session: AsyncSession, ids: set[UUID]) -> dict[str, str]:
    """Name the institutions, teams and people that payloads point at; one statement."""
    named = [select(table.id, table.name).where(table.id.in_(ids)) for table in NAMED_TABLES]
    rows = await session.execute(named[0].union_all(*named[1:]))
    return {str(row_id): name for row_id, name in rows}


NAMED_TABLES: Sequence[Any] = (Institution, Team, StaffMember)
