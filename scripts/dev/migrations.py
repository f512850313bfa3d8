"""Are the migrations one line, and do they make what the models say? On a PostgreSQL of its own."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from scripts.dev.engines import PostgreSQL
from scripts.dev.paths import ROOT
from scripts.dev.processes import SetupError
from scripts.dev.terminal import run_script

DATABASE = "migrations_test"


def main() -> int:
    config = Config(ROOT / "alembic.ini")
    heads = ScriptDirectory.from_config(config).get_heads()
    if len(heads) != 1:
        raise SetupError(f"The migrations have {len(heads)} heads: {', '.join(heads)}.")
    with tempfile.TemporaryDirectory(prefix="weibu-migrations-") as place:
        data, log = Path(place) / "pg", Path(place) / "postgresql.log"
        with PostgreSQL(data, log=log, durable=False) as postgresql:
            postgresql.create_database(DATABASE)
            config.attributes["database_url"] = postgresql.url(DATABASE)
            command.upgrade(config, "head")
            try:
                command.check(config)
            except CommandError as difference:
                raise SetupError(f"Models and migrations differ. {difference}") from None
    return 0


if __name__ == "__main__":
    sys.exit(run_script("check", main))
