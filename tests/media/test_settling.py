"""Objects that nobody owns go; what the storage has lost is noted: one nightly comparison."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.job_context import JobContext
from app.media import jobs, service, settling
from app.media.models import MediaObject, MediaState
from app.medication.media import FILM, STILLS
from tests.media.factories import PICTURE, THUMBNAILS
from tests.media.test_jobs import (
    DAY,
    MINUTE,
    announced,
    context,
    exist,
    queued,
    some_file,
    state_of,
    stored,
)

__all__ = ["context", "some_file"]  # fixtures


async def lose(context: JobContext, media: MediaObject) -> None:
    await context.storage.delete_under(service.directory(media.key))


@pytest.mark.parametrize("page", [1, 2, 1000])
async def test_lost_objects_are_noted_and_their_feature_is_told(
    session: AsyncSession, context: JobContext, some_file: Path,
    monkeypatch: pytest.MonkeyPatch, page: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(settling, "PAGE", page)
    all_of_them = [(await stored(session, context, some_file, kind=FILM))[0] for _ in range(5)]
    in_order = sorted(all_of_them, key=lambda media: media.key.encode())
    lost, kept = [in_order[n] for n in (0, 2, 4)], [in_order[n] for n in (1, 3)]
    for media in lost:
        await lose(context, media)

    await jobs.sweep(context)
    await jobs.sweep(context)

    assert {await state_of(session, media) for media in lost} == {MediaState.DELETED}
    assert {await state_of(session, media) for media in kept} == {MediaState.STORED}
    assert await queued(session, "medication.film_deleted") == ["default"] * 3


async def test_object_whose_source_was_dropped_is_not_lost(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    media, _ = await stored(session, context, some_file, kind=FILM)
    await context.storage.delete([media.key])  # the copy beside it is what is kept

    await jobs.sweep(context)

    assert await state_of(session, media) is MediaState.STORED


async def test_what_was_never_stored_cannot_be_lost(
    session: AsyncSession, context: JobContext
) -> None:
    states = [s for s in MediaState if s is not MediaState.STORED]
    others = [await announced(session, context, state=state) for state in states]

    await jobs.sweep(context)

    assert [await state_of(session, media) for media in others] == states


async def test_more_than_an_accident_is_left_to_a_person(
    session: AsyncSession, context: JobContext, some_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong bucket looks like this, too."""
    monkeypatch.setattr(settling, "MOST_LOST", 1)
    lost = [(await stored(session, context, some_file))[0] for _ in range(2)]
    kept, _ = await stored(session, context, some_file)
    for media in lost:
        await lose(context, media)

    with pytest.raises(settling.TooManyLostError):
        await jobs.sweep(context)
    assert {await state_of(session, media) for media in lost} == {MediaState.STORED}

    assert await settling.settle_all(context) == 2
    assert await settling.settle_all(context) == 0
    assert {await state_of(session, media) for media in lost} == {MediaState.DELETED}
    assert await state_of(session, kept) is MediaState.STORED


async def test_sweeping_removes_orphans_and_nothing_else(
    session: AsyncSession, context: JobContext, some_file: Path
) -> None:
    _, kept = await stored(session, context, some_file)
    waiting = await announced(session, context)
    await context.storage.upload(waiting.key, some_file, "image/jpeg")
    _, gone = await stored(session, context, some_file, state=MediaState.DELETED)
    _, film = await stored(session, context, some_file, kind=FILM, state=MediaState.DELETED)
    orphans = [f"{prefix}nobody/source" for prefix in (PICTURE.prefix, FILM.prefix)]
    orphans += [f"{prefix}nobody/small.jpg" for prefix in (THUMBNAILS.prefix, STILLS.prefix)]
    undeclared = "somebody-elses/nobody/source"
    for key in (*orphans, undeclared):
        await context.storage.upload(key, some_file, "image/jpeg")

    await jobs.sweep(context)
    assert await exist(context, orphans) == [True] * 4  # a request may still be on its way
    with clock.frozen(clock.now() + DAY + MINUTE):
        await jobs.sweep(context)

    assert await exist(context, orphans) == [False] * 4
    assert await exist(context, kept) == [True, True, True]
    assert await exist(context, [waiting.key, undeclared]) == [True, True]
    assert await exist(context, gone) == [False, False, False]
    assert await exist(context, film) == [False, False, True]
