"""A form that was filled from an older version of a record: 409, and what changed since."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.forms import Form
from app.patients.models import Patient
from app.patients.problems import RecordChanged
from app.patients.queries.changes import changes_since, told


async def tell_changed(
    session: AsyncSession, form: Form[Any], patient: Patient, version: int | None
) -> int | None:
    """Say who changed what since `version`, and give the form the newest; else None.

    What was typed stays, so that it can be sent again once it was compared. Returns the status.
    """
    if version is None or version == patient.version:
        return None
    changed = told(await changes_since(session, patient.id, version))
    form.errors = {n: said for n, said in form.errors.items() if said != RecordChanged.title}
    form.refuse("", f"{RecordChanged.title}您打开以后的变更：{changed or '无'}。")
    form.values["version"] = str(patient.version)
    return RecordChanged.status
