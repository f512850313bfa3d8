"""Every route with three times as many callers as connections: all are answered, and soon."""

import asyncio
import time
from collections.abc import AsyncIterator
from statistics import quantiles

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete

from app.core.db import Sessionmaker
from app.core.limits import Limits
from app.core.settings import Settings
from app.institutions.models import CalendarDay
from app.main import create_app, dispose_engines
from tests.every_call import DAY, make_scene
from tests.routes import Route, routes_of
from tests.test_audited import name_of

pytestmark = pytest.mark.usefixtures("noon")
CONNECTIONS = 2
CALLERS = 3 * CONNECTIONS
# Seconds. Who waits for a second connection waits ten; nobody may take as long as that.
HANGS_AFTER_S, P95_AT_MOST_S = 8.0, 3.0
PARTS = 4  # so that several test processes share them
NOT_CALLED = {
    "GET /staff/stream": "does not end: tests/core/stream and tests/faults hold that none of its"
    " readers keeps a connection",
}
# Refused to everybody here, behind all look-ups: with this status, and why.
NOT_INDEPENDENT = (409, "a supervisor can confirm it, and does on the pages")
REFUSED = {
    "/staff/logout": (401, "the answer of a log-out is the page to log in"),
    "/api/admin/confirmations/{confirmation_id}/confirm": NOT_INDEPENDENT,
    "/api/admin/confirmations/{confirmation_id}/refuse": NOT_INDEPENDENT,
    "/staff/patients/{patient_id}/severe": (422, "nothing of this patient stands still"),
    "/staff/treatments/{treatment_id}/correct-stop": (422, "this treatment has no end to correct"),
}


@pytest.fixture
async def app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:
    made = create_app(settings.model_copy(update={"database_pool_size": CONNECTIONS}))
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)
    async with committed_database.begin() as session:  # emptying the database keeps the calendar
        await session.execute(delete(CalendarDay).where(CalendarDay.day == DAY))


class Calls:
    """Calls routes, each by several at once in a world of its own."""

    def __init__(self, app: FastAPI, sessions: Sessionmaker) -> None:
        self._app, self._sessions = app, sessions
        self.seconds: list[float] = []
        self.wrong: list[str] = []

    async def call(self, route: Route) -> None:
        scene = await make_scene(self._app, self._sessions)
        await scene.prepare(route)
        self._app.state.limits = Limits(self._app.state.independent_engine)
        told: list[int | str] = []

        async def one(number: int) -> httpx.Response:
            began = time.monotonic()
            answer = await scene.send(route, number)
            self.seconds.append(time.monotonic() - began)
            return answer

        try:
            async with asyncio.timeout(HANGS_AFTER_S):
                ends = await asyncio.gather(*map(one, range(CALLERS)), return_exceptions=True)
            told += [_end(end) for end in ends]
        except TimeoutError:
            told.append("hangs")
        await scene.close()
        if reason := _fault(route, told):
            self.wrong.append(f"{route.method} {route.path}: {reason}: {told}")


def _end(answer: httpx.Response | BaseException) -> int | str:
    """Tell its status; being sent to log in is no success."""
    if not isinstance(answer, httpx.Response):
        return repr(answer)
    to_login = answer.headers.get("location", "").startswith("/staff/login")
    return 401 if to_login else answer.status_code


def _fault(route: Route, told: list[int | str]) -> str | None:
    """Say what is wrong with these answers, if anything is."""
    statuses = [one for one in told if isinstance(one, int)]
    if len(statuses) < CALLERS or max(statuses) >= 500:
        return "not answered"
    if route.method != "GET" and name_of(route) in REFUSED:
        return None if set(statuses) == {REFUSED[name_of(route)][0]} else "refused otherwise"
    return None if min(statuses) < 400 else "nobody could do it: give it a body, or a reason"


def _called(app: FastAPI) -> list[Route]:
    return [r for r in routes_of(app) if f"{r.method} {r.path}" not in NOT_CALLED]


def test_every_exception_is_a_route(app: FastAPI) -> None:
    routes = routes_of(app)

    assert len(_called(app)) == len(routes) - len(NOT_CALLED)
    assert REFUSED.keys() <= {name_of(route) for route in routes}


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_route_answers_three_times_as_many_as_connections(
    part: int, app: FastAPI, committed_database: Sessionmaker
) -> None:
    calls = Calls(app, committed_database)
    routes = _called(app)[part::PARTS]

    for route in routes:
        await calls.call(route)

    assert calls.wrong == [], "\n".join(calls.wrong)
    assert len(calls.seconds) == CALLERS * len(routes) > 100
    assert quantiles(calls.seconds, n=20)[-1] <= P95_AT_MOST_S
