"""Play a whole year by hand: python -m tests.simulation.full --patients 300 --days 365 --seed N."""

import argparse
import asyncio
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from alembic import command
from sqlalchemy import event
from sqlalchemy.pool import AsyncAdaptedQueuePool

from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_independent_engine, make_sessions
from app.core.events import LISTENERS
from app.core.settings import Settings
from app.features import FEATURES
from scripts.dev.engines import test_engines
from tests.conftest import DATABASE, alembic_config, make_settings
from tests.simulation.playing import Figures, play
from tests.simulation.product_support import SUPPORTED, Can
from tests.simulation.years import FIRST_DAY, simulate


async def run(settings: Settings, arguments: argparse.Namespace) -> Figures:
    """Play it in an empty database."""
    year = simulate(
        arguments.seed,
        arguments.patients,
        days=arguments.days,
        busy=arguments.busy,
        after=arguments.after,
    )
    print(f"{len(year.events)} events from {FIRST_DAY}", flush=True)  # noqa: T201
    engine = make_engine(settings, pool=AsyncAdaptedQueuePool)
    independent = make_independent_engine(settings)
    for one in (engine, independent):
        event.listen(one.sync_engine, "connect", _let_it_wait)
    sessions = make_sessions(engine, independent, **{LISTENERS: FEATURES.listeners})
    limit = timedelta(minutes=arguments.minutes)
    try:
        named = {Can[name] for name in arguments.can.split(",") if name}
        supported = frozenset(Can) if arguments.all else SUPPORTED | named
        return await play(
            sessions, settings, year, supported, arguments.every, limit=limit, told=_tell
        )
    finally:
        await engine.dispose()
        await independent.dispose()


def _let_it_wait(connection: Any, _record: Any) -> None:
    """Let hours pass on a machine that does other things, too: nobody else waits for a row."""
    connection.cursor().execute("set idle_in_transaction_session_timeout = 0")
    connection.commit()


def _tell(at: datetime, figures: Figures) -> None:
    done = sum(figures.done.values())
    said = [str(one) for one in figures.mismatches]
    print(f"{at:%Y-%m-%d}: {done} events, {len(said)} mismatches", *said, sep="\n", flush=True)  # noqa: T201


def main() -> None:
    """Print the figures; the exit code says whether the two agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--after", type=int, default=0, help="leave out the first so many patients")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="look at each patient every n-th day")
    parser.add_argument("--minutes", type=int, default=120, help="stop playing after so long")
    parser.add_argument("--busy", type=int, default=1, help="plans change so many times as often")
    parser.add_argument("--can", default="", help="what the product can, beside what is noted")
    parser.add_argument("--all", action="store_true", help="the product can everything")
    arguments = parser.parse_args()
    begun = time.monotonic()
    with test_engines() as engines:
        engines.postgresql.create_database(DATABASE)
        settings = make_settings(engines)
        install_keyring(keyring_from(settings))
        command.upgrade(alembic_config(settings), "head")
        figures = asyncio.run(run(settings, arguments))
    print(f"seed {arguments.seed}, {time.monotonic() - begun:.0f} s\n{figures}")  # noqa: T201
    sys.exit(bool(figures.mismatches))


if __name__ == "__main__":
    main()
