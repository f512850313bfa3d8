"""What a feature declares of the objects that its phones upload: where they lie, and how long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.settings import Settings


class MediaFamily(StrEnum):
    """What an object is to a person; all that the storage of objects knows of their use."""

    FILM = "film"
    PICTURE = "picture"
    VOICE = "voice"
    FILE = "file"


@dataclass(frozen=True)
class DerivedPrefix:
    """Where objects lie that we made of an uploaded one, under the same random name.

    `deleted_with_object` is False where they stay as evidence when the object itself goes.
    """

    prefix: str
    deleted_with_object: bool


@dataclass(frozen=True)
class MediaKind:
    """One use of uploads, declared in the manifest of its feature.

    `code` is `<feature>.<name>`. `prefix` ends with a slash and no other kind has it. `max_bytes`
    bounds an upload. `keep_days` counts from the upload: an object goes then at the latest, also
    when nobody set a day. `announce_job` gets `media_id` when the storage has the object,
    `deleted_job` when it is gone; both are jobs of the feature.
    """

    code: str
    family: MediaFamily
    prefix: str
    content_types: frozenset[str]
    max_bytes: Callable[[Settings], int]
    keep_days: Callable[[Settings], int]
    announce_job: str
    deleted_job: str | None = None
    queue: str = "default"
    derived: Sequence[DerivedPrefix] = ()
