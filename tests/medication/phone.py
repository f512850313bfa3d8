"""What the patient's phone does with a film: announce it, send its bytes, confirm it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.medication.jobs import film_arrived
from app.medication.models import Dose, Recording
from app.medication.rules import day_code
from app.patients.models import Patient
from tests.patients.factories import patient_client

KEY = "one-film-one-key"


@dataclass
class Phone:
    """In the patient's hand, logged in."""

    patient: Patient
    http: httpx.AsyncClient

    def film(self, dose: Dose, **changes: Any) -> dict[str, Any]:
        at = clock.now()
        usual = {
            "content_type": "video/mp4",
            "size": 100_000,
            "duration_ms": 20_000,
            "captured_at": (at - timedelta(minutes=1)).isoformat(),
            "opened_at": (at - timedelta(minutes=2)).isoformat(),
            "day_code": day_code(self.patient.id, dose.due_on),
            "mirrored": True,
        }
        return usual | changes

    async def announce(self, dose: Dose, *, key: str = KEY, **changes: Any) -> httpx.Response:
        return await self.http.post(
            f"/api/doses/{dose.id}/recordings",
            json=self.film(dose, **changes),
            headers={"Idempotency-Key": key},
        )

    async def confirm(self, recording_id: object) -> httpx.Response:
        sent_at = {"sent_at": clock.now().isoformat()}
        return await self.http.post(f"/api/recordings/{recording_id}/uploaded", json=sent_at)

    async def send(self, dose: Dose, data: bytes, *, key: str = KEY) -> UUID:
        """Take the whole way in."""
        announced = (await self.announce(dose, key=key, size=len(data))).json()
        stored = await post_film(announced["upload"], data)
        assert stored.status_code == 201, stored.text
        confirmed = await self.confirm(announced["recording_id"])
        assert confirmed.status_code == 200, confirmed.text
        return UUID(announced["recording_id"])

    async def say(self, dose: Dose, what: str, key: str, **body: Any) -> httpx.Response:
        return await self.http.post(
            f"/api/doses/{dose.id}/{what}", json=body, headers={"Idempotency-Key": key}
        )

    async def side_effects(
        self, dose: Dose, *symptoms: str, key: str = "side-effects-1"
    ) -> httpx.Response:
        at = clock.now().isoformat()
        return await self.say(
            dose, "side-effects", key, symptoms=[*symptoms], note=None, reported_at=at
        )

    async def report(
        self, dose: Dose, *, taken: bool = True, key: str = "report-key-1"
    ) -> httpx.Response:
        return await self.say(dose, "reports", key, taken=taken, reason="no_signal", note=None)

    async def today(self) -> list[dict[str, Any]]:
        """Take the cards of the day, in their order."""
        return [item["dose"] for item in await self.items()]

    async def items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.http.get("/api/today")).json()["items"]
        return items

    async def card(self, dose: Dose) -> dict[str, Any]:
        card: dict[str, Any] = (await self.http.get(f"/api/doses/{dose.id}")).json()
        return card


def phone_of(app: FastAPI, patient: Patient) -> Phone:
    return Phone(patient, patient_client(app, patient))


async def post_film(upload: dict[str, Any], data: bytes, **changed: str) -> httpx.Response:
    """Send the form as wx.uploadFile does: all fields, then the file."""
    async with httpx.AsyncClient(timeout=60) as http:
        return await http.post(
            upload["url"],
            data=upload["fields"] | changed,
            files={"file": ("film.mp4", data, "application/octet-stream")},
        )


async def process(context: JobContext, session: AsyncSession, recording_id: UUID) -> Recording:
    """Run the job that the confirmation enqueued."""
    recording = await session.get_one(Recording, recording_id, populate_existing=True)
    await film_arrived(context, media_id=str(recording.media_id))
    return await session.get_one(Recording, recording_id, populate_existing=True)
