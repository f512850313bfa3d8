"""The whole system as real processes on free ports: for browser tests and for faults."""

import json
import socket
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from app.core.settings import Settings
from scripts.dev import settings_file
from scripts.dev.engines import Engines
from scripts.dev.processes import Child, wait_until
from scripts.dev.surroundings import surroundings

ROOT = Path(__file__).parent.parent
H5 = ROOT / "miniprogram/dist/h5"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@dataclass
class RunningSystem:
    """API, worker and WeChat stand-in; each can be killed and started again on its own."""

    engines: Engines
    database: str
    place: Path
    settings: dict[str, str] = field(init=False)
    children: dict[str, Child] = field(default_factory=dict)

    def __post_init__(self) -> None:
        port, standin_port = free_port(), free_port()
        standin = f"http://127.0.0.1:{standin_port}"
        self.settings = (
            settings_file.make_secrets()
            | settings_file.addresses("127.0.0.1", port, standin, H5)
            | self.engines.environment(self.database)
            | {"S3_BUCKET": self.database.replace("_", "-")}
        )

    def share_keys(self, settings: Settings) -> None:
        """Use the test process's keys: rows it seeds must be readable in the processes."""
        keys = {k: v.get_secret_value() for k, v in settings.field_keys.items()}
        self.settings["FIELD_KEYS"] = json.dumps(keys)
        self.settings["FIELD_KEY_ID"] = settings.field_key_id
        self.settings["LOOKUP_KEY"] = settings.lookup_key.get_secret_value()

    def read_settings(self) -> Settings:
        values: dict[str, object] = {k.lower(): v for k, v in self.settings.items()}
        values["field_keys"] = json.loads(self.settings["FIELD_KEYS"])
        return Settings.model_validate(values)

    @property
    def origin(self) -> str:
        return self.settings["PUBLIC_ORIGIN"]

    @property
    def standin(self) -> str:
        return self.settings["WECHAT_API_BASE"]

    @property
    def environment(self) -> dict[str, str]:
        return surroundings() | self.settings

    def _child(self, name: str, *module: str) -> Child:
        return Child(
            name,
            [sys.executable, "-m", *module],
            log=self.place / f"{name}.log",
            env=self.environment,
            cwd=ROOT,
        )

    def _start(self, name: str, module: list[str], ready: str | None = None) -> Child:
        child = self.children[name] = self._child(name, *module)
        child.start()
        if ready and not wait_until(lambda: _answers(ready), within_s=60, child=child):
            raise AssertionError(f"{name} does not answer:\n{child.last_lines()}")
        return child

    def start_api(self) -> Child:
        return self._start("api", ["app.main"], f"{self.origin}/readyz")

    def start_worker(self) -> Child:
        return self._start("worker", ["app.worker"])

    def start_standin(self) -> Child:
        port = self.standin.rsplit(":", 1)[1]
        arguments = ["--port", port, "--appid", self.settings["WECHAT_APPID"]]
        arguments += ["--secret", self.settings["WECHAT_SECRET"], "--h5-base", f"{self.origin}/m/"]
        return self._start("standin", ["scripts.wechat_standin", *arguments], f"{self.standin}/")

    def release(self) -> None:
        child = self._child("release", "app.release")
        child.start()
        wait_until(lambda: not child.running, within_s=120, child=child)
        code = child.exit_code
        child.stop()  # also closes our end of its pipe
        assert code == 0, child.last_lines()

    def stop(self) -> None:
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.stop()
