"""Treatment templates as data: a supervisor's to write and withdraw, the doctor's to start from."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.accounts.access import AnyStaffActor, SupervisorActor
from app.core.bodies import body_up_to
from app.core.db import Session
from app.core.idempotency import OncePerKey
from app.institutions.access import StartingActor
from app.medication.loaders import SupervisedTemplate
from app.medication.models import TreatmentTemplate
from app.medication.queries.templates import active_templates
from app.medication.schemas.treatments import LARGEST_PLAN, TemplateCreate, TemplateRead
from app.medication.service import templates as service

router = APIRouter(prefix="/api", tags=["treatment templates"])


@router.get("/admin/treatment-templates", response_model=list[TemplateRead])
async def list_templates(actor: AnyStaffActor, session: Session) -> Sequence[TreatmentTemplate]:
    """List standard ones, those of the own place, of places above, and of places below."""
    return await active_templates(session, actor)


@router.post("/treatment-templates", status_code=201, dependencies=[body_up_to(LARGEST_PLAN)])
async def create_template(
    body: TemplateCreate,
    _: SupervisorActor,
    actor: StartingActor,
    once: OncePerKey,
    session: Session,
) -> TemplateRead:
    """Offer a regimen in the own institution and below; one who may start treatments writes it."""

    async def create() -> TemplateRead:
        return TemplateRead.model_validate(await service.create_template(session, actor, body))

    return await once.once(session, actor.account_id, TemplateRead, create)


@router.post("/treatment-templates/{template_id}/withdraw", status_code=204)
async def withdraw_template(
    _: SupervisorActor, actor: StartingActor, template: SupervisedTemplate, session: Session
) -> None:
    """Offer it no more; treatments started from it keep their link."""
    await service.withdraw_template(session, actor, template)
