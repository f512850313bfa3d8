"""The form of a plan, as ordering and editing share it."""

from typing import Any, NamedTuple

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import StaffActor
from app.core.bodies import body_up_to
from app.core.forms import Form
from app.core.pages import render
from app.medication import plan_form
from app.medication.schemas.treatments import LARGEST_PLAN
from app.patients.frame import open_page
from app.patients.models import Patient

INTENT = "intent"
PLAN_FORM = body_up_to(LARGEST_PLAN)


class Asked(NamedTuple):
    """Who asks, in which transaction: what every page of a record needs."""

    request: Request
    session: AsyncSession
    actor: StaffActor


async def form_page(
    asked: Asked,
    patient: Patient,
    form: Form[Any],
    action: str,
    back: str,
    status: int | None = None,
    **more: Any,
) -> Response:
    frame = await open_page(asked.request, asked.session, asked.actor, patient, "medication")
    context = {
        "form": form,
        "shape": plan_form.shape(form.values),
        "action": action,
        "back": back,
        "said": None,
    }
    status = status or (422 if form.errors else 200)
    return render(asked.request, "medication/plan.html", frame | context | more, status)


async def read_plan(request: Request) -> tuple[dict[str, Any], str | None]:
    """Read what was typed, and which button that only changes the form was pressed."""
    values = plan_form.read_values(await request.form(max_fields=plan_form.MOST_FIELDS))
    intent = values.pop(INTENT, None)
    return values, str(intent) if intent else None
