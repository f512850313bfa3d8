"""The actors a route may name in its signature, and how each proves who they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import tokens
from app.accounts.models import Role, StaffAccount, StaffSession
from app.core import clock
from app.core.access import Access
from app.core.crypto import token_hash
from app.core.hot import hot
from app.core.problems import NotAllowed, NotLoggedIn
from app.core.state import settings_of

STAFF_COOKIE = "weibu_staff"
# Roles as manifests and navigation name them.
CLINICAL = frozenset({Role.DOCTOR.value, Role.SUPERVISOR.value})
SUPERVISING = frozenset({Role.SUPERVISOR.value})
OPERATING = frozenset({Role.OPERATOR.value})
EVERY_ROLE = frozenset(role.value for role in Role)


def staff_cookie(request: Request) -> str:
    """Over https the browser itself guards the name: no other host of the domain can set it."""
    secure = settings_of(request).origin.startswith("https:")
    return f"__Host-{STAFF_COOKIE}" if secure else STAFF_COOKIE


@dataclass(frozen=True)
class WechatActor:
    """Whoever holds this phone; bound to a patient or not is for the loaders to say."""

    account_id: UUID


@dataclass(frozen=True)
class StaffActor:
    account_id: UUID
    session_id: UUID
    roles: frozenset[str]
    request_id: UUID | None

    @property
    def supervises(self) -> bool:
        """Reach of queries widens from the teams to the subtree of the institution."""
        return Role.SUPERVISOR in self.roles


async def wechat_actor(
    request: Request, _session: AsyncSession, _roles: frozenset[str]
) -> WechatActor:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotLoggedIn
    return WechatActor(tokens.account_of(settings_of(request), token))


class LoggedIn(NamedTuple):
    """A session that stands; a page has looked it up together with the name in its top bar."""

    session_id: UUID
    account_id: UUID
    roles: list[str]


@hot(LoggedIn)
def _session_of(*, hashed: str, at: datetime) -> Select[UUID, UUID, list[str]]:
    return (
        select(
            StaffSession.id.label("session_id"),
            StaffAccount.id.label("account_id"),
            StaffAccount.roles,
        )
        .join(StaffAccount, StaffAccount.id == StaffSession.staff_account_id)
        .where(
            StaffSession.token_hash == hashed,
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > at,
            StaffAccount.is_active,
        )
    )


async def staff_actor(request: Request, session: AsyncSession, roles: frozenset[str]) -> StaffActor:
    cookie = request.cookies.get(staff_cookie(request))
    if not cookie:
        raise NotLoggedIn
    row: LoggedIn | None = getattr(request.state, "logged_in", None)
    request.state.logged_in = None  # of this moment: an open stream asks again and again
    if row is None:
        row = await _session_of.first(session, hashed=token_hash(cookie), at=clock.now())
    if row is None:
        raise NotLoggedIn
    session_id, account_id, held = row
    if roles.isdisjoint(held):
        raise NotAllowed
    return StaffActor(
        account_id, session_id, frozenset(held), getattr(request.state, "request_id", None)
    )


def _staff(*roles: Role) -> Access:
    return Access(frozenset(roles), staff_actor)


PatientActor = Annotated[WechatActor, Depends(Access(frozenset({"wechat"}), wechat_actor))]
ClinicianActor = Annotated[StaffActor, Depends(_staff(Role.DOCTOR, Role.SUPERVISOR))]
SupervisorActor = Annotated[StaffActor, Depends(_staff(Role.SUPERVISOR))]
OperatorActor = Annotated[StaffActor, Depends(_staff(Role.OPERATOR))]
AnyStaffActor = Annotated[StaffActor, Depends(_staff(*Role))]
