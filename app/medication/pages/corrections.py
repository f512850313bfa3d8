"""Wrong entries and verdicts: struck through from their line on the dose's page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.access import ClinicianActor
from app.core.db import Session
from app.core.forms import Form, form_of
from app.core.pages import redirect
from app.medication.loaders import ReachableEntry, ReachableReview
from app.medication.models import Dose
from app.medication.pages.doses import Corrected, page_of_dose
from app.medication.schemas.forms import CorrectionForm
from app.medication.service import corrections

router = APIRouter()
Sent = Annotated[Form[CorrectionForm], Depends(form_of(CorrectionForm))]


async def _again(
    request: Request,
    actor: ClinicianActor,
    session: Session,
    dose_id: UUID,
    line_id: UUID,
    form: Form[CorrectionForm],
) -> Response:
    dose = await session.get_one(Dose, dose_id)
    corrected = Corrected(line_id, form)
    return await page_of_dose(request, actor, session, dose, corrected=corrected)


@router.post("/dose-reports/{report_id}/correct")
async def correct_entry(
    request: Request, actor: ClinicianActor, entry: ReachableEntry, form: Sent, session: Session
) -> Response:
    """Say that staff did not see this dose after all; the line stays, struck through."""
    if form.data is None:
        return await _again(request, actor, session, entry.dose_id, entry.id, form)
    await corrections.withdraw_entry(session, actor, entry, form.data.why)
    return redirect(request, f"/staff/doses/{entry.dose_id}", say="已更正，原来的一条划掉了。")


@router.post("/reviews/{review_id}/correct")
async def correct_verdict(
    request: Request, actor: ClinicianActor, review: ReachableReview, form: Sent, session: Session
) -> Response:
    """Take a verdict back: the film waits in the queue again."""
    if form.data is None:
        return await _again(request, actor, session, review.dose_id, review.id, form)
    await corrections.withdraw_verdict(session, actor, review, form.data.why)
    say = "结论已划掉，这段视频回到待审里，请重新审核。"
    return redirect(request, f"/staff/doses/{review.dose_id}", say=say)
