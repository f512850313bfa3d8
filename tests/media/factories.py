"""Objects in the storage's table, as a feature would have announced them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.assembly import Features
from app.core.ids import uuid7
from app.core.media_kinds import DerivedPrefix, MediaFamily, MediaKind
from app.core.refs import Ref
from app.core.settings import Settings
from app.features import FEATURES
from app.media import service
from app.media.models import MediaObject, MediaState

THUMBNAILS = DerivedPrefix("tests-thumbnails/", deleted_with_object=True)
# A kind of a feature that does not exist: nothing in media may know films.
PICTURE = MediaKind(
    code="tests.picture",
    family=MediaFamily.PICTURE,
    prefix="tests-pictures/",
    content_types=frozenset({"image/jpeg"}),
    max_bytes=lambda _: 1_000,
    keep_days=lambda _: 30,
    announce_job="tests.picture_arrived",
    derived=(THUMBNAILS,),
)


async def make_media(
    session: AsyncSession,
    settings: Settings,
    *,
    patient_id: UUID | None,
    kind: MediaKind = PICTURE,
    owner: Ref | None = None,
    **columns: Any,
) -> MediaObject:
    """Make an object that the storage has, unless the columns say otherwise."""
    owner = owner or Ref("tests", "thing", uuid7())
    content_type = min(kind.content_types)
    new = service.new_object(settings, kind, content_type, patient_id, owner)
    media = MediaObject(**new._asdict())
    at = clock.now()
    usual = {"state": MediaState.STORED, "stored_at": at, "size": 10}
    if columns.get("state") in {MediaState.PRESIGNED, MediaState.NEVER_CAME}:
        usual = {}
    for name, value in (usual | columns).items():
        setattr(media, name, value)
    session.add(media)
    await session.flush()
    return media


def with_kinds(*kinds: MediaKind) -> Features:
    """Take the features as they are, with just these kinds of objects."""
    return replace(FEATURES, media_kinds={kind.code: kind for kind in kinds})
