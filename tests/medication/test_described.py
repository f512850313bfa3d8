"""What alerts and phones name is described to its own patient's readers only."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.medication.queries.described import describe, dose_ref, recording_ref, treatment_ref
from tests.medication import factories as make

pytestmark = pytest.mark.usefixtures("noon")


async def test_what_is_of_another_patient_is_not_described(session: AsyncSession) -> None:
    mine, theirs = [await make.make_patient(session) for _ in range(2)]
    refs = {}
    for patient in (mine, theirs):
        treatment = await make.make_treatment(session, patient=patient)
        dose = await make.make_dose(session, patient=patient, treatment=treatment)
        film = await make.make_recording(session, dose=dose)
        refs[patient.id] = {dose_ref(dose.id), recording_ref(film.id), treatment_ref(treatment.id)}

    found = await describe(session, mine.id, refs[mine.id] | refs[theirs.id])

    assert found.keys() == refs[mine.id]
