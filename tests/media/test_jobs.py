"""Uploads nobody confirmed, objects whose day has come, objects nobody owns."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.core import clock
from app.core.db import Sessionmaker
from app.core.items import ItemsFailedError
from app.core.job_context import JobContext
from app.core.settings import Settings
from app.core.storage import Storage, StorageUnavailable
from app.media import jobs, service
from app.media.models import MediaObject, MediaState
from app.medication.media import FILM, STILLS
from tests.media.factories import PICTURE, THUMBNAILS, make_media, with_kinds
from tests.medication import factories as make

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def context(settings: Settings, sessions: Sessionmaker) -> JobContext:
    return JobContext(settings, sessions, Storage(settings), with_kinds(FILM, PICTURE))


@pytest.fixture
def some_file(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(b"bytes of a film")
    return path


async def announced(session: AsyncSession, context: JobContext, **columns: Any) -> MediaObject:
    patient = await make.make_patient(session)
    usual = {"state": MediaState.PRESIGNED}
    return await make_media(session, context.settings, patient_id=patient.id, **usual | columns)


async def reload(session: AsyncSession, media: MediaObject) -> MediaObject:
    await session.refresh(media)
    return media


async def state_of(session: AsyncSession, media: MediaObject) -> MediaState:
    return (await reload(session, media)).state


async def queued(session: AsyncSession, name: str) -> list[str]:
    found = await session.scalars(
        text("select queue_name from procrastinate_jobs where task_name = :name"), {"name": name}
    )
    return list(found)


async def exist(context: JobContext, keys: Sequence[str]) -> list[bool]:
    return [await context.storage.head(key) is not None for key in keys]


async def stored(
    session: AsyncSession, context: JobContext, some_file: Path, **columns: Any
) -> tuple[MediaObject, list[str]]:
    """Put an object, a copy beside it, and what was made of it where the jobs expect them."""
    media = await announced(session, context, **{"state": MediaState.STORED} | columns)
    derived = STILLS if media.purpose == FILM.code else THUMBNAILS
    keys = [
        media.key,
        f"{service.directory(media.key)}copy",
        f"{service.derived_directory(media.key, derived)}small.jpg",
    ]
    for key in keys:
        await context.storage.upload(key, some_file, media.content_type)
    return media, keys


class Deaf(Storage):
    """A storage that will not delete under some prefixes; `away` as a whole where told so."""

    stuck: frozenset[str] = frozenset()
    away = False

    @override
    async def delete_under(self, prefix: str) -> None:
        if prefix in self.stuck or self.away:
            raise StorageUnavailable
        await super().delete_under(prefix)

    @override
    async def ready(self) -> bool:
        return not self.away


# -- reconcile


@pytest.mark.parametrize("kind", [FILM, PICTURE])
async def test_an_upload_never_confirmed_is_found(
    session: AsyncSession, context: JobContext, some_file: Path, kind: Any
) -> None:
    media = await announced(session, context, kind=kind)
    neighbour = await announced(session, context, kind=kind)
    await context.storage.upload(media.key, some_file, media.content_type)
    begun = clock.now()

    with clock.frozen(begun + MINUTE - 5 * SECOND):
        await jobs.reconcile(context)
    assert await state_of(session, media) is MediaState.PRESIGNED  # the phone is still at it
    for minutes in (2, 4):
        with clock.frozen(begun + minutes * MINUTE):
            await jobs.reconcile(context)

    assert await state_of(session, media) is MediaState.STORED
    assert media.size == 15
    assert await queued(session, kind.announce_job) == [kind.queue]
    assert await state_of(session, neighbour) is MediaState.PRESIGNED


async def test_what_never_came_is_given_up_after_three_days(
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
    assert await queued(session, PICTURE.announce_job) == []


async def test_each_look_that_finds_nothing_makes_the_next_wait_longer(
    session: AsyncSession, context: JobContext
) -> None:
    media = await announced(session, context)
    waits = []
    for _ in range(7):
        at = (await reload(session, media)).next_check_at
        with clock.frozen(at - SECOND):
            await jobs.reconcile(context)
        assert (await reload(session, media)).next_check_at == at  # not a second before
        with clock.frozen(at):
            await jobs.reconcile(context)
        waits.append((await reload(session, media)).next_check_at - at)

    assert [w / MINUTE for w in waits] == [1, 5, 30, 120, 360, 360, 360]


async def test_new_form_begins_the_waiting_anew(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    """The phone was offline for four days, sends now, and dies before it confirms."""
    later = clock.now() + timedelta(hours=6)
    media = await announced(
        session, context, state=MediaState.NEVER_CAME, checks=5, next_check_at=later
    )

    service.another_ticket(context.storage, context.settings, media)
    await session.flush()
    await context.storage.upload(media.key, some_file, "image/jpeg")
    with clock.frozen(clock.now() + 2 * MINUTE):
        await jobs.reconcile(context)

    assert await state_of(session, media) is MediaState.STORED
    assert media.checks == 0


async def test_those_that_never_come_starve_nobody(
    session: AsyncSession, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    rows = [await announced(session, context) for _ in range(3)]
    at = clock.now() + 5 * MINUTE

    with clock.frozen(at):
        await jobs.reconcile(context)
    looked_at = [(await reload(session, m)).checks for m in rows]
    with clock.frozen(at + SECOND):
        await jobs.reconcile(context)

    assert sorted(looked_at) == [0, 1, 1]
    assert [(await reload(session, m)).checks for m in rows] == [1, 1, 1]


async def test_storage_that_is_away_makes_nobody_wait_longer(
    session: AsyncSession, context: JobContext, settings: Settings
) -> None:
    media = await announced(session, context)
    away = Storage(settings.model_copy(update={"s3_endpoint": HttpUrl("http://127.0.0.1:9")}))
    at = clock.now() + 2 * MINUTE

    with clock.frozen(at), pytest.raises(StorageUnavailable):
        await jobs.reconcile(JobContext(settings, context.sessions, away, with_kinds(PICTURE)))

    assert (await reload(session, media)).checks == 0
    assert media.next_check_at == at + MINUTE


# -- confirm


async def test_confirming_one_object_leaves_the_others_alone(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    media, other = [await announced(session, context) for _ in range(2)]
    await context.storage.upload(media.key, some_file, "image/jpeg")
    found = await context.storage.head(media.key)
    assert found is not None

    confirmed = [await service.confirm(session, media.id, found) for _ in range(2)]

    assert confirmed == [True, False]
    assert await state_of(session, media) is MediaState.STORED
    assert media.delete_at == found.stored_at + 30 * DAY
    assert await state_of(session, other) is MediaState.PRESIGNED
    assert other.delete_at is None
    assert await queued(session, PICTURE.announce_job) == ["default"]


async def test_what_was_given_up_is_taken_in_when_it_is_there_after_all(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    media = await announced(session, context, state=MediaState.NEVER_CAME)
    await context.storage.upload(media.key, some_file, "image/jpeg")
    found = await context.storage.head(media.key)
    assert found is not None

    assert await service.confirm(session, media.id, found)
    assert await state_of(session, media) is MediaState.STORED
    assert await queued(session, PICTURE.announce_job) == ["default"]


@pytest.mark.parametrize("state", [MediaState.STORED, MediaState.DELETED])
async def test_what_is_known_or_gone_is_not_announced_again(
    session: AsyncSession, context: JobContext, some_file: Path, state: MediaState
) -> None:
    media = await announced(session, context, state=state)
    await context.storage.upload(media.key, some_file, "image/jpeg")
    found = await context.storage.head(media.key)
    assert found is not None

    assert not await service.confirm(session, media.id, found)
    assert await state_of(session, media) is state
    assert await queued(session, PICTURE.announce_job) == []


async def test_announcing_again_uses_job_and_queue_of_each(
    session: AsyncSession, context: JobContext
) -> None:
    film = await announced(session, context, kind=FILM, state=MediaState.STORED)
    picture = await announced(session, context, state=MediaState.STORED)
    await announced(session, context, state=MediaState.STORED)

    await service.announce_again(session, [film.id, picture.id])

    assert await queued(session, FILM.announce_job) == ["video"]
    assert await queued(session, PICTURE.announce_job) == ["default"]


# -- expire


async def test_film_is_deleted_on_its_day_and_its_stills_stay(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    media, keys = await stored(session, context, some_file, kind=FILM)
    _, others = await stored(session, context, some_file, kind=FILM)
    at = clock.now()
    await service.delete_at(session, media.id, at + 90 * DAY)

    with clock.frozen(at + 90 * DAY - SECOND):
        await jobs.expire(context)
    assert await exist(context, keys) == [True, True, True]
    with clock.frozen(at + 90 * DAY):
        await jobs.expire(context)
        await jobs.expire(context)

    assert await exist(context, keys) == [False, False, True]
    assert await exist(context, others) == [True, True, True]
    assert await state_of(session, media) is MediaState.DELETED
    assert media.deleted_at == at + 90 * DAY
    assert await queued(session, "medication.film_deleted") == ["default"]


async def test_picture_takes_what_was_made_of_it_along(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    """And no job is enqueued where the kind names none."""
    media, keys = await stored(session, context, some_file)
    await service.delete_at(session, media.id, clock.now() - SECOND)

    await jobs.expire(context)

    assert await exist(context, keys) == [False, False, False]
    assert await state_of(session, media) is MediaState.DELETED
    assert await session.scalar(text("select count(*) from procrastinate_jobs")) == 0


async def test_nothing_due_today_is_left_for_tomorrow(
    session: AsyncSession, context: JobContext, some_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    due = clock.now() - SECOND  # the same for all: the walk must not stop at a tie
    all_of_them = [await stored(session, context, some_file) for _ in range(4)]
    for media, _ in all_of_them:
        await service.delete_at(session, media.id, due)

    await jobs.expire(context)

    assert [await exist(context, keys) for _, keys in all_of_them] == [[False] * 3] * 4


async def test_one_that_cannot_be_deleted_holds_up_no_other(
    session: AsyncSession,
    context: JobContext,
    settings: Settings,
    some_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    stuck, kept = await stored(session, context, some_file)
    other, gone = await stored(session, context, some_file)
    await service.delete_at(session, stuck.id, clock.now() - 2 * SECOND)
    await service.delete_at(session, other.id, clock.now() - SECOND)
    deaf = Deaf(settings)
    deaf.stuck = frozenset({service.directory(stuck.key)})

    with pytest.raises(ItemsFailedError):
        await jobs.expire(JobContext(settings, context.sessions, deaf, with_kinds(PICTURE)))

    assert await exist(context, gone) == [False] * 3
    assert await exist(context, kept) == [True] * 3
    assert await state_of(session, stuck) is MediaState.STORED
    assert await state_of(session, other) is MediaState.DELETED


async def test_storage_that_is_away_ends_the_run(
    session: AsyncSession, context: JobContext, settings: Settings, some_file: Path
) -> None:
    media, _ = await stored(session, context, some_file)
    await service.delete_at(session, media.id, clock.now() - SECOND)
    deaf = Deaf(settings)
    deaf.away = True

    with pytest.raises(StorageUnavailable):
        await jobs.expire(JobContext(settings, context.sessions, deaf, with_kinds(PICTURE)))

    assert await state_of(session, media) is MediaState.STORED


@pytest.mark.parametrize(("wanted", "days"), [(None, 30), (10, 10), (30, 30), (31, 30), (999, 30)])
async def test_no_day_is_later_than_the_kind_allows(
    session: AsyncSession, context: JobContext, wanted: int | None, days: int
) -> None:
    at = clock.now()
    media = await announced(session, context, state=MediaState.STORED, stored_at=at)
    other = await announced(session, context, state=MediaState.STORED, stored_at=at)
    await service.delete_at(session, media.id, at + DAY)

    await service.delete_at(session, media.id, None if wanted is None else at + wanted * DAY)

    assert (await reload(session, media)).delete_at == at + days * DAY
    assert (await reload(session, other)).delete_at is None
