"""Who is late, who needs a look, and the institutions of a subtree, for its supervisor."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.accounts import audit
from app.accounts.access import SupervisorActor
from app.core import clock
from app.core.db import Session
from app.core.pages import render
from app.institutions.supervised import Days, SupervisedInstitution, frame
from app.medication.audit import LIST_LATE, LIST_SLIPPING
from app.medication.queries import backlog
from app.medication.queries.subtrees import branches_of, slipping_in
from app.medication.queries.supervision import conditions_of, counted_of
from app.medication.schemas.supervision import chosen_of

router = APIRouter(prefix="/medication")


@router.get("/slipping")
async def show_slipping(
    request: Request,
    actor: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
) -> Response:
    present = await conditions_of(session, supervised.institution, days)
    chosen = chosen_of(supervised.condition, present)
    rows = await slipping_in(session, supervised.institution, days, chosen)
    await audit.record_shown(session, actor, LIST_SLIPPING, [row.patient.id for row in rows])
    context = frame(supervised, days, "slipping") | {
        "rows": rows,
        "chosen": chosen,
        "conditions": present,
        "counted": await counted_of(session, supervised.institution),
    }
    return render(request, "medication/slipping.html", context)


@router.get("/branches")
async def show_branches(
    request: Request,
    _: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
) -> Response:
    """Show every institution right below; the overview shows those that need a look most."""
    present = await conditions_of(session, supervised.institution, days)
    chosen = chosen_of(supervised.condition, present)
    branches = await branches_of(session, supervised.institution, days, chosen)
    context = frame(supervised, days, "branches") | {
        "branches": branches.listed,
        "chosen": chosen,
        "conditions": present,
        "counted": await counted_of(session, supervised.institution),
    }
    return render(request, "medication/branches.html", context)


@router.get("/waiting")
async def show_waiting(
    request: Request,
    actor: SupervisorActor,
    supervised: SupervisedInstitution,
    session: Session,
    days: Days = 30,
    team_id: UUID | None = None,
) -> Response:
    """Show which teams keep films waiting; of the one that is chosen, its films."""
    at, institution = clock.now(), supervised.institution
    teams = await backlog.backlog_of(session, institution, at)
    films = await backlog.waiting_of(session, institution, team_id) if team_id else []
    await audit.record_shown(session, actor, LIST_LATE, [film.patient.id for film in films])
    context = frame(supervised, days, "waiting") | {
        "teams": teams,
        "films": films,
        "team_id": team_id,
        "at": at,
        "most_teams": backlog.MOST_TEAMS,
        "most_films": backlog.MOST_FILMS,
    }
    return render(request, "medication/waiting.html", context)
