"""A real PostgreSQL per worker process, one rolled-back transaction per test."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.pool import AsyncAdaptedQueuePool

from app.core import clock, waiting
from app.core.crypto import install_keyring, keyring_from
from app.core.db import (
    Base,
    Sessionmaker,
    make_engine,
    make_independent_engine,
    make_sessions,
)
from app.core.events import LISTENERS
from app.core.limits import Limits
from app.core.settings import Environment, Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.main import create_app, dispose_engines
from app.release import lifecycle
from scripts.dev.engines import Engines, test_engines
from tests.bystanders import make_bystander, rows_of_bystander
from tests.transactions import ARRANGING, refuse_open_transactions

ROOT = Path(__file__).parent.parent
ORIGIN = "http://weibu.test"
DATABASE = "weibu_test"
NOON = datetime(2026, 9, 10, 4, tzinfo=UTC)  # 12:00 of a Thursday in Asia/Shanghai


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """One PostgreSQL and one object storage for this test process."""
    with test_engines() as both:
        yield both


def make_settings(engines: Engines, **changes: object) -> Settings:
    values: dict[str, object] = {
        "environment": Environment.TEST,
        "public_origin": ORIGIN,
        "token_key": "dev-token-key-of-at-least-thirty-two-bytes",
        "field_keys": {"dev-1": base64.b64encode(b"1" * 32).decode()},
        "field_key_id": "dev-1",
        "lookup_key": "dev-lookup",
        "wechat_api_base": "http://127.0.0.1:9",
        "wechat_appid": "wxstandin0000000001",
        "wechat_secret": "dev-wechat-secret",
        "database_pool_size": 5,
    }
    values |= {k.lower(): v for k, v in engines.environment(DATABASE).items()}
    return Settings.model_validate(values | changes)


def alembic_config(settings: Settings) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["configure_logging"] = False
    config.attributes["database_url"] = settings.database_url.get_secret_value()
    return config


@pytest.fixture(scope="session")
def settings(engines: Engines) -> Settings:
    """Bring up the schema by the migrations, once per test process; the bucket too."""
    engines.postgresql.create_database(DATABASE)
    made = make_settings(engines)
    install_keyring(keyring_from(made))
    command.upgrade(alembic_config(made), "head")
    Storage(made).prepare_bucket(lifecycle(made, FEATURES.media_kinds.values()))
    return made


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Of the tests themselves: here one task plays two callers, each with its connection."""
    made = make_engine(settings, pool=AsyncAdaptedQueuePool)
    yield made
    await made.dispose()


@pytest.fixture(scope="session")
async def independent_engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    made = make_independent_engine(settings)
    yield made
    await made.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as made:
        outer = await made.begin()
        yield made
        await outer.rollback()


@pytest.fixture
def sessions(connection: AsyncConnection) -> Sessionmaker:
    """Keep commits of the application inside the test's outer transaction."""
    return async_sessionmaker(
        connection,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
        info={LISTENERS: FEATURES.listeners},
    )


@pytest.fixture
async def session(sessions: Sessionmaker) -> AsyncIterator[AsyncSession]:
    """Arrange with this; flushes are seen by the application: same connection."""
    async with sessions(info={ARRANGING: True, LISTENERS: FEATURES.listeners}) as made:
        yield made


@pytest.fixture(autouse=True)
def gate_of_waiting() -> Iterator[None]:
    """No service is called, and nothing hashed, while a transaction of the application is open."""
    waiting.watchers.append(refuse_open_transactions)
    yield
    waiting.watchers.remove(refuse_open_transactions)


@pytest.fixture
def noon() -> Iterator[datetime]:
    """Hold the clock, so that today's doses are open whenever the tests run."""
    with clock.frozen(NOON):
        yield NOON


@pytest.fixture
async def app(settings: Settings, sessions: Sessionmaker) -> AsyncIterator[FastAPI]:
    made = create_app(settings)
    made.state.sessions = sessions
    made.state.limits = Limits(None)  # counted anew for each test
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """No credentials. An error of ours is an answer (500), not an exception in the test."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"origin": ORIGIN}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as made:
        yield made


async def truncate(engine: AsyncEngine) -> None:
    """Empty it but for the rows of migrations: a cascade takes the standard templates, too."""
    kept = {"treatment_template", "calendar_day"}
    tables = ", ".join(t.name for t in Base.metadata.tables.values() if t.name not in kept)
    async with engine.begin() as connection:
        # The trail refuses it; only a test, as the cluster's superuser, puts its triggers aside.
        await connection.execute(text("set local session_replication_role = replica"))
        standard = "select * from treatment_template where institution_id is null"
        await connection.execute(text(f"create temp table standard on commit drop as {standard}"))
        await connection.execute(text(f"truncate {tables}, procrastinate_jobs cascade"))
        await connection.execute(text("insert into treatment_template select * from standard"))


@pytest.fixture
async def committed_database(
    engine: AsyncEngine, independent_engine: AsyncEngine
) -> AsyncIterator[Sessionmaker]:
    """Real commits, for races and for what must survive a rollback; emptied afterwards."""
    yield make_sessions(engine, independent_engine, **{LISTENERS: FEATURES.listeners})
    await asyncio.wait_for(truncate(engine), 20)


# Tests of these see that nobody's rows change but those they are about.
WITH_BYSTANDER = ("tests/alerts/", "tests/medication/", "tests/patients/", "tests/today/")
# Jobs walk over everybody; a committed database is another one.
WITHOUT_BYSTANDER = {"context", "committed_database", "own_database"}
# These count whole tables, or lay out and alert for everybody.
ALONE = (
    "tests/alerts/test_raising.py",
    "tests/medication/test_merging.py",
    "tests/medication/test_pages_treatments.py",
    "tests/medication/test_treatments.py",
    "tests/patients/test_bindings.py",
    "tests/patients/test_guardians.py",
    "tests/patients/test_merging.py",
    "tests/patients/test_record_pages.py",
    "tests/alerts/test_never_lost.py::test_news_of_a_record_that_was_joined",
    "tests/medication/test_holds.py::test_hold_takes_its_days_out_also_those_not_laid_yet",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        here = item.nodeid.startswith(WITH_BYSTANDER) and not item.nodeid.startswith(ALONE)
        if here and "session" in names and WITHOUT_BYSTANDER.isdisjoint(names):
            names.append("bystander")


@pytest.fixture
async def bystander(sessions: Sessionmaker) -> AsyncIterator[None]:
    """Make somebody whom the test is not about; whatever it does, their rows stay as they are."""
    async with sessions.begin() as session:
        await make_bystander(session)
    async with sessions() as session:
        before = await rows_of_bystander(session)
    yield
    async with sessions() as session:
        assert await rows_of_bystander(session) == before
