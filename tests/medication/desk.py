"""What the reviewer's page does: take the next film, decide it, take the decision back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.institutions.models import StaffMember, Title
from tests.accounts.factories import staff_client

_keys = count(1)
# Logs somebody of a title in.
LogIn = Callable[[Title], Awaitable[httpx.AsyncClient]]


@dataclass(eq=False)
class Desk:
    """A reviewer at a PC, logged in."""

    staff: StaffMember
    http: httpx.AsyncClient

    async def next(self, *holding: object) -> dict[str, Any] | None:
        answer = await self.http.post("/api/reviews/next", json={"holding": [*map(str, holding)]})
        assert answer.status_code == 200, answer.text
        item: dict[str, Any] | None = answer.json()["item"]
        return item

    async def decide(
        self, recording_id: object, verdict: str = "observed", **changes: Any
    ) -> httpx.Response:
        key = changes.pop("key", None) or f"verdict-by-desk-{next(_keys)}"
        reason = None if verdict in {"observed", "partial"} else "too_dark"
        usual = {
            "verdict": verdict,
            "reason": reason,
            "comment": None,
            "tablets": None,
            "watched_ms": 12_000,
            "opened_at": (clock.now() - timedelta(seconds=15)).isoformat(),
            "played_rate": "1.5",
        }
        return await self.http.post(
            f"/api/reviews/{recording_id}/verdict",
            json=usual | changes,
            headers={"Idempotency-Key": key},
        )

    async def undo(self, review_id: object) -> httpx.Response:
        return await self.http.post(f"/api/reviews/{review_id}/undo")

    async def release(self, *recording_ids: object) -> httpx.Response:
        ids = [*map(str, recording_ids)]
        return await self.http.post("/api/reviews/release", json={"recording_ids": ids})

    async def take(self, verdict: str = "observed", **changes: Any) -> httpx.Response:
        """Decide whatever comes next."""
        item = await self.next()
        assert item is not None
        return await self.decide(item["recording_id"], verdict, **changes)


async def desk_of(app: FastAPI, session: AsyncSession, staff: StaffMember) -> Desk:
    return Desk(staff, await staff_client(app, session, staff.id))


def sampling(app: FastAPI, percent: int) -> None:
    """Set how many of a hundred films are read twice."""
    app.state.settings = app.state.settings.model_copy(update={"second_reading_percent": percent})
