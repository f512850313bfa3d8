"""Treatment templates as data: the operator's to keep, the doctor's to start from."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.accounts.access import AnyStaffActor, OperatorActor
from app.core.db import Session
from app.core.problems import Problem
from app.medication.models import TreatmentTemplate
from app.medication.queries.treatments import active_templates
from app.medication.schemas.treatments import TemplateCreate, TemplateRead

router = APIRouter(prefix="/api/admin/treatment-templates", tags=["admin"])


class TemplateNameTaken(Problem):
    type, status = "template-name-taken", 409
    title = "已有同名的治疗模板，请换一个名称。"
    constraint = "uq_treatment_template_name"


@router.get("", response_model=list[TemplateRead])
async def list_templates(_: AnyStaffActor, session: Session) -> Sequence[TreatmentTemplate]:
    return await active_templates(session)


@router.post("", status_code=201, response_model=TemplateRead)
async def create_template(
    body: TemplateCreate, _: OperatorActor, session: Session
) -> TreatmentTemplate:
    template = TreatmentTemplate(
        name=body.name,
        condition=body.condition,
        definition=body.definition.model_dump(mode="json"),
    )
    session.add(template)
    await session.flush()  # a taken name must be heard now
    return template
