"""What the announcing job of a kind of recordings does: listen to it, and keep our own of it."""

from dataclasses import dataclass

from app.core.storage import Storage
from app.media import service
from app.media.content_types import M4A
from app.media.places import working_place
from app.media.sound.inspection import inspect_sound
from app.media.sound.report import SoundLimits

SOUND_NAME = "sound.m4a"


@dataclass(frozen=True, slots=True)
class KeptSound:
    """The key of the recording, which lies beside the object; its length and bytes."""

    sound_key: str
    duration_ms: int
    size: int


async def keep_sound(storage: Storage, key: str, limits: SoundLimits) -> KeptSound:
    """Put our recording beside the object; safe to run twice, no transaction open.

    Never play the object itself: whoever sent it may still write to the key. Raises SoundRejected
    (refuse it), ObjectMissing, StorageUnavailable and ChildError (try again). The caller calls
    `service.drop_source_later` in the transaction that keeps it.
    """
    sound_key = f"{service.directory(key)}{SOUND_NAME}"
    with working_place() as folder:
        source = folder / "source"
        await storage.download(key, source)
        report = await inspect_sound(source, folder, limits)
        await storage.upload(sound_key, report.sound, M4A)
        return KeptSound(sound_key, report.duration_ms, report.sound.stat().st_size)
