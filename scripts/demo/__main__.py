"""`python -m scripts.demo`: load the demonstration district, once, with the settings of the app."""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from app.core.crypto import install_keyring, keyring_from
from app.core.db import make_engine, make_sessions
from app.core.events import LISTENERS
from app.core.settings import load_settings
from app.features import FEATURES
from scripts.demo.district import make_secrets
from scripts.demo.load import Loading, is_loaded, load
from scripts.dev.paths import ACCOUNTS
from scripts.dev.surroundings import option

SEED = 20261122


async def run(loading: Loading) -> bool:
    """Answer whether there was anything to do."""
    engine = make_engine(loading.settings)
    try:
        listening = {LISTENERS: FEATURES.listeners}
        sessions = make_sessions(engine, None, **listening)
        async with sessions.begin() as session:
            if await is_loaded(session):
                return False
        secrets = await make_secrets()
        async with sessions.begin() as session:
            await load(session, loading, secrets)
        return True
    finally:
        await engine.dispose()


def main() -> int:
    settings = load_settings()
    if settings.in_production:
        print("The demonstration district is not for production.", file=sys.stderr)
        return 1
    install_keyring(keyring_from(settings))
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {text}", flush=True)

    accounts = Path(option("WEIBU_ACCOUNTS", str(ACCOUNTS)))
    loading = Loading(settings, accounts, say, SEED, datetime.now(UTC))
    say("the district is loaded" if asyncio.run(run(loading)) else "the district is already there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
