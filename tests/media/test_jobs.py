"""Uploads nobody confirmed, films whose day has come, objects nobody owns."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessionmaker
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage
from app.features import FEATURES
from app.media import jobs, service
from app.media.models import MediaObject, MediaState
from tests.medication import factories as make

SECOND = timedelta(seconds=1)


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), FEATURES)


@pytest.fixture
def some_file(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(b"bytes of a film")
    return path


async def announced(session: AsyncSession, context: JobContext) -> MediaObject:
    patient = await make.make_patient(session)
    expected = service.Expected(patient.id, "video/mp4", "medication.film_arrived")
    media = service.new_object(context.settings, expected)
    session.add(media)
    await session.flush()
    return media


async def state_of(session: AsyncSession, media: MediaObject) -> MediaState:
    await session.refresh(media)
    return media.state


async def queued(session: AsyncSession, name: str) -> int:
    counting = text("select count(*) from procrastinate_jobs where task_name = :name")
    return int((await session.execute(counting, {"name": name})).scalar_one())


async def test_an_upload_never_confirmed_is_found(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    media = await announced(session, context)
    await context.storage.upload(media.key, some_file, "video/mp4")

    await jobs.reconcile(context)
    assert await state_of(session, media) is MediaState.PRESIGNED  # the phone is still at it
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        await jobs.reconcile(context)
    with clock.frozen(clock.now() + timedelta(minutes=4)):
        await jobs.reconcile(context)

    assert await state_of(session, media) is MediaState.STORED
    assert media.size == 15
    assert await queued(session, "medication.film_arrived") == 1


async def test_what_never_came_is_asked_for_less_and_given_up_after_three_days(
    session: AsyncSession, context: JobContext
) -> None:
    media = await announced(session, context)
    before = clock.now()

    with clock.frozen(before + timedelta(hours=72)):
        await jobs.reconcile(context)
    assert await state_of(session, media) is MediaState.PRESIGNED
    with clock.frozen(before + timedelta(hours=73)):
        await jobs.reconcile(context)

    assert await state_of(session, media) is MediaState.NEVER_CAME
    assert await queued(session, "medication.film_arrived") == 0


async def test_what_was_given_up_is_looked_for_again_once_it_gets_a_ticket(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    """The phone was offline for four days, sends now, and dies before it confirms."""
    media = await announced(session, context)
    media.state = MediaState.NEVER_CAME

    service.ticket(context.storage, context.settings, media)
    await session.flush()
    await context.storage.upload(media.key, some_file, "video/mp4")
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        await jobs.reconcile(context)

    assert await state_of(session, media) is MediaState.STORED


async def test_confirmation_of_one_film_leaves_the_others_announced(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    first, second = [await announced(session, context) for _ in range(2)]
    for media in (first, second):
        await context.storage.upload(media.key, some_file, "video/mp4")
    stored = await context.storage.head(first.key)
    assert stored is not None

    assert await service.confirm(session, first.id, stored)

    assert await state_of(session, first) is MediaState.STORED
    assert await state_of(session, second) is MediaState.PRESIGNED
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        await jobs.reconcile(context)
    assert await state_of(session, second) is MediaState.STORED
    assert await queued(session, "medication.film_arrived") == 2


async def test_film_that_comes_after_it_was_given_up_is_announced_once(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    media = await announced(session, context)
    with clock.frozen(clock.now() + timedelta(hours=73)):
        await jobs.reconcile(context)
    assert await state_of(session, media) is MediaState.NEVER_CAME
    await context.storage.upload(media.key, some_file, "video/mp4")
    stored = await context.storage.head(media.key)
    assert stored is not None

    confirmed = [await service.confirm(session, media.id, stored) for _ in range(2)]

    assert confirmed == [True, False]
    assert await state_of(session, media) is MediaState.STORED
    assert await queued(session, "medication.film_arrived") == 1


async def test_reconciling_looks_at_the_longest_unseen_first(
    session: AsyncSession, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    rows = [await announced(session, context) for _ in range(3)]
    at = clock.now() + timedelta(minutes=5)

    with clock.frozen(at):
        await jobs.reconcile(context)
    seen = [m for m in rows if await _checked(session, m) == at]
    with clock.frozen(at + timedelta(minutes=2)):
        await jobs.reconcile(context)

    assert len(seen) == 2
    unseen = next(m for m in rows if m not in seen)
    assert await _checked(session, unseen) == at + timedelta(minutes=2)


async def _checked(session: AsyncSession, media: MediaObject) -> object:
    await session.refresh(media)
    return media.checked_at


async def stored_film(
    session: AsyncSession, context: JobContext, some_file: Path
) -> tuple[MediaObject, list[str]]:
    """Put a film, its playable copy and its stills where the processing job puts them."""
    media = await announced(session, context)
    media.state = MediaState.STORED
    await session.flush()
    place = service.directory(media.key)
    keys = [media.key, f"{place}film.mp4", place.replace("films/", "stills/") + "poster.jpg"]
    for key in keys:
        await context.storage.upload(key, some_file, "video/mp4")
    return media, keys


async def exist(context: JobContext, keys: list[str]) -> list[bool]:
    return [await context.storage.head(key) is not None for key in keys]


async def test_a_film_is_deleted_on_its_day_and_its_stills_stay(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    media, keys = await stored_film(session, context, some_file)
    at = clock.now()
    await service.delete_at(session, media.id, at + timedelta(days=90))

    with clock.frozen(at + timedelta(days=90) - SECOND):
        await jobs.expire(context)
    assert await exist(context, keys) == [True, True, True]
    with clock.frozen(at + timedelta(days=90)):
        await jobs.expire(context)
        await jobs.expire(context)

    assert await exist(context, keys) == [False, False, True]
    assert await state_of(session, media) is MediaState.DELETED
    assert media.deleted_at == at + timedelta(days=90)
    assert await queued(session, "medication.film_deleted") == 1


async def test_no_film_due_today_is_left_for_tomorrow(
    session: AsyncSession, context: JobContext, some_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    films = [await stored_film(session, context, some_file) for _ in range(3)]
    for media, _ in films:
        await service.delete_at(session, media.id, clock.now() - SECOND)

    await jobs.expire(context)

    assert [await exist(context, keys) for _, keys in films] == [[False, False, True]] * 3


async def test_a_film_without_a_day_is_kept(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    _, keys = await stored_film(session, context, some_file)

    with clock.frozen(clock.now() + timedelta(days=9999)):
        await jobs.expire(context)

    assert await exist(context, keys) == [True, True, True]


async def test_sweeping_removes_orphans_and_nothing_else(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    owned, kept = await stored_film(session, context, some_file)
    waiting = await announced(session, context)
    await context.storage.upload(waiting.key, some_file, "video/mp4")
    gone, left = await stored_film(session, context, some_file)
    await session.execute(
        update(MediaObject).where(MediaObject.id == gone.id).values(state=MediaState.DELETED)
    )
    orphan = "films/nobody-owns-this/source"
    await context.storage.upload(orphan, some_file, "video/mp4")

    await jobs.sweep(context)
    assert await exist(context, [orphan]) == [True]  # its request may still be on its way
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        await jobs.sweep(context)

    assert await exist(context, [orphan]) == [False]
    assert await exist(context, kept) == [True, True, True]
    assert await exist(context, [waiting.key]) == [True]
    assert await exist(context, left) == [False, False, True]
    found = await session.scalars(select(MediaObject.id).where(MediaObject.id == owned.id))
    assert found.all()


async def test_storage_lists_deletes_and_answers_ready(
    context: JobContext, some_file: Path
) -> None:
    keys = [f"films/many/{n}" for n in range(5)]
    for key in keys:
        await context.storage.upload(key, some_file, "video/mp4")

    listed = await context.storage.list_page("films/many/", keys[1])
    assert [o.key for o in listed] == keys[2:]
    await context.storage.delete_under("films/many/")
    await context.storage.delete(["films/many/never-there"])

    assert await exist(context, keys) == [False] * 5
    assert await context.storage.ready()
