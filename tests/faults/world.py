"""One patient, one open dose, a phone and two reviewers, over real HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

import httpx
from sqlalchemy import select, text

from app.accounts import tokens
from app.accounts.access import STAFF_COOKIE
from app.core import clock
from app.core.db import Sessionmaker
from app.core.settings import Settings
from app.medication.models import Dose, Recording, RecordingState
from app.medication.rules import DoseState, state_of
from tests.accounts.factories import staff_cookie
from tests.medication import factories as make
from tests.medication.desk import Desk
from tests.medication.phone import Phone


@dataclass
class World:
    settings: Settings
    sessions: Sessionmaker
    phone: Phone
    dose: Dose
    desks: list[Desk]

    @classmethod
    async def make(cls, settings: Settings, sessions: Sessionmaker) -> Self:
        at = clock.now()
        async with sessions.begin() as session:
            team = await make.make_team(session)
            patient = await make.make_patient(session, team=team)
            dose = await make.make_dose(
                session,
                patient=patient,
                opens_at=at - timedelta(hours=1),
                closes_at=at + timedelta(hours=1),
            )
            staff = [await make.make_staff(session, team=team) for _ in range(2)]
            cookies = [await staff_cookie(session, member.id) for member in staff]
        assert patient.wechat_account_id is not None
        bearer = {"authorization": f"Bearer {tokens.issue(settings, patient.wechat_account_id)}"}
        browsers = [
            httpx.AsyncClient(
                base_url=settings.origin,
                cookies={STAFF_COOKIE: cookie},
                headers={"origin": settings.origin},
            )
            for cookie in cookies
        ]
        http = httpx.AsyncClient(base_url=settings.origin, headers=bearer, timeout=30)
        desks = [Desk(member, b) for member, b in zip(staff, browsers, strict=True)]
        return cls(settings, sessions, Phone(patient, http), dose, desks)

    def token_of(self, account_id: UUID) -> str:
        return tokens.issue(self.settings, account_id)

    async def close(self) -> None:
        for http in (self.phone.http, *(desk.http for desk in self.desks)):
            await http.aclose()

    async def state(self) -> DoseState:
        async with self.sessions() as session:
            return state_of(await session.get_one(Dose, self.dose.id), clock.now())

    async def film(self) -> Recording:
        """Answer the one film of the dose: that there is exactly one is always part of it."""
        (film,) = await self.films()
        return film

    async def films(self) -> Sequence[Recording]:
        async with self.sessions() as session:
            found = await session.scalars(
                select(Recording).where(
                    Recording.dose_id == self.dose.id,
                    Recording.state != RecordingState.ABANDONED,
                )
            )
            return found.all()

    async def is_in(self, state: RecordingState) -> bool:
        return (await self.film()).state is state

    async def has_no_work_left(self) -> bool:
        """Tell whether the film was processed by one job, and no twin of it waits."""
        media_id = (await self.film()).media_id
        counting = text(
            "select count(*) from procrastinate_jobs where task_name = 'medication.film_arrived'"
            " and args->>'media_id' = :id and status in ('todo', 'doing')"
        )
        async with self.sessions() as session:
            found = await session.execute(counting, {"id": str(media_id)})
            return int(found.scalar_one()) == 0
