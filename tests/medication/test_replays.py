"""What a phone said of a dose is not answered again once the record is not its own any more."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.patients.models import Patient
from tests.medication import factories as make
from tests.medication.phone import Phone

pytestmark = pytest.mark.usefixtures("noon")


async def test_stored_answers_of_a_dose_die_with_the_binding(
    phone: Phone, session: AsyncSession, patient: Patient
) -> None:
    dose = await make.make_dose(session, patient=patient)
    first = [await phone.side_effects(dose, "nausea"), await phone.report(dose)]
    account_id, patient.wechat_account_id = patient.wechat_account_id, None
    await session.flush()

    unbound = [await phone.side_effects(dose, "nausea"), await phone.report(dose)]
    patient.wechat_account_id = account_id
    await session.flush()
    bound = [await phone.side_effects(dose, "nausea"), await phone.report(dose)]

    assert [a.status_code for a in first] == [201, 201]
    assert [(a.status_code, a.json()["type"]) for a in unbound] == [(403, "not-bound")] * 2
    assert [a.json() for a in bound] == [a.json() for a in first]
