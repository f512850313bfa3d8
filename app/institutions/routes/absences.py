"""Admin API: absences that an operator enters for somebody who cannot."""

from fastapi import APIRouter

from app.accounts.access import OperatorActor
from app.core.db import Session
from app.core.pagination import Cursor, Limit, Listed, Page
from app.institutions.loaders import OperatedAbsence, OperatedStaff
from app.institutions.queries import lists
from app.institutions.queries.lists import AbsenceRow
from app.institutions.schemas.access import AccessAskedRead
from app.institutions.schemas.staff import AbsenceCreate, AbsenceRead
from app.institutions.service import absences, team_requests
from app.institutions.service.access_waiting import Asked

router = APIRouter(prefix="/api/admin", tags=["admin"])


def new_absence(body: AbsenceCreate) -> absences.NewAbsence:
    return absences.NewAbsence(body.from_on, body.to_on, body.stand_in_id, body.reason, body.note)


@router.get("/absences", response_model=Page[AbsenceRead])
async def list_absences(
    actor: OperatorActor, session: Session, cursor: Cursor = None, limit: Limit = 50
) -> Listed[AbsenceRow]:
    page = await lists.list_absences(session, actor, cursor, limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/staff/{staff_id}/absences", status_code=202, response_model=AccessAskedRead)
async def create_absence(
    body: AbsenceCreate, actor: OperatorActor, member: OperatedStaff, session: Session
) -> Asked:
    """Once confirmed the stand-in reaches the absent person's teams on these days, no other."""
    return await team_requests.enter_absence(session, actor, member, new_absence(body))


@router.post("/absences/{absence_id}/end", response_model=AbsenceRead)
async def end_absence(
    actor: OperatorActor, absence: OperatedAbsence, session: Session
) -> AbsenceRow:
    """Back from today; an absence that has not begun is cancelled."""
    await absences.end_absence(session, actor, absence)
    return await lists.get_absence_row(session, absence.id)
