"""Hot statements give what a session would give, in its transaction; what they cannot, they refuse.

Half of it runs on committed databases: only there has a request a connection of its own.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import (
    ARRAY,
    Insert,
    Select,
    Update,
    Uuid,
    any_,
    cast,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import DataError, IntegrityError, NoResultFound, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

import app.features  # noqa: F401  # every hot statement is declared by what it imports
from app.core.db import Sessionmaker, for_update
from app.core.hot import EVERY, Hot, HotWrite, hot
from app.core.ids import uuid7
from app.core.problems import as_problem
from app.core.work import transaction, work_of
from app.institutions.models import Institution, Team, Tier
from app.patients.models import Patient, Sex
from tests.counting import counted

NAME = "张小芳"


class PatientRow(NamedTuple):
    id: UUID
    name: str
    sex: Sex
    id_number: str | None
    search_keys: list[str]
    conditions: list[str]


@hot(PatientRow)
def patients_of(*, ids: Sequence[UUID]) -> Select[*tuple[Any, ...]]:
    return (
        select(*(getattr(Patient, name) for name in PatientRow._fields))
        .where(Patient.id == any_(cast(ids, ARRAY(Uuid))))
        .order_by(Patient.id)
    )


class InstitutionRow(NamedTuple):
    name: str
    tier: Tier
    parent_id: UUID | None


@hot(InstitutionRow)
def institution_of(locked: bool, /, *, institution_id: UUID) -> Select[str, Tier, UUID | None]:
    statement = select(Institution.name, Institution.tier, Institution.parent_id).where(
        Institution.id == institution_id
    )
    return for_update(statement) if locked else statement


@hot(InstitutionRow)
def rename(*, institution_id: UUID, name: str) -> ReturningUpdate[str, Tier, UUID | None]:
    return (
        update(Institution)
        .where(Institution.id == institution_id)
        .values(name=name)
        .returning(Institution.name, Institution.tier, Institution.parent_id)
    )


@HotWrite
def add(*, institution_id: UUID, name: str, tier: Tier, path: str, at: datetime) -> Insert:
    return insert(Institution).values(
        id=institution_id, name=name, tier=tier, path=path, created_at=at, version=1
    )


@HotWrite
def encrypt_name(*, patient_id: UUID, name: str) -> Update:
    return update(Patient).where(Patient.id == patient_id).values(name=name)


def values(institution_id: UUID, name: str = "卫生室") -> dict[str, Any]:
    path, at = str(institution_id), datetime(2026, 9, 1, tzinfo=UTC)
    return {
        "institution_id": institution_id,
        "name": name,
        "tier": Tier.VILLAGE_CLINIC,
        "path": path,
        "at": at,
    }


@pytest.fixture
def committed(committed_database: Sessionmaker) -> Sessionmaker:
    return committed_database


async def _patient(session: AsyncSession) -> Patient:
    institution = Institution(tier=Tier.VILLAGE_CLINIC, name="卫生室", path=f"{uuid7()}")
    session.add(institution)
    await session.flush()
    team = Team(institution_id=institution.id, name="一组")
    session.add(team)
    await session.flush()
    patient = Patient(
        team_id=team.id,
        name=NAME,
        phone="13900000000",
        search_keys=["a", "b"],
        sex=Sex.FEMALE,
        birth_on=datetime(1960, 1, 1, tzinfo=UTC).date(),
        conditions=[],
        zone="Asia/Shanghai",
    )
    session.add(patient)
    await session.flush()
    return patient


@pytest.mark.parametrize("statement", EVERY, ids=lambda h: getattr(h, "__qualname__", "?"))
def test_every_hot_statement_fits_its_row(statement: Hot[Any, Any]) -> None:
    assert statement.every_shape()


async def test_types_come_out_as_through_a_session(session: AsyncSession) -> None:
    patient, other = await _patient(session), await _patient(session)

    rows = await patients_of.all(session, ids=[patient.id, other.id])

    columns = [getattr(Patient, name) for name in PatientRow._fields]
    through_session = await session.execute(select(*columns).order_by(Patient.id))
    assert rows == [tuple(row) for row in through_session]
    assert rows[0].name == NAME
    assert (rows[0].sex, rows[0].id_number, rows[0].search_keys) == (Sex.FEMALE, None, ["a", "b"])
    assert await patients_of.all(session, ids=[]) == []


async def test_values_go_in_as_through_a_session(session: AsyncSession) -> None:
    patient, neighbour = await _patient(session), await _patient(session)

    await encrypt_name.execute(session, patient_id=patient.id, name="李四")

    stored = text("select name from patient where id = :id")
    assert "李四" not in str(await session.scalar(stored, {"id": patient.id}))
    names = {row.id: row.name for row in await patients_of.all(session, ids=[patient.id])}
    assert names == {patient.id: "李四"}
    await session.refresh(neighbour)
    assert neighbour.name == NAME


async def test_pending_changes_of_the_session_are_seen(session: AsyncSession) -> None:
    patient = await _patient(session)
    patient.name = "王五"

    (row,) = await patients_of.all(session, ids=[patient.id])

    assert row.name == "王五"


async def test_one_and_first(session: AsyncSession) -> None:
    institution_id = uuid7()
    await add.execute(session, **values(institution_id))

    row = await institution_of.one(session, False, institution_id=institution_id)

    assert row == ("卫生室", Tier.VILLAGE_CLINIC, None)
    assert await institution_of.first(session, True, institution_id=institution_id) == row
    assert await institution_of.first(session, True, institution_id=uuid7()) is None
    with pytest.raises(NoResultFound):
        await institution_of.one(session, False, institution_id=uuid7())


async def test_statements_are_counted(session: AsyncSession, connection: AsyncConnection) -> None:
    with counted(connection) as statements:
        await institution_of.first(session, False, institution_id=uuid7())

    assert len(statements) == 1


class Wrong(NamedTuple):
    name: str
    level: Tier


def test_a_row_with_another_column_is_refused() -> None:
    with pytest.raises(TypeError, match="level"):
        Hot(Wrong, lambda: select(Institution.name, Institution.tier)).compiled()
    EVERY.pop()


def test_an_entity_is_refused() -> None:
    with pytest.raises(TypeError):
        Hot(Wrong, lambda: select(Institution)).compiled()
    EVERY.pop()


def test_a_default_that_python_makes_is_refused() -> None:
    with pytest.raises(TypeError, match="created_at"):
        HotWrite(lambda: insert(Institution).values(name="x", tier=Tier.VILLAGE_CLINIC)).compiled()
    EVERY.pop()


class One(NamedTuple):
    id: UUID


def _of_ids(*, ids: Sequence[UUID]) -> Select[UUID]:
    return select(Institution.id).where(Institution.id.in_(ids))


def test_a_list_in_in_is_refused() -> None:
    with pytest.raises(TypeError, match="any_"):
        Hot(One, _of_ids).compiled()
    EVERY.pop()


async def test_what_is_written_is_committed_or_rolled_back(
    committed: Sessionmaker,
) -> None:
    kept, lost = uuid7(), uuid7()

    async with transaction(committed) as session:
        await add.execute(session, **values(kept))
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with transaction(committed) as session:
            await institution_of.first(session, False, institution_id=kept)
            await add.execute(session, **values(lost))
            await rename.one(session, institution_id=kept, name="变了")
            raise RuntimeError

    async with transaction(committed) as session:
        assert (await institution_of.one(session, False, institution_id=kept)).name == "卫生室"
        assert await institution_of.first(session, False, institution_id=lost) is None


async def test_session_and_hot_statements_share_a_transaction(
    committed: Sessionmaker,
) -> None:
    added = Institution(tier=Tier.VILLAGE_CLINIC, name="甲", path="shared")

    with pytest.raises(RuntimeError):  # noqa: PT012
        async with transaction(committed) as session:
            session.add(added)
            assert await institution_of.first(session, False, institution_id=uuid7()) is None
            assert await institution_of.one(session, False, institution_id=added.id)
            await rename.one(session, institution_id=added.id, name="乙")
            assert await session.scalar(select(Institution.name)) == "乙"
            raise RuntimeError

    async with transaction(committed) as session:
        assert await session.scalar(select(Institution.name)) is None
        session.add(Institution(tier=Tier.VILLAGE_CLINIC, name="丙", path="shared"))
    async with transaction(committed) as session:
        assert await session.scalar(select(Institution.name)) == "丙"


async def test_a_savepoint_takes_back_hot_statements(committed: Sessionmaker) -> None:
    async with transaction(committed) as session:
        await add.execute(session, **values(first := uuid7()))
        with pytest.raises(IntegrityError):  # noqa: PT012
            async with session.begin_nested():
                await add.execute(session, **values(uuid7(), "second"))
                await add.execute(session, **values(first))

    async with transaction(committed) as session:
        assert (await session.scalars(select(Institution.id))).all() == [first]


async def test_reading_alone_opens_no_transaction(committed: Sessionmaker) -> None:
    async with transaction(committed) as session:
        await institution_of.first(session, False, institution_id=uuid7())
        work = work_of(session)
        assert work is not None
        driver = await work.driver(in_transaction=False)
        assert driver.info.transaction_status.name == "IDLE"

        await institution_of.first(session, True, institution_id=uuid7())
        assert driver.info.transaction_status.name == "INTRANS"


class Count(NamedTuple):
    number: int


@hot(Count)
def count_and_add(
    *, institution_id: UUID, name: str, tier: Tier, path: str, at: datetime
) -> Select[int]:
    added = insert(Institution).values(
        id=institution_id, name=name, tier=tier, path=path, created_at=at, version=1
    )
    return select(literal(0).label("number")).add_cte(added.cte("added"))


async def test_a_select_that_also_writes_is_rolled_back(committed: Sessionmaker) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with transaction(committed) as session:
            await count_and_add.one(session, **values(lost := uuid7()))
            raise RuntimeError

    async with transaction(committed) as session:
        assert await institution_of.first(session, False, institution_id=lost) is None


note: Any = Hot(InstitutionRow, vars(rename)["__wrapped__"], alone=True)


@pytest.mark.parametrize(("in_transaction", "name"), [(False, "乙"), (True, "卫生室")])
async def test_what_stands_alone_opens_no_transaction_but_shares_one(
    committed: Sessionmaker, in_transaction: bool, name: str
) -> None:
    async with transaction(committed) as session:
        await add.execute(session, **values(kept := uuid7()))

    with pytest.raises(RuntimeError):  # noqa: PT012
        async with transaction(committed) as session:
            if in_transaction:
                await add.execute(session, **values(uuid7(), "second"))
            await note.one(session, institution_id=kept, name="乙")
            raise RuntimeError

    async with transaction(committed) as session:
        assert (await institution_of.one(session, False, institution_id=kept)).name == name


async def test_connections_go_back_clean(committed: Sessionmaker, engine: AsyncEngine) -> None:
    pool: Any = engine.pool
    before = pool.checkedout()

    for _ in range(20):
        with pytest.raises(IntegrityError):  # noqa: PT012
            async with transaction(committed) as session:
                await institution_of.first(session, False, institution_id=uuid7())
                await add.execute(session, **values(same := uuid7()))
                await add.execute(session, **values(same))
    async with committed.begin() as session:
        connection = await (await session.connection()).get_raw_connection()
        assert connection.driver_connection is not None
        assert connection.driver_connection.autocommit is False

    assert pool.checkedout() == before


async def test_a_broken_connection_is_replaced(committed: Sessionmaker) -> None:
    kill = text("select pg_terminate_backend(pid) from pg_stat_activity where pid = :pid")
    with pytest.raises(OperationalError) as caught:  # noqa: PT012
        async with committed.begin() as other, transaction(committed) as session:
            pid = await session.scalar(text("select pg_backend_pid()"))
            await other.execute(kill, {"pid": pid})
            await institution_of.first(session, False, institution_id=uuid7())
    assert as_problem(caught.value).status == 503

    async with transaction(committed) as session:
        assert await institution_of.first(session, False, institution_id=uuid7()) is None


async def test_errors_become_the_same_problems(session: AsyncSession) -> None:
    institution_id = uuid7()
    await add.execute(session, **values(institution_id))

    with pytest.raises(IntegrityError) as twice:
        async with session.begin_nested():
            await add.execute(session, **values(institution_id))
    with pytest.raises(DataError) as nul:
        async with session.begin_nested():
            await add.execute(session, **values(uuid7(), "a\0b"))

    diagnosis: Any = twice.value.orig
    assert diagnosis.diag.constraint_name == "pk_institution"
    assert as_problem(twice.value).status == 409
    assert as_problem(nul.value).type == "bad-request"
    assert "卫生室" not in str(twice.value)


class Sum(NamedTuple):
    total: int


async def test_text_that_looks_like_a_placeholder_stays(session: AsyncSession) -> None:
    @hot(Sum)
    def total(*, first: int) -> Select[int]:
        return select((literal(100) % first + literal(1)).label("total"))

    assert (await total.one(session, first=7)).total == 3
    EVERY.pop()
