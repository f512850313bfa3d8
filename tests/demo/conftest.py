"""One whole district, loaded once into a database and a bucket of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import install_keyring, keyring_from
from app.core.db import Sessionmaker, make_engine, make_sessions
from app.core.settings import Settings
from app.core.storage import Storage
from scripts.demo.__main__ import SEED, run
from scripts.demo.load import Loading
from scripts.dev.engines import Engines
from tests.conftest import ROOT, make_settings
from tests.transactions import ARRANGING

DATABASE = "weibu_demo_test"


@dataclass(frozen=True)
class Demo:
    loading: Loading
    sessions: Sessionmaker


@pytest.fixture(scope="session")
def demo_settings(engines: Engines) -> Settings:
    engines.postgresql.create_database(DATABASE)
    made = make_settings(
        engines, database_url=engines.postgresql.url(DATABASE), s3_bucket="weibu-demo"
    )
    install_keyring(keyring_from(made))
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["configure_logging"] = False
    config.attributes["database_url"] = made.database_url.get_secret_value()
    command.upgrade(config, "head")
    Storage(made).prepare_bucket({"films/": 180})
    return made


@pytest.fixture(scope="session")
def accounts_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "accounts.json"


@pytest_asyncio.fixture(scope="session")
async def demo(demo_settings: Settings, accounts_file: Path) -> AsyncIterator[Demo]:
    loading = Loading(demo_settings, accounts_file, lambda _: None, SEED, datetime.now(UTC))
    assert await run(loading)
    engine = make_engine(demo_settings)
    yield Demo(loading, make_sessions(engine))
    await engine.dispose()


@pytest_asyncio.fixture
async def district(demo: Demo) -> AsyncIterator[AsyncSession]:
    """To look at the loaded district; nothing is written."""
    async with demo.sessions(info={ARRANGING: True}) as session:
        yield session
