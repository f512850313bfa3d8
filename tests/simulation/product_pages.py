"""What phone and PC are sent over HTTP: the month of the phone, the squares of the PC."""

import re
from dataclasses import dataclass
from uuid import UUID

from fastapi import FastAPI

from app.core.db import Sessionmaker
from app.core.limits import Limits
from app.core.settings import Settings
from app.main import create_app, dispose_engines
from app.medication.words import DOSE_STATES
from tests.accounts.factories import staff_client, wechat_client
from tests.simulation.product_people import Person
from tests.simulation.years_life import DOCTOR

SQUARE = re.compile(
    r'href="/staff/doses/([0-9a-f-]{36})"[^>]*?aria-label="[^"]*：([^"]+)"', re.DOTALL
)
STATES = {mark.word: state for state, mark in DOSE_STATES.items()}


@dataclass
class Pages:
    """The application, asked as browsers and phones do."""

    app: FastAPI
    sessions: Sessionmaker

    async def phone(self, person: Person, month: str) -> dict[UUID, str]:
        """Return the state of each dose of a month, as the phone is told."""
        assert person.patient.wechat_account_id is not None
        async with wechat_client(self.app, person.patient.wechat_account_id) as http:
            answer = await http.get(f"/api/doses/calendar/{month}")
        assert answer.status_code == 200, answer.text
        days = answer.json()["days"]
        return {UUID(d["dose_id"]): d["state"] for day in days for d in day["doses"]}

    async def squares(self, person: Person) -> dict[UUID, str]:
        """Return the state of each dose, as the doctor's page draws it."""
        async with self.sessions.begin() as session:
            http = await staff_client(self.app, session, person.staff[DOCTOR].id)
        async with http:
            answer = await http.get(f"/staff/patients/{person.patient.id}/medication")
        assert answer.status_code == 200, answer.text
        return {UUID(dose): STATES[word] for dose, word in SQUARE.findall(answer.text)}

    async def close(self) -> None:
        """Let go of what the application holds."""
        await self.app.state.http.aclose()
        await dispose_engines(self.app)


def open_pages(settings: Settings, sessions: Sessionmaker) -> Pages:
    """Make the application over this database."""
    app = create_app(settings)
    app.state.sessions = sessions
    app.state.limits = Limits(None)
    return Pages(app, sessions)
