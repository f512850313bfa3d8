"""What was said, felt and changed: of one patient alone."""

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.institutions.models import Team
from app.medication.models import Treatment
from app.medication.schemas.treatments import HoldCreate
from app.medication.service import changes
from app.patients.models import Patient
from tests.accounts.factories import actor_of
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import phone_of
from tests.medication.plans import ZONE, day

pytestmark = pytest.mark.usefixtures("noon")
KINDS = ("的报告", "的不舒服", "的暂停")


async def _leave_traces(app: FastAPI, session: AsyncSession, patient: Patient, who: str) -> None:
    """One of each kind, with a word of its own."""
    said, felt, held = (who + kind for kind in KINDS)
    dose = await make.make_dose(session, patient=patient)
    phone = phone_of(app, patient)
    at = clock.now().isoformat()
    answers = [
        await phone.say(
            dose, "side-effects", f"{who}-felt-1", symptoms=["nausea"], note=felt, reported_at=at
        ),
        await phone.say(
            dose, "reports", f"{who}-said-1", taken=True, reason="no_signal", note=said
        ),
    ]
    assert [a.status_code for a in answers] == [201, 201]
    treatment = await session.get_one(Treatment, dose.treatment_id)
    order = HoldCreate(from_on=day(1), to_on=day(2), reason=held)
    await changes.hold(session, actor_of(treatment.started_by), treatment, ZONE, order)
    await phone.http.aclose()


async def test_history_shows_what_is_this_patient_s_and_nothing_of_the_neighbour(
    app: FastAPI, session: AsyncSession, team: Team, patient: Patient, desk: Desk
) -> None:
    await _leave_traces(app, session, patient, "own")
    await make.make_dose(session, patient=patient)  # of which nothing was said
    await _leave_traces(app, session, await make.make_patient(session, team=team), "other")

    page = (await desk.http.get(f"/staff/patients/{patient.id}/medication/history")).text

    assert [page.count(f"own{kind}") for kind in KINDS] == [1, 1, 1]
    assert "other" not in page
