"""What happens in one's teams, pushed to one's open pages."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import AnyStaffActor, StaffActor, staff_actor
from app.accounts.models import Role
from app.core.db import Session, Sessions
from app.core.problems import NotAllowed, NotLoggedIn
from app.core.stream import Hub, Recheck, StreamResponse
from app.institutions.reach import reachable_teams

router = APIRouter(prefix="/staff", include_in_schema=False)


async def _topics_of(session: AsyncSession, actor: StaffActor) -> frozenset[str]:
    teams = await session.scalars(reachable_teams(actor))
    return frozenset({f"staff:{actor.account_id}", *(f"team:{team_id}" for team_id in teams)})


def _rechecking(request: Request, sessions: Sessions) -> Recheck:
    async def topics_now() -> frozenset[str] | None:
        async with sessions() as session:
            try:
                actor = await staff_actor(request, session, frozenset(Role))
            except (NotLoggedIn, NotAllowed):
                return None
            return await _topics_of(session, actor)

    return topics_now


@router.get("/stream")
async def open_stream(
    request: Request,
    actor: AnyStaffActor,
    session: Session,
    sessions: Sessions,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """`session` ends when this returns, before the answer begins: a stream holds none."""
    hub: Hub = request.app.state.stream
    return StreamResponse(
        hub,
        sessions,
        owner=actor.session_id,
        topics=await _topics_of(session, actor),
        last_event_id=last_event_id,
        recheck=_rechecking(request, sessions),
    )
