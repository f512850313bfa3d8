"""Treatment templates: written for the own institution and what lies below, withdrawn again."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.access import StaffActor
from app.core.problems import Problem
from app.institutions.models import StaffMember
from app.medication.audit import CHANGE_TEMPLATE
from app.medication.models import TreatmentTemplate
from app.medication.schemas.treatments import TemplateCreate


class TemplateNameTaken(Problem):
    type, status = "template-name-taken", 409
    title = "已有同名的治疗模板，请换一个名称。"
    constraint = "uq_treatment_template_name"


async def create_template(
    session: AsyncSession, actor: StaffActor, new: TemplateCreate
) -> TreatmentTemplate:
    author = await session.get_one(StaffMember, actor.account_id)
    template = TreatmentTemplate(
        institution_id=author.institution_id,
        created_by=author.id,
        name=new.name,
        condition=new.condition,
        definition=new.definition.model_dump(mode="json"),
        is_active=True,
    )
    session.add(template)
    await session.flush()  # a taken name must be heard now
    _record(session, actor, template, "created")
    return template


async def withdraw_template(
    session: AsyncSession, actor: StaffActor, template: TreatmentTemplate
) -> None:
    """Offer it no more; `template` is locked. A second time changes nothing."""
    if template.is_active:
        template.is_active = False
        _record(session, actor, template, "template_withdrawn")


def _record(
    session: AsyncSession, actor: StaffActor, template: TreatmentTemplate, code: str
) -> None:
    place = str(template.institution_id) if template.institution_id else None
    detail = {"code": code, "template_id": str(template.id), "institution_id": place}
    audit.record(session, actor, CHANGE_TEMPLATE, subject_id=template.id, detail=detail)
