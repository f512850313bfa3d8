"""Who commits: only the edge, before the answer; what must survive a refusal does."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.models import LoginAttempt
from app.core.db import Sessionmaker, independent_session, make_engine, make_sessions
from app.core.pools import SecondConnection
from app.core.problems import as_problem
from app.core.settings import Settings
from app.core.work import transaction
from app.main import create_app, dispose_engines
from app.medication.models import Dose, DoseReport
from tests.accounts.factories import wechat_client
from tests.medication import factories as make
from tests.medication.phone import Phone

# Fires when the transaction commits: as a deferred constraint, or a server that goes away then.
LATE_REFUSAL = """
create function refuse_at_commit() returns trigger language plpgsql as
  $$ begin raise exception 'refused at commit' using errcode = 'unique_violation'; end $$;
create constraint trigger refuse_at_commit after insert on dose_report
  deferrable initially deferred for each row execute function refuse_at_commit();
"""
UNDO = "drop trigger refuse_at_commit on dose_report; drop function refuse_at_commit"


@pytest.fixture
async def refusing_at_commit(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.execute(text(LATE_REFUSAL))
    yield
    async with engine.begin() as connection:
        for statement in UNDO.split("; "):
            await connection.execute(text(statement))


@pytest.fixture
async def real_app(settings: Settings, committed_database: Sessionmaker) -> AsyncIterator[FastAPI]:
    made = create_app(settings)
    made.state.sessions = committed_database
    yield made
    await made.state.http.aclose()
    await dispose_engines(made)


async def _phone(app: FastAPI, sessions: Sessionmaker) -> tuple[Phone, Dose]:
    async with sessions.begin() as session:
        patient = await make.make_patient(session)
        dose = await make.make_dose(session, patient=patient)
    assert patient.wechat_account_id is not None
    return Phone(patient, wechat_client(app, patient.wechat_account_id)), dose


@pytest.mark.usefixtures("noon", "refusing_at_commit")
async def test_a_commit_that_fails_reaches_the_client(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    phone, dose = await _phone(real_app, committed_database)

    answer = await phone.report(dose)

    assert (answer.status_code, answer.json()["type"]) == (409, "conflict")
    async with committed_database() as session:
        assert await session.scalar(select(func.count()).select_from(DoseReport)) == 0
        assert (await session.get_one(Dose, dose.id)).self_reported_taken is None


@pytest.mark.usefixtures("noon")
async def test_an_answer_means_committed(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    phone, dose = await _phone(real_app, committed_database)

    assert (await phone.report(dose)).status_code == 201

    async with committed_database() as session:
        assert (await session.get_one(Dose, dose.id)).self_reported_taken is True


async def test_a_failed_login_is_counted_though_the_request_is_refused(
    real_app: FastAPI, committed_database: Sessionmaker
) -> None:
    transport = httpx.ASGITransport(real_app)
    form = {"username": "nobody", "password": "wrong", "code": "000000"}
    async with httpx.AsyncClient(transport=transport, base_url="http://weibu.test") as http:
        answer = await http.post("/staff/login", data=form)

    assert answer.status_code == 401
    async with committed_database() as session:
        attempt = (await session.scalars(select(LoginAttempt))).one()
        assert (attempt.reason, attempt.succeeded) == ("username", False)


async def test_nobody_waits_for_a_second_connection_of_a_pool_he_holds_one_of(
    settings: Settings,
) -> None:
    engine = make_engine(settings, 2)
    try:
        async with engine.connect():
            with pytest.raises(SecondConnection):
                async with engine.connect():
                    pass
        async with engine.connect() as again:
            assert await again.scalar(text("select 1")) == 1
    finally:
        await engine.dispose()


async def test_an_independent_session_outlives_the_one_around_it(
    committed_database: Sessionmaker,
) -> None:
    async def keep_and_fail() -> None:
        async with committed_database.begin() as session:
            async with independent_session(session) as own:
                own.add(
                    LoginAttempt(
                        username="kept", address="::/64", succeeded=False, reason="started"
                    )
                )
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError):
        await keep_and_fail()

    async with committed_database() as session:
        assert (await session.scalars(select(LoginAttempt.username))).all() == ["kept"]


async def test_a_connection_that_was_closed_meanwhile_gives_its_place_back(
    settings: Settings,
) -> None:
    """As after a restart of the database: the one who meets it fails, the next is served."""
    engine = make_engine(settings, 1)
    sessions = make_sessions(engine)
    async with transaction(sessions) as session:
        await session.execute(select(1))
        kept = await (await session.connection()).get_raw_connection()
        driver = kept.driver_connection
    assert driver is not None
    await driver.close()

    with pytest.raises(Exception, match="closed"):
        async with transaction(sessions) as session:
            await session.execute(select(1))
    async with asyncio.timeout(5), transaction(sessions) as session:
        answer = await session.scalar(select(1))

    await engine.dispose()
    assert answer == 1


async def test_a_database_that_is_away_is_told_as_such(settings: Settings) -> None:
    away = settings.model_copy(
        update={"database_url": SecretStr("postgresql+psycopg://x@127.0.0.1:9/x")}
    )
    sessions = make_sessions(make_engine(away, 1))

    with pytest.raises(Exception, match="refused") as failed:
        async with transaction(sessions) as session:
            await session.execute(select(1))

    assert as_problem(failed.value).status == 503
