"""After a restore: note every object that the database knows and the bucket has not.

`python -m app.settle`, while the API and the workers are stopped; it may be run again. The nightly
`media.sweep` notes by itself what is lost by accident, and stops where it is more than that.
"""

import asyncio
import logging

from app.core.db import make_engine, make_independent_engine, make_sessions
from app.core.events import LISTENERS
from app.core.job_context import JobContext
from app.core.logging import configure
from app.core.settings import load_settings
from app.core.storage import Storage
from app.features import FEATURES
from app.media.settling import settle_all

log = logging.getLogger("app.settle")


async def run() -> None:
    settings = load_settings()
    configure(settings.log_level)
    engine, independent = make_engine(settings), make_independent_engine(settings)
    sessions = make_sessions(engine, independent, **{LISTENERS: FEATURES.listeners})
    context = JobContext(settings, sessions, Storage(settings), FEATURES)
    count = await settle_all(context)
    log.info("objects of the database and of the bucket agree", extra={"lost": count})
    await engine.dispose()
    await independent.dispose()


if __name__ == "__main__":
    asyncio.run(run())
