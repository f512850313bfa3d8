"""Before a new version serves: bring the schema up and prepare the bucket. Safe to run twice."""

from collections.abc import Iterable

from alembic import command
from alembic.config import Config

from app.core.media_kinds import MediaKind
from app.core.settings import Settings, load_settings
from app.core.storage import Storage
from app.features import FEATURES

LIFECYCLE_MARGIN_DAYS = 14


def main() -> None:
    settings = load_settings()
    command.upgrade(Config("alembic.ini"), "head")
    Storage(settings).prepare_bucket(lifecycle(settings, FEATURES.media_kinds.values()))


def lifecycle(settings: Settings, kinds: Iterable[MediaKind]) -> dict[str, int]:
    """Bound by prefix what the expiring job deletes first; it may be late, but not for ever."""
    days: dict[str, int] = {}
    for kind in kinds:
        bound = kind.keep_days(settings) + LIFECYCLE_MARGIN_DAYS
        gone = [derived.prefix for derived in kind.derived if derived.deleted_with_object]
        days |= dict.fromkeys([kind.prefix, *gone], bound)
    return days


if __name__ == "__main__":
    main()
