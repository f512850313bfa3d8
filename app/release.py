"""Before a new version serves: bring the schema up and prepare the bucket. Safe to run twice."""

from collections.abc import Iterable

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from app.core import queue_schema
from app.core.media_kinds import MediaKind
from app.core.settings import Settings, load_settings
from app.core.storage import Storage
from app.features import FEATURES

LIFECYCLE_MARGIN_DAYS = 14


def main() -> None:
    settings = load_settings()
    queue_schema.check_library()
    command.upgrade(Config("alembic.ini"), "head")
    check_queue(settings)
    Storage(settings).prepare_bucket(lifecycle(settings, FEATURES.media_kinds.values()))


def check_queue(settings: Settings) -> None:
    """Refuse to go on with a queue that another version of its library made."""
    engine = create_engine(settings.database_url.get_secret_value())
    with engine.connect() as connection:
        queue_schema.check_database(connection)
    engine.dispose()


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
