"""A form that was filled from an older version of a treatment: 409, and what changed since."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.filters import moment
from app.core.forms import Form
from app.medication.models import Treatment
from app.medication.problems import TreatmentChanged
from app.medication.queries.severe import undecided_holds
from app.medication.queries.treatment_page import changes_since
from app.medication.words import WORDS

KINDS = WORDS.words["change"]


async def tell_changed(
    session: AsyncSession, form: Form[Any], treatment: Treatment, version: int | None
) -> int | None:
    """Say who changed what since `version`, and give the form the newest; else None.

    What was typed stays, so that it can be sent again once it was compared. Returns the status.
    """
    if version is None or version == treatment.version:
        return None
    lines = await changes_since(session, treatment.id, version)
    said = [f"{it.staff_name} {moment(it.created_at)} {KINDS[it.kind]}" for it in lines]
    told = "；".join([*await _severe(session, treatment), *said])
    form.errors = {n: said for n, said in form.errors.items() if said != TreatmentChanged.title}
    form.refuse("", f"{TreatmentChanged.title}您打开以后的变更：{told or '无'}。")
    form.values["version"] = str(treatment.version)
    return TreatmentChanged.status


async def _severe(session: AsyncSession, treatment: Treatment) -> list[str]:
    """Say of a severe answer that waits for a decision: no member of staff made that change."""
    holds = await undecided_holds(session, treatment.patient_id)
    return [
        f"患者 {moment(hold.created_at)} 报告严重不适（{hold.reason}），已停着等医生决定"
        for hold in holds
        if hold.treatment_id == treatment.id
    ]
