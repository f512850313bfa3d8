"""The actors a route may name in its signature, and how each proves who they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.accounts import tokens
from app.accounts.models import Role, StaffAccount, StaffSession
from app.core import clock
from app.core.access import Access
from app.core.crypto import token_hash
from app.core.db import Session, for_update, independent_session
from app.core.hot import hot
from app.core.limits import ANYTHING, limits_of
from app.core.problems import NotAllowed, NotLoggedIn, OtherPerson
from app.core.settings import Settings
from app.core.state import settings_of

STAFF_COOKIE = "weibu_staff"
# Set by app.js on what a page asks by itself: it keeps no session alive.
UNATTENDED = "weibu-unattended"
# A session may end so much earlier than said: its last act was noted so long before.
NOTED_EVERY = timedelta(minutes=5)
# Whose page asks; set by app.js. In another tab another person may have logged in since.
PERSON = "weibu-person"
UNKNOWN_NETWORK = "unknown"
# Roles as manifests and navigation name them.
CLINICAL = frozenset({Role.DOCTOR.value, Role.SUPERVISOR.value})
SUPERVISING = frozenset({Role.SUPERVISOR.value})
OPERATING = frozenset({Role.OPERATOR.value})
EVERY_ROLE = frozenset(role.value for role in Role)


def staff_cookie(request: Request) -> str:
    """Over https the browser itself guards the name: no other host of the domain can set it."""
    secure = settings_of(request).origin.startswith("https:")
    return f"__Host-{STAFF_COOKIE}" if secure else STAFF_COOKIE


def address_of(request: Request) -> str:
    """Whence a request comes, as it is counted and compared."""
    return network_of(request.client.host if request.client else "")


def network_of(address: str) -> str:
    """One household of IPv6 has 2^64 addresses: count its /64 as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return UNKNOWN_NETWORK
    if isinstance(parsed, IPv6Address):
        return parsed.exploded[:19] + "::/64"
    return address


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


async def wechat_actor(request: Request) -> WechatActor:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotLoggedIn
    account_id = tokens.account_of(settings_of(request), token)
    await limits_of(request).pass_or_refuse(ANYTHING, str(account_id))
    return WechatActor(account_id)


def idle_since(settings: Settings) -> datetime:
    """Sessions in which nobody has acted since then are over."""
    return clock.now() - timedelta(minutes=settings.staff_idle_minutes)


def is_open(at: datetime, idle: datetime) -> ColumnElement[bool]:
    """Tell whether a session (joined with its account) lets anybody in; `idle`: idle_since."""
    return and_(
        StaffSession.ended_at.is_(None),
        StaffSession.expires_at > at,
        StaffSession.last_seen_at > idle,
        StaffAccount.is_active,
    )


class LoggedIn(NamedTuple):
    """A session that stands; a page has looked it up together with the name in its top bar."""

    session_id: UUID
    account_id: UUID
    roles: list[str]
    last_seen_at: datetime


@hot(LoggedIn)
def _session_of(
    *, hashed: str, at: datetime, idle: datetime
) -> Select[UUID, UUID, list[str], datetime]:
    return (
        select(
            StaffSession.id.label("session_id"),
            StaffAccount.id.label("account_id"),
            StaffAccount.roles,
            StaffSession.last_seen_at,
        )
        .join(StaffAccount, StaffAccount.id == StaffSession.staff_account_id)
        .where(StaffSession.token_hash == hashed, is_open(at, idle))
    )


def _by_itself(request: Request) -> bool:
    """Tell what an open page asks without a person: polling (marked by app.js), the stream."""
    headers = request.headers
    return UNATTENDED in headers or headers.get("accept") == "text/event-stream"


async def _note_act(session: AsyncSession, session_id: UUID, seen_at: datetime) -> None:
    """Keep an idle session from ending; at most once in NOTED_EVERY, and in no one's way.

    In a transaction of its own: the request's would hold the row while it takes other locks.
    """
    at = clock.now()
    if at - seen_at < NOTED_EVERY:
        return
    mine = for_update(
        select(StaffSession.id).where(StaffSession.id == session_id), skip_locked=True
    )
    async with independent_session(session) as own:
        await own.execute(
            update(StaffSession).where(StaffSession.id.in_(mine)).values(last_seen_at=at)
        )


async def staff_actor(request: Request, session: AsyncSession, roles: frozenset[str]) -> StaffActor:
    cookie = request.cookies.get(staff_cookie(request))
    if not cookie:
        raise NotLoggedIn
    row: LoggedIn | None = getattr(request.state, "logged_in", None)
    request.state.logged_in = None  # of this moment: an open stream asks again and again
    if row is None:
        idle = idle_since(settings_of(request))
        row = await _session_of.first(session, hashed=token_hash(cookie), at=clock.now(), idle=idle)
    if row is None:
        raise NotLoggedIn
    session_id, account_id, held, seen_at = row
    if request.headers.get(PERSON, str(account_id)) != str(account_id):
        raise OtherPerson
    await limits_of(request).pass_or_refuse(ANYTHING, str(account_id))
    if not _by_itself(request):
        await _note_act(session, session_id, seen_at)
    if roles.isdisjoint(held):
        raise NotAllowed
    return StaffActor(
        account_id, session_id, frozenset(held), getattr(request.state, "request_id", None)
    )


@dataclass(frozen=True)
class PhoneAccess(Access):
    """By the token alone, without a statement."""

    @override
    async def __call__(self, request: Request) -> WechatActor:
        return await wechat_actor(request)


@dataclass(frozen=True)
class StaffAccess(Access):
    """By the session of the cookie."""

    @override
    async def __call__(self, request: Request, session: Session) -> StaffActor:
        return await staff_actor(request, session, self.roles)


def _staff(*roles: Role) -> StaffAccess:
    return StaffAccess(frozenset(roles))


PatientActor = Annotated[WechatActor, Depends(PhoneAccess(frozenset({"wechat"})))]
ClinicianActor = Annotated[StaffActor, Depends(_staff(Role.DOCTOR, Role.SUPERVISOR))]
SupervisorActor = Annotated[StaffActor, Depends(_staff(Role.SUPERVISOR))]
OperatorActor = Annotated[StaffActor, Depends(_staff(Role.OPERATOR))]
AnyStaffActor = Annotated[StaffActor, Depends(_staff(*Role))]
