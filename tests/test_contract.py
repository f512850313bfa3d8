"""What the OpenAPI document promises is what is answered, whatever is sent: no 5xx, no surprise."""

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as promises

from app.accounts.access import STAFF_COOKIE
from app.accounts.models import Role
from app.accounts.tokens import issue
from app.core import clock
from app.core.db import Sessionmaker, make_engine, make_sessions
from app.core.settings import Settings
from app.institutions.models import Institution
from app.main import create_app
from app.medication.models import Verdict
from scripts.dev.openapi import document
from tests.accounts.factories import staff_cookie
from tests.conftest import truncate
from tests.fake_wechat import FakeWeChat
from tests.medication import factories as make
from tests.running_system import free_port

PROMISED = [
    not_a_server_error,
    promises.status_code_conformance,
    promises.content_type_conformance,
    promises.response_headers_conformance,
    promises.response_schema_conformance,
]


@dataclass
class Caller:
    """Headers of each kind of person, and ids that exist."""

    patient: dict[str, str]
    leaver: dict[str, str]
    doctor: dict[str, str]
    operator: dict[str, str]
    ids: dict[str, str]

    def headers_for(self, path: str) -> dict[str, str]:
        if path.startswith("/api/admin"):
            return self.operator
        if path.startswith("/api/reviews"):
            return self.doctor
        return self.leaver if path.endswith(("/close", "/withdraw")) else self.patient


@pytest.fixture(scope="module")
async def own_sessions(settings: Settings) -> AsyncIterator[Sessionmaker]:
    engine = make_engine(settings)
    yield make_sessions(engine)
    await truncate(engine)
    await engine.dispose()


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[str]:
    """Serve the application on a loop of its own: these requests come from outside."""
    app = create_app(settings)
    app.state.wechat = FakeWeChat()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, loop="asyncio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
async def caller(settings: Settings, own_sessions: Sessionmaker) -> Caller:
    at = clock.now()
    opens_at, closes_at = at - timedelta(hours=1), at + timedelta(hours=5)
    async with own_sessions.begin() as session:
        team = await make.make_team(session)
        home = await session.get_one(Institution, team.institution_id)
        doctor = await make.make_staff(session, team=team)
        patient = await make.make_patient(session, team=team)
        dose = await make.make_dose(
            session, patient=patient, opens_at=opens_at, closes_at=closes_at
        )
        film = await make.another_film(session, patient)
        verdict = Verdict.REJECTED
        review = await make.make_review(session, recording=film, reviewer=doctor, verdict=verdict)
        operator = await make.make_staff(session, institution=home, roles=[Role.OPERATOR])
        ids = {
            "dose_id": dose.id,
            "recording_id": (await make.another_film(session, patient)).id,
            "review_id": review.id,
            "team_id": team.id,
            "staff_id": (await make.make_staff(session, institution=home)).id,
        }
        leaver = await make.make_patient(session)
        cookies = [await staff_cookie(session, who.id) for who in (doctor, operator)]
    bearers = [
        {"authorization": f"Bearer {issue(settings, who.wechat_account_id)}"}
        for who in (patient, leaver)
        if who.wechat_account_id
    ]
    staff = [{"cookie": f"{STAFF_COOKIE}={c}", "origin": settings.origin} for c in cookies]
    known = {name: str(value) for name, value in ids.items()}
    return Caller(bearers[0], bearers[1], staff[0], staff[1], known)


DOCUMENT = document()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {o.ok().label: o.ok() for o in SCHEMA.get_all_operations() if isinstance(o, Ok)}
MODES = {mode.value: mode for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)}


def test_no_operation_is_left_out() -> None:
    assert len(OPERATIONS) == sum(len(item) for item in DOCUMENT["paths"].values())


def aim(case: Case[Any], known: dict[str, str]) -> None:
    """Let well-formed ids be those of rows that exist; strangers are test_access's matter."""
    for name, value in case.path_parameters.items():
        with suppress(ValueError):
            case.path_parameters[name] = known.get(name, str(UUID(str(value))))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_conforms(label: str, mode: str, served: str, caller: Caller) -> None:
    """To what fits the document, and to what breaks it."""

    @effort(
        max_examples=5, derandomize=True, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=OPERATIONS[label].as_strategy(generation_mode=MODES[mode]))
    def probe(case: Case[Any]) -> None:
        aim(case, caller.ids)
        case.call_and_validate(served, headers=caller.headers_for(case.path), checks=PROMISED)

    with suppress(Unsatisfiable):  # nothing to break where nothing is taken
        probe()
