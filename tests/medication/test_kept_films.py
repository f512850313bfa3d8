"""What is kept of a film: our own file, out of the phone's reach, and nothing beside it."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.job_context import JobContext
from app.media.models import MediaObject
from app.medication.jobs import drop_source
from app.medication.models import Dose, Recording
from tests.medication.phone import Phone, post_film, process

pytestmark = pytest.mark.usefixtures("noon")
DROPS = text(
    "select args->>'media_id', scheduled_at from procrastinate_jobs"
    " where task_name = 'medication.drop_source'"
)


async def _media_of(session: AsyncSession, film: Recording) -> MediaObject:
    return await session.get_one(MediaObject, film.media_id, populate_existing=True)


async def test_what_the_phone_sent_goes_once_a_film_is_kept(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes
) -> None:
    film = await process(context, session, await phone.send(dose, good_film))
    media = await _media_of(session, film)

    # Not before the phone's ticket has run out: it could put the file there again.
    assert (await session.execute(DROPS)).all() == [(str(film.media_id), media.presigned_until)]
    for _ in range(2):
        await drop_source(context, media_id=str(film.media_id))

    assert await context.storage.head(media.key) is None
    assert film.film_key is not None
    assert await context.storage.head(film.film_key) is not None


async def test_a_ticket_cannot_change_the_film_that_was_inspected(
    phone: Phone, session: AsyncSession, context: JobContext, dose: Dose, good_film: bytes
) -> None:
    announced = (await phone.announce(dose)).json()
    await post_film(announced["upload"], good_film)
    await phone.confirm(announced["recording_id"])
    film = await process(context, session, UUID(announced["recording_id"]))

    assert (await post_film(announced["upload"], b"something else")).status_code == 201

    assert film.film_key is not None
    kept = await context.storage.head(film.film_key)
    assert kept is not None
    assert kept.size == len(good_film)


async def test_a_film_that_is_itself_the_source_stays(
    session: AsyncSession, context: JobContext, phone: Phone, dose: Dose, good_film: bytes
) -> None:
    film = await process(context, session, await phone.send(dose, good_film))
    media = await _media_of(session, film)
    film.film_key = media.key
    await session.flush()

    await drop_source(context, media_id=str(media.id))

    assert await context.storage.head(media.key) is not None
