"""What the announcing job of a kind of pictures does: look at it, and keep our own of it."""

from dataclasses import dataclass

from app.core.storage import Storage
from app.media import service
from app.media.content_types import JPEG
from app.media.picture.inspection import inspect_picture
from app.media.picture.report import PictureLimits
from app.media.places import working_place

PICTURE_NAME, THUMBNAIL_NAME = "picture.jpg", "small.jpg"


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """The keys of the picture and its thumbnail, both beside the object; pixels."""

    picture_key: str
    thumbnail_key: str
    width: int
    height: int


async def keep_picture(storage: Storage, key: str, limits: PictureLimits) -> KeptPicture:
    """Put picture and thumbnail beside the object; safe to run twice, no transaction open.

    Never show the object itself: its phone may still write to the key, and it carries where it
    was taken. Raises PictureRejected (refuse it), ObjectMissing, StorageUnavailable and ChildError
    (try again). The caller calls `service.drop_source_later` in the transaction that keeps it.
    """
    place = service.directory(key)
    with working_place() as folder:
        source = folder / "source"
        await storage.download(key, source)
        report = await inspect_picture(source, folder, limits)
        await storage.upload(f"{place}{PICTURE_NAME}", report.picture, JPEG)
        await storage.upload(f"{place}{THUMBNAIL_NAME}", report.thumbnail, JPEG)
    return KeptPicture(
        picture_key=f"{place}{PICTURE_NAME}",
        thumbnail_key=f"{place}{THUMBNAIL_NAME}",
        width=report.width,
        height=report.height,
    )
