"""The factories make what the application itself would have made."""

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from tests.accounts.factories import staff_client
from tests.medication import factories as make
from tests.patients.factories import patient_client

pytestmark = pytest.mark.usefixtures("noon")


async def test_patient_sees_the_dose_made(app: FastAPI, session: AsyncSession) -> None:
    dose = await make.make_dose(session)
    await make.make_recording(session, dose=dose)
    patient = await session.get_one(make.Patient, dose.patient_id)

    async with patient_client(app, patient) as phone:
        answer = await phone.get("/api/today")

    assert answer.status_code == 200, answer.text
    assert [i["dose"]["state"] for i in answer.json()["items"]] == ["pending_review"]


async def test_doctor_gets_the_film_made(app: FastAPI, session: AsyncSession) -> None:
    team = await make.make_team(session)
    doctor = await make.make_staff(session, team=team)
    patient = await make.make_patient(session, team=team)
    film = await make.make_recording(session, dose=await make.make_dose(session, patient=patient))

    async with await staff_client(app, session, doctor.id) as browser:
        answer = await browser.post("/api/reviews/next", json={"holding": []})

    assert answer.status_code == 200, answer.text
    assert answer.json()["item"]["recording_id"] == str(film.id)
