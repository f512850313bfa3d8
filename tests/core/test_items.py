"""One bad row stops no other, is passed by, and the run ends as failed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import InterfaceError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.idempotency import IdempotencyRecord
from app.core.ids import uuid7
from app.core.items import ItemsFailedError, each_item, forget_rows, pages
from tests.poison import poison

BEFORE = timedelta(days=1)


async def numbers(session: AsyncSession) -> list[int]:
    return list(await session.scalars(text("select n from done order by n")))


@pytest.fixture
async def done(session: AsyncSession) -> None:
    await session.execute(text("create temporary table done (n int check (n not in (3, 5)))"))
    await session.commit()


async def insert(session: AsyncSession, batch: Sequence[int]) -> None:
    for n in batch:
        await session.execute(text("insert into done values (:n)"), {"n": n})


@pytest.mark.usefixtures("done")
async def test_neighbours_of_a_bad_item_are_done_once(
    session: AsyncSession, sessions: Sessionmaker, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ItemsFailedError, match="2 failed"):
        async with each_item() as items:
            await items.write(sessions, [1, 2, 3, 4, 5, 6, 7], insert)

    assert await numbers(session) == [1, 2, 4, 6, 7]
    assert [record.item for record in caplog.records] == ["3", "5"]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("done")
async def test_neighbours_in_one_transaction_are_kept_by_savepoints(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    async def run() -> None:
        async with each_item() as items, sessions.begin() as one:
            for n in (2, 3, 4):
                async with items.savepoint(one, n):
                    await insert(one, [n])

    with pytest.raises(ItemsFailedError):
        await run()

    assert await numbers(session) == [2, 4]


async def test_database_that_is_away_is_no_items_fault() -> None:
    def away() -> AsyncSession:
        raise InterfaceError("select 1", None, Exception("no connection"))

    class Away:
        begin = staticmethod(away)
        __call__ = staticmethod(away)

    with pytest.raises(InterfaceError):
        async with each_item() as items:
            await items.write(Away(), [1, 2], insert)  # type: ignore[arg-type]

    assert items.failed == 0


async def test_pages_go_on_after_what_stays(sessions: Sessionmaker) -> None:
    async def read(_session: AsyncSession, last: int | None) -> Sequence[int]:
        return [n for n in range(5) if last is None or n > last][:2]

    assert [page async for page in pages(sessions, read)] == [[0, 1], [2, 3], [4]]


async def test_rows_of_before_are_deleted_although_one_cannot_be(
    session: AsyncSession, sessions: Sessionmaker
) -> None:
    at = clock.now()
    ages = {"young": BEFORE / 2, "bad": BEFORE * 3, **{f"old-{n}": BEFORE * 2 for n in range(5)}}
    for name, age in ages.items():
        session.add(
            IdempotencyRecord(actor_id=uuid7(), key=name, request_hash="h", created_at=at - age)
        )
    await session.flush()
    await poison(session, "idempotency_record", "old.key = 'bad'")
    key = (IdempotencyRecord.actor_id, IdempotencyRecord.key)

    with pytest.raises(ItemsFailedError):
        async with each_item() as items:
            await forget_rows(sessions, items, key, IdempotencyRecord.created_at, at - BEFORE, 2)

    kept = await session.scalars(select(IdempotencyRecord.key).order_by(IdempotencyRecord.key))
    assert kept.all() == ["bad", "young"]
