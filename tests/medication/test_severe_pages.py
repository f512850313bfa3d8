"""The page of a severe decision where there is nothing to decide, or nobody to tell."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert, AlertState
from app.core import clock
from app.institutions.models import Title
from app.medication.models import Treatment
from app.notifications.models import Notice
from app.patients.models import Patient
from tests.medication.desk import LogIn
from tests.medication.phone import Phone
from tests.medication.stopped import alert_of, dose_on

pytestmark = pytest.mark.usefixtures("noon")


async def decide(
    browser: httpx.AsyncClient, session: AsyncSession, treatment: Treatment, **fields: Any
) -> httpx.Response:
    """Let the treatment go on, as the page of the newest answer would send it."""
    patient_id = treatment.patient_id
    subject = select(Alert.subject_id).where(Alert.patient_id == patient_id)
    seen = str((await session.scalars(subject)).one())
    usual = {
        "key": "decision-key", "note": "已打电话", "seen": seen, f"act.{treatment.id}": "go_on",
    }  # fmt: skip
    return await browser.post(f"/staff/patients/{patient_id}/severe", data=usual | fields)


async def test_what_is_wrong_with_a_decision_is_said_where_the_form_is_gone(
    phone: Phone, session: AsyncSession, tb: Treatment, log_in: LogIn
) -> None:
    """A colleague has decided meanwhile: there is no field any more to say it beside."""
    await phone.side_effects(await dose_on(session, tb), "breathless")
    first, second = await log_in(Title.FAMILY_DOCTOR), await log_in(Title.SPECIALIST)
    assert (await decide(first, session, tb)).status_code == 303

    answer = await decide(second, session, tb, key="decision-key-2", note="")

    assert answer.status_code == 422
    assert 'name="note"' not in answer.text
    assert "请填写这一项" in answer.text


async def test_a_decision_about_a_closed_record_is_sent_to_nobody(
    phone: Phone, session: AsyncSession, patient: Patient, tb: Treatment, log_in: LogIn
) -> None:
    await phone.side_effects(await dose_on(session, tb), "breathless")
    patient.closed_at = clock.now()
    await session.flush()

    answer = await decide(await log_in(Title.FAMILY_DOCTOR), session, tb, come_in="yes")

    assert answer.status_code == 303, answer.text
    assert (await alert_of(session, patient)).state is AlertState.CLOSED
    told = select(Notice.kind).where(Notice.patient_id == patient.id)
    assert (await session.scalars(told)).all() == []
