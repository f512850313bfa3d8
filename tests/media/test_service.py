"""What a phone is given for one object, and who may hand out a link to it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import uuid7
from app.core.refs import Ref
from app.core.settings import Settings
from app.core.storage import Storage
from app.media import service
from app.media.models import MediaObject, MediaState
from app.media.problems import MediaTooLarge, MediaTypeUnknown
from app.medication.media import FILM, MEDIA_KINDS, STILLS
from app.release import LIFECYCLE_MARGIN_DAYS, lifecycle
from tests.media.factories import PICTURE, THUMBNAILS, make_media
from tests.medication import factories as make


def test_object_carries_its_kind_and_its_owner(settings: Settings) -> None:
    patient_id, owner = uuid7(), Ref("tests", "thing", uuid7())

    media = service.new_object(settings, PICTURE, "image/jpeg", patient_id, owner)
    other = service.new_object(settings, PICTURE, "image/jpeg", patient_id, owner)

    assert Ref(media.owner_feature, media.owner_kind, media.owner_id) == owner
    assert media.patient_id == patient_id
    assert (media.family, media.purpose) == ("picture", "tests.picture")
    assert media.key.startswith("tests-pictures/")
    assert media.key.split("/")[1] != other.key.split("/")[1]


@pytest.mark.parametrize(
    ("content_type", "size", "problem"),
    [
        ("image/png", 10, MediaTypeUnknown),
        ("image/jpeg; charset=x", 10, MediaTypeUnknown),
        ("image/jpeg", 1001, MediaTooLarge),
    ],
)
def test_what_the_storage_would_refuse_is_refused_at_once(
    settings: Settings, content_type: str, size: int, problem: type[Exception]
) -> None:
    service.check_announced(settings, PICTURE, "image/jpeg", 1000)

    with pytest.raises(problem):
        service.check_announced(settings, PICTURE, content_type, size)


async def test_form_is_bound_to_key_type_and_size_of_the_kind(
    session: AsyncSession, settings: Settings
) -> None:
    patient = await make.make_patient(session)
    media = await make_media(session, settings, patient_id=patient.id, state=MediaState.PRESIGNED)

    ticket = service.another_ticket(Storage(settings), settings, media)

    assert media.next_check_at > clock.now()  # the phone has a moment before it is looked for
    assert ticket.fields["key"] == media.key
    assert ticket.fields["Content-Type"] == "image/jpeg"
    assert media.max_bytes == 1000


@pytest.mark.parametrize("state", list(MediaState))
async def test_only_what_the_storage_has_gets_a_link(
    session: AsyncSession, settings: Settings, state: MediaState
) -> None:
    patient = await make.make_patient(session)
    media = await make_media(session, settings, patient_id=patient.id, state=state)

    link = service.link(Storage(settings), media)

    assert (link is not None) == (state is MediaState.STORED)
    assert link is None or media.key in link


async def test_objects_of_a_record_that_was_joined_are_the_other_s_and_nobody_else_s(
    session: AsyncSession, settings: Settings
) -> None:
    old, kept, neighbour = [(await make.make_patient(session)).id for _ in range(3)]
    owners = [old, old, kept, neighbour]
    objects = [await make_media(session, settings, patient_id=owner) for owner in owners]

    await service.merge(session, old, kept)

    for media in objects:
        await session.refresh(media)
    assert [media.patient_id for media in objects] == [kept, kept, kept, neighbour]


async def test_what_is_discarded_goes_now_and_once_more_when_its_form_has_closed(
    session: AsyncSession, settings: Settings
) -> None:
    patient_id, at = (await make.make_patient(session)).id, clock.now()
    still_open, closed = at + timedelta(minutes=5), at - timedelta(minutes=5)

    async def made(state: MediaState, until: datetime) -> MediaObject:
        return await make_media(
            session, settings, patient_id=patient_id, state=state, presigned_until=until
        )

    sent, sending = await made(MediaState.STORED, closed), await made(MediaState.STORED, still_open)
    gone, neighbour = [await made(s, still_open) for s in (MediaState.DELETED, MediaState.STORED)]
    untouched = [(media.id, media.delete_at) for media in (gone, neighbour)]

    with clock.frozen(at):
        await service.discard(session, [sent.id, sending.id, gone.id])

    for media in (sent, sending, gone, neighbour):
        await session.refresh(media)
    assert (sent.delete_at, sending.delete_at) == (at, at)
    assert [(media.id, media.delete_at) for media in (gone, neighbour)] == untouched
    jobs = await session.execute(
        text(
            "select args ->> 'media_id', scheduled_at from procrastinate_jobs"
            " where task_name = 'media.drop_source'"
        )
    )
    assert [tuple(row) for row in jobs] == [(str(sending.id), still_open)]


def test_what_is_made_of_an_object_lies_under_its_name() -> None:
    assert service.directory("films/abc/source") == "films/abc/"
    assert service.derived_directory("films/abc/source", STILLS) == "stills/abc/"


def test_bucket_bounds_every_prefix_that_may_go(settings: Settings) -> None:
    """Later than the job would: the storage counts from the upload, and is the second net."""
    days = lifecycle(settings, [FILM, PICTURE])

    longest = settings.video_retention_days + 90
    assert days == {
        FILM.prefix: longest + LIFECYCLE_MARGIN_DAYS,
        PICTURE.prefix: 30 + LIFECYCLE_MARGIN_DAYS,
        THUMBNAILS.prefix: 30 + LIFECYCLE_MARGIN_DAYS,
    }


async def test_storage_takes_the_bounds_of_all_kinds(settings: Settings) -> None:
    storage = Storage(settings)
    wanted = lifecycle(settings, [*MEDIA_KINDS, PICTURE])

    storage.prepare_bucket(wanted)
    storage.prepare_bucket(wanted)

    rules = storage._inner.get_bucket_lifecycle_configuration(Bucket=storage.bucket)["Rules"]  # noqa: SLF001
    assert {r["Filter"]["Prefix"]: r["Expiration"]["Days"] for r in rules} == wanted
    storage.prepare_bucket(lifecycle(settings, MEDIA_KINDS))
