"""Rights by title in a route's signature, and who is named in the top bar of every PC page."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import (
    ClinicianActor,
    LoggedIn,
    OperatorActor,
    StaffActor,
    idle_since,
    is_open,
    staff_cookie,
)
from app.accounts.models import StaffAccount, StaffSession
from app.core import clock
from app.core.crypto import token_hash
from app.core.db import Session
from app.core.hot import hot
from app.core.pages import Person
from app.core.problems import NotAllowed, Problem
from app.core.state import settings_of
from app.core.statements import Prepared
from app.institutions.models import Institution, StaffMember, Title
from app.institutions.rights import RIGHTS, Right, holders_of
from app.institutions.words import RIGHTS as RIGHT_WORDS
from app.institutions.words import TITLES


class _Person(NamedTuple):
    name: str
    title: Title
    roles: list[str]
    session_id: UUID
    account_id: UUID
    last_seen_at: datetime


@hot(_Person)
def _person_of(*, hashed: str, at: datetime, idle: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            StaffMember.name,
            StaffMember.title,
            StaffAccount.roles,
            StaffSession.id.label("session_id"),
            StaffAccount.id.label("account_id"),
            StaffSession.last_seen_at,
        )
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .join(StaffSession, StaffSession.staff_account_id == StaffAccount.id)
        .where(StaffSession.token_hash == hashed, is_open(at, idle))
    )


async def name_person(request: Request, session: Session) -> None:
    """Names only, and only while the session is open: it lets nobody in by itself.

    The rights it notes are for hiding buttons; the routes behind them ask for themselves.
    """
    cookie = request.cookies.get(staff_cookie(request))
    if not cookie:
        return
    idle = idle_since(settings_of(request))
    row = await _person_of.first(session, hashed=token_hash(cookie), at=clock.now(), idle=idle)
    if row is not None:
        rights = frozenset[str](RIGHTS[row.title])
        account_id, title = str(row.account_id), TITLES[row.title]
        person = Person(account_id, row.name, title, frozenset(row.roles), rights)
        request.state.person = person
        # What `staff_actor` would ask again.
        request.state.logged_in = LoggedIn(
            row.session_id, row.account_id, row.roles, row.last_seen_at
        )


NAMED = Depends(name_person)


class NotYourRight(Problem):
    """The title does not carry the right; the subclasses say who may do it."""

    type, title, status = "not-your-right", "这一步要由有这项权限的同事来做。", 403


def _refusal(right: Right) -> type[NotYourRight]:
    holders = "、".join(TITLES[title] for title in holders_of(right))

    class Refusal(NotYourRight):
        title = f"{RIGHT_WORDS[right]}要由{holders}来做，请联系他们。"

    return Refusal


REFUSALS = {right: _refusal(right) for right in Right}


@Prepared
def _title_of(*, staff_id: UUID) -> Select[Title]:
    return select(StaffMember.title).where(StaffMember.id == staff_id)


async def require_right(session: AsyncSession, actor: StaffActor, right: Right) -> None:
    """For an act that asks for a right in some cases only; else it stands in the signature."""
    title: Title | None = await _title_of.scalar(session, staff_id=actor.account_id)
    if title is None or right not in RIGHTS[title]:
        raise REFUSALS[right]


def _holding(right: Right) -> Callable[[Session, ClinicianActor], Awaitable[StaffActor]]:
    """Make the dependency that returns the clinician, or refuses by the title they have."""

    async def check(session: Session, actor: ClinicianActor) -> StaffActor:
        await require_right(session, actor, right)
        return actor

    check.__name__ = f"may_{right}"  # the access matrix shows it
    return check


async def top_operator(session: Session, actor: OperatorActor) -> StaffActor:
    """For what holds for the whole system: an operator of an institution without a parent."""
    home = select(Institution.parent_id).join(
        StaffMember, StaffMember.institution_id == Institution.id
    )
    row = (await session.execute(home.where(StaffMember.id == actor.account_id))).first()
    if row is None or row.parent_id is not None:
        raise NotAllowed
    return actor


StartingActor = Annotated[StaffActor, Depends(_holding(Right.START_TREATMENT))]
StoppingActor = Annotated[StaffActor, Depends(_holding(Right.STOP_TREATMENT))]
HoldingActor = Annotated[StaffActor, Depends(_holding(Right.HOLD_TREATMENT))]
TargetSettingActor = Annotated[StaffActor, Depends(_holding(Right.SET_TARGETS))]
SevereAlertActor = Annotated[StaffActor, Depends(_holding(Right.CLOSE_SEVERE_ALERT))]
TopOperatorActor = Annotated[StaffActor, Depends(top_operator)]
