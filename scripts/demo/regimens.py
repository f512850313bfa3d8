"""Templates of an institution: one that is offered there and below, one that was withdrawn."""

from datetime import datetime, time
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.models import Slot
from app.medication.schemas.treatments import (
    EVERY_DAY,
    TemplateCreate,
    TemplateDefinition,
    TemplateDrug,
    TemplatePhase,
)
from app.medication.service import templates
from app.patients.models import Condition
from scripts.demo.district import District
from scripts.demo.moments import days_ago, living

AUTHOR = "pengzhiyuan"
TWO_DRUGS = (
    "高血压 两药联合",
    Condition.HYPERTENSION,
    "长期服药",
    (("氨氯地平片", "5 mg", Slot.MORNING), ("缬沙坦胶囊", "80 mg", Slot.MORNING)),
)
OLD = (
    "糖尿病 早晚各一次（旧）",
    Condition.DIABETES,
    "长期服药",
    (("二甲双胍片", "0.25 g", Slot.MORNING), ("二甲双胍片", "0.25 g", Slot.EVENING)),
)
Regimen = tuple[str, Condition, str, tuple[tuple[str, str, Slot], ...]]


async def write_regimens(session: AsyncSession, district: District, today: datetime) -> None:
    author = next(w for w in district.workers if w.person.username == AUTHOR)
    async with living(session, days_ago(today, 120, time(9, 40))):
        await templates.create_template(session, author.actor, _template(TWO_DRUGS))
        old = await templates.create_template(session, author.actor, _template(OLD))
    async with living(session, days_ago(today, 15, time(16, 30))):
        await templates.withdraw_template(session, author.actor, old)


def _template(regimen: Regimen) -> TemplateCreate:
    name, condition, phase, drugs = regimen
    planned = [
        TemplateDrug(
            name=drug, strength=strength, slots=[slot], weekdays=EVERY_DAY, tablets=Decimal(1)
        )
        for drug, strength, slot in drugs
    ]
    definition = TemplateDefinition(phases=[TemplatePhase(name=phase, weeks=52, drugs=planned)])
    return TemplateCreate(name=name, condition=condition, definition=definition)
