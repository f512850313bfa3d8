"""One's own absences on the PC: enter, see who stands in, be back early."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.core.db import Session
from app.core.forms import Form, form_of
from app.core.pages import redirect, render
from app.core.problems import FieldRefused
from app.institutions.loaders import OwnAbsence
from app.institutions.queries import absences as queries
from app.institutions.reach import clinic_today
from app.institutions.schemas.staff import AbsenceCreate
from app.institutions.service import absences as service
from app.institutions.words import ABSENCE_REASONS, TITLES

router = APIRouter(prefix="/staff/absences", include_in_schema=False)
HOME = "/staff/absences"
Sent = Annotated[Form[AbsenceCreate], Depends(form_of(AbsenceCreate))]


async def _page(
    request: Request, session: AsyncSession, actor: StaffActor, form: Form[Any] | None = None
) -> Response:
    today = clinic_today()
    colleagues = await queries.possible_stand_ins(session, actor.account_id)
    context = {
        "lines": await queries.absences_around(session, actor.account_id),
        "form": form or Form({"from_on": today.isoformat()}),
        "colleagues": [(str(c.id), f"{c.name} · {TITLES[c.title]}") for c in colleagues],
        "reasons": list(ABSENCE_REASONS.items()),
        "today": today,
    }
    status = 422 if form and form.errors else 200
    return render(request, "institutions/absences.html", context, status)


@router.get("")
async def show_absences(request: Request, actor: ClinicianActor, session: Session) -> Response:
    return await _page(request, session, actor)


@router.post("")
async def create_absence(
    request: Request, actor: ClinicianActor, form: Sent, session: Session
) -> Response:
    sent = form.data
    if sent is None:
        return await _page(request, session, actor, form)
    new = service.NewAbsence(sent.from_on, sent.to_on, sent.stand_in_id, sent.reason, sent.note)
    try:
        await service.enter_absence(session, actor, actor.account_id, new)
    except FieldRefused as problem:
        form.refuse(problem.field, problem.title)
        return await _page(request, session, actor, form)
    return redirect(request, HOME, say="已登记，这几天由同事顶班。")


@router.post("/{absence_id}/end")
async def end_absence(
    request: Request, actor: ClinicianActor, absence: OwnAbsence, session: Session
) -> Response:
    await service.end_absence(session, actor, absence)
    return redirect(request, HOME, say="已回来上班，顶班到昨天为止。")
