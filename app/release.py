"""Before a new version serves: bring up the schema, the bucket, and what records are found by.

It may be run again, also after it was stopped.
"""

import asyncio
import sys
from collections.abc import Iterable

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from app.core import queue_schema
from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_sessions
from app.core.media_kinds import MediaKind
from app.core.settings import Settings, load_settings
from app.core.storage import Storage
from app.features import FEATURES
from app.institutions.service.renewal import renew_names
from app.patients.service.renewal import renew_records

LIFECYCLE_MARGIN_DAYS = 14


def main() -> None:
    settings = load_settings()
    queue_schema.check_library()
    command.upgrade(Config("alembic.ini"), "head")
    check_queue(settings)
    Storage(settings).prepare_bucket(lifecycle(settings, FEATURES.media_kinds.values()))
    if left := asyncio.run(renew(settings)):
        sys.exit(f"{left} patients' records were in use all the time: run this again.")


async def renew(settings: Settings) -> int:
    """Also names of staff and places. Return how many records still have the keys of before."""
    install_keyring(keyring_from(settings))
    engine = make_engine(settings)
    sessions = make_sessions(engine)
    await renew_names(sessions)
    renewed = await renew_records(sessions)
    await engine.dispose()
    return renewed.left


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
