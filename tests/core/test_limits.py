"""How often one subject may ask, in one process and in several."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import clock
from app.core import limits as limits_module
from app.core.db import Sessionmaker, make_engine
from app.core.housekeeping import forget_windows
from app.core.job_context import JobContext
from app.core.limits import Limit, Limits, RequestWindow, subject_hash
from app.core.problems import TooManyAttempts
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from tests.conftest import NOON
from tests.routes import PUBLIC, below, routes_of

LIMIT = Limit("of_a_test", 8, 60, "a number of this test")
# They ask no table and no other service, or are asked by machines that must get an answer.
WITHOUT_LIMIT = {
    "/healthz", "/readyz", "/docs", "/docs/settings", "/docs/problems", "/docs/jobs",
    "/docs/vocabulary", "/m/preview.json",
}  # fmt: skip


async def _passes(limits: Limits, times: int, subject: str = "somebody") -> int:
    passed = 0
    for _ in range(times):
        try:
            await limits.pass_or_refuse(LIMIT, subject)
        except TooManyAttempts:
            continue
        passed += 1
    return passed


@pytest.mark.usefixtures("noon")
async def test_the_last_that_may_passes_and_the_next_is_told_how_long_to_wait() -> None:
    limits = Limits(None)

    assert await _passes(limits, LIMIT.most) == LIMIT.most
    with pytest.raises(TooManyAttempts) as refused:
        await limits.pass_or_refuse(LIMIT, "somebody")
    assert refused.value.facts == {"retry_after_s": 61}
    assert await _passes(limits, 1, "somebody else") == 1


async def test_a_new_window_begins_at_zero() -> None:
    limits = Limits(None)
    with clock.frozen(NOON):
        assert await _passes(limits, 20) == LIMIT.most
    with clock.frozen(NOON + timedelta(seconds=59)):
        assert await _passes(limits, 1) == 0
    with clock.frozen(NOON + timedelta(seconds=60)):
        assert await _passes(limits, 20) == LIMIT.most


@pytest.mark.usefixtures("noon")
async def test_two_processes_share_the_count_of_whoever_comes_often(
    engine: AsyncEngine, committed_database: Sessionmaker
) -> None:
    first, second = Limits(engine), Limits(engine)

    passed = await _passes(first, 20) + await _passes(second, 20)

    assert LIMIT.most <= passed <= LIMIT.most + LIMIT.free
    async with committed_database() as session:
        row = (await session.scalars(select(RequestWindow))).one()
    hashed = subject_hash(LIMIT, "somebody")
    assert (row.name, row.subject, row.began_at) == (LIMIT.name, hashed, NOON)


@pytest.mark.usefixtures("noon")
async def test_no_address_is_kept_and_nobody_is_known_again_at_another_limit(
    engine: AsyncEngine, committed_database: Sessionmaker
) -> None:
    limits, address = Limits(engine), "203.0.113.7"
    for limit in (LIMIT, replace(LIMIT, name="another_of_a_test")):
        for _ in range(LIMIT.free + 1):
            await limits.pass_or_refuse(limit, address)

    async with committed_database() as session:
        kept = (await session.scalars(select(RequestWindow.subject))).all()
    assert len(set(kept)) == 2
    assert all(address not in subject and len(subject) == 32 for subject in kept)


@pytest.fixture
async def nowhere(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Make one for a database that does not answer: nobody listens there."""
    away = SecretStr("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    made = make_engine(settings.model_copy(update={"database_url": away}))
    yield made
    await made.dispose()


@pytest.mark.usefixtures("noon")
async def test_without_the_database_the_own_count_decides_and_it_is_let_alone(
    nowhere: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    event.listen(nowhere.sync_engine, "do_connect", lambda *_: tries.append(1))

    assert await _passes(Limits(nowhere), 20) == LIMIT.most
    assert len(tries) == 1
    monkeypatch.setattr(limits_module, "ASK_AGAIN_S", 0)
    assert await _passes(Limits(nowhere), 20) == LIMIT.most
    assert len(tries) == 1 + 20 - LIMIT.free


@pytest.mark.usefixtures("noon")
async def test_what_was_counted_while_the_database_was_away_is_told_later(
    nowhere: AsyncEngine,
    engine: AsyncEngine,
    committed_database: Sessionmaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits_module, "ASK_AGAIN_S", 0)
    limits = Limits(nowhere)
    await _passes(limits, 5)

    monkeypatch.setattr(limits, "_engine", engine)
    await _passes(limits, 1)

    async with committed_database() as session:
        assert await session.scalar(select(RequestWindow.count)) == 6


@pytest.mark.usefixtures("noon")
async def test_who_comes_seldom_costs_no_statement(
    engine: AsyncEngine, committed_database: Sessionmaker
) -> None:
    assert await _passes(Limits(engine), LIMIT.free) == LIMIT.free

    async with committed_database() as session:
        assert await session.scalar(select(func.count()).select_from(RequestWindow)) == 0


@pytest.mark.usefixtures("noon", "committed_database")
async def test_who_comes_often_is_told_to_the_others_some_requests_at_a_time(
    engine: AsyncEngine,
) -> None:
    often = Limit("often", 100, 60, "a number of this test")
    first, second = Limits(engine), Limits(engine)
    statements: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    passed = 0
    for n in range(300):
        try:
            await (first, second)[n % 2].pass_or_refuse(often, "somebody")
        except TooManyAttempts:
            continue
        passed += 1

    assert often.most <= passed <= often.most + 2 * (often.free + often.step)
    told = sum("request_window" in statement for statement in statements)
    assert told <= 2 + often.most // often.step


@pytest.mark.usefixtures("noon")
async def test_a_flood_stops_costing_statements(
    engine: AsyncEngine, committed_database: Sessionmaker
) -> None:
    await _passes(Limits(engine), 500)

    async with committed_database() as session:
        assert await session.scalar(select(RequestWindow.count)) == LIMIT.most + 1


async def test_old_windows_are_forgotten_and_open_ones_kept(
    settings: Settings, committed_database: Sessionmaker, engine: AsyncEngine
) -> None:
    context = JobContext(settings, committed_database, Storage(settings), FEATURES)
    for at in (NOON, NOON + timedelta(hours=3)):
        with clock.frozen(at):
            await _passes(Limits(engine), 5)

    with clock.frozen(NOON + timedelta(hours=3)):
        await forget_windows(context)

    async with committed_database() as session:
        kept = (await session.scalars(select(RequestWindow.began_at))).all()
    assert kept == [NOON + timedelta(hours=3)]


def test_every_open_route_has_a_limit_or_costs_nothing(app: FastAPI) -> None:
    unlimited = set()
    for route in routes_of(app):
        if not route.roles:
            context = next(c for c in iter_route_contexts(app.routes) if c.path == route.path)
            names = {getattr(d.call, "__name__", "") for d in below(context.dependant)}
            if "limited_by_address" not in names:
                unlimited.add(route.path)

    assert PUBLIC == "public"
    assert unlimited <= WITHOUT_LIMIT
    assert unlimited
