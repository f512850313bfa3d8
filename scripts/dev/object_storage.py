"""SeaweedFS from its wheel: S3 on loopback, with free ports of its own."""

import json
import random
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.dev.processes import Child, SetupError, tail, wait_until

HOST = "127.0.0.1"
REGION = "us-east-1"
PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
    "admin.port",
)
ADMIN_GRPC_OFFSET = 10_000  # its worker finds it there, whatever -admin.port.grpc says
STARTS = 3


class ObjectStorage:
    """`directory` is made when absent and holds the objects and the keys' file."""

    def __init__(
        self, directory: Path, *, log: Path, access_key: str, secret_key: str, keep: bool = True
    ) -> None:
        self.access_key = access_key
        self.secret_key = secret_key
        self._directory = directory.absolute()
        self._log = log
        self._keep = keep
        self._base = 0
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

    @property
    def endpoint(self) -> str:
        """Stays the same when stopped and started again, unless another took the port."""
        return f"http://{HOST}:{self._ports()['s3.port']}"

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def start(self) -> None:
        (self._directory / "objects").mkdir(parents=True, exist_ok=True)
        self._write_keys()
        for _ in range(STARTS):
            self._base = self._choose_base()
            self._child = self._server()
            self._child.start()
            if wait_until(self._answers, within_s=60, child=self._child):
                return
            self.stop()
            self._base = 0
        raise SetupError(
            f"SeaweedFS could not start on {self._directory}; its log, {self._log}, ends with:\n"
            + tail(self._log, 5)
        )

    def stop(self) -> None:
        if self._child:
            self._child.stop() if self._keep else self._child.kill()
            self._remove_sockets()

    def kill(self) -> None:
        """As a power cut would end it; start() brings it back on the same port."""
        if self._child:
            self._child.kill()
            self._remove_sockets()

    def _server(self) -> Child:
        fixed = {
            "ip": HOST,
            "ip.bind": HOST,
            "dir": str(self._directory / "objects"),
            "s3.config": str(self._directory / "keys.json"),
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "webdav": "false",
            "admin.ui": "false",
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": "512",
            "volume.preStopSeconds": "0",
        }
        ports = {name: str(port) for name, port in self._ports().items()}
        flags = [f"-{name}={value}" for name, value in {**fixed, **ports}.items()]
        return Child(
            "SeaweedFS", [_weed(), "-logtostderr", "mini", *flags], log=self._log, grace_s=15
        )

    def _ports(self) -> dict[str, int]:
        return {name: self._base + step for step, name in enumerate(PORTS)}

    def _choose_base(self) -> int:
        """Prefer the ports of last time: open pages keep their links."""
        remembered = self._directory / "base_port"
        if self._base == 0 and remembered.exists():
            text = remembered.read_text()
            self._base = int(text) if text.isdecimal() else 0
        for base in (self._base, *_candidates()):
            wanted = [*range(base, base + len(PORTS)), base + len(PORTS) - 1 + ADMIN_GRPC_OFFSET]
            if base and all(_is_free(port) for port in wanted):
                remembered.write_text(str(base))
                return base
        raise SetupError("No ten free ports on this machine for SeaweedFS.")

    def _write_keys(self) -> None:
        identity = {
            "name": "app",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        keys = self._directory / "keys.json"
        keys.touch(mode=0o600)
        keys.write_text(json.dumps({"identities": [identity]}))

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.endpoint + "/healthz", timeout=2) as answer:  # noqa: S310 ours
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _remove_sockets(self) -> None:
        """Clear /tmp/seaweedfs-…-PORT.sock, left behind when it is killed."""
        for path in _sockets(range(self._base, self._base + len(PORTS))):
            path.unlink(missing_ok=True)
        for path in _sockets([self._base + len(PORTS) - 1 + ADMIN_GRPC_OFFSET]):
            path.unlink(missing_ok=True)


def _candidates() -> Iterator[int]:
    for _ in range(200):
        yield random.randrange(20_000, 30_000, 10)  # noqa: S311 a port, not a secret


def _is_free(port: int) -> bool:
    if any(_sockets([port])):
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _sockets(ports: "range | list[int]") -> Iterator[Path]:
    for port in ports:
        yield from Path("/tmp").glob(f"seaweedfs-*-{port}.sock")  # noqa: S108 where weed puts them


def _weed() -> str:
    found = shutil.which("weed", path=str(Path(sys.executable).parent))
    if found is None:
        raise SetupError("SeaweedFS is not installed: run scripts/run, it installs it.")
    return found
