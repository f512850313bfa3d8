"""The two engines together: those of `.weibu/` for scripts/run, throw-away ones for tests."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.dev.object_storage import REGION, ObjectStorage
from scripts.dev.postgresql import PostgreSQL

__all__ = ["Engines", "ObjectStorage", "PostgreSQL", "test_engines"]


@dataclass(frozen=True)
class Engines:
    postgresql: PostgreSQL
    storage: ObjectStorage

    def environment(self, database: str) -> dict[str, str]:
        """Name the engines in the settings' words."""
        return {
            "DATABASE_URL": self.postgresql.url(database),
            "S3_ENDPOINT": self.storage.endpoint,
            "S3_PUBLIC_ENDPOINT": self.storage.endpoint,
            "S3_ACCESS_KEY": self.storage.access_key,
            "S3_SECRET_KEY": self.storage.secret_key,
            "S3_REGION": REGION,
        }


@contextmanager
def test_engines() -> Iterator[Engines]:
    """Fresh, empty and fast; any number side by side; gone afterwards, also after a crash of ours.

    One per test process (a session fixture): PostgreSQL answers after a second, SeaweedFS too.
    """
    with tempfile.TemporaryDirectory(prefix="weibu-test-", ignore_cleanup_errors=True) as place:
        root = Path(place)
        postgresql = PostgreSQL(root / "pg", log=root / "postgresql.log", durable=False)
        storage = ObjectStorage(
            root / "storage",
            log=root / "storage.log",
            access_key="test",
            secret_key=secrets.token_hex(16),
            keep=False,
        )
        with postgresql, storage:
            yield Engines(postgresql, storage)
