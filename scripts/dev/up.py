"""Starts the whole system on this machine, prints its addresses, and stops it in order."""

import fcntl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from scripts.dev import ports, settings_file
from scripts.dev.engines import Engines, ObjectStorage, PostgreSQL
from scripts.dev.paths import ACCOUNTS, LOGS, MINIPROGRAM, PYTHON, ROOT, SETTINGS, STATE
from scripts.dev.processes import Child, SetupError, wait_until
from scripts.dev.steps import run_step
from scripts.dev.surroundings import option, surroundings
from scripts.dev.terminal import run_script, say
from scripts.dev.welcome import welcome
from scripts.wechat_standin.safety import is_loopback

DATA = STATE / "postgresql"
STANDIN_STATE = STATE / "wechat_standin.json"


def main() -> int:
    with ExitStack() as stack:
        stack.enter_context(_only_one())
        host, port = option("HOST", ports.LOOPBACK), _port()
        ports.claim(host, port, "PORT")
        standin_port = ports.first_free(port + 1)
        settings = _settings(host, port, standin_port)
        engines = stack.enter_context(_engines(settings))
        settings |= engines.environment(settings_file.DATABASE)
        settings_file.save(SETTINGS, settings)
        _prepare_data(engines, settings)
        children = _children(settings, standin_port)
        stack.callback(_stop, children)
        _start(children, settings)
        say("Ready.")
        print(welcome(settings, ACCOUNTS), flush=True)
        _watch(children, engines)
    return 0


def _port() -> int:
    port = option("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65_000:
        raise SetupError(f"PORT={port} is not a port; use a number such as 8000.")
    return int(port)


@contextmanager
def _only_one() -> Iterator[None]:
    with (STATE / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = settings_file.load(SETTINGS).get("PUBLIC_ORIGIN", "this machine")
            raise SetupError(
                f"Weibu is already running from this directory, at {where}; "
                "stop it with Ctrl-C there."
            ) from None
        yield


def _settings(host: str, port: int, standin_port: int) -> dict[str, str]:
    standin = f"http://{ports.LOOPBACK}:{standin_port}"
    where = settings_file.addresses(host, port, standin, MINIPROGRAM / "dist/h5")
    if DATA.exists() and not SETTINGS.exists():
        raise SetupError(
            f"{SETTINGS} is gone, and with it the keys that the data is encrypted with; "
            f"restore it, or move {DATA} away to start with fresh demo data."
        )
    settings = settings_file.make_secrets() | settings_file.load(SETTINGS) | where
    settings_file.save(SETTINGS, settings)
    return settings


@contextmanager
def _engines(settings: dict[str, str]) -> Iterator[Engines]:
    say("Starting PostgreSQL and SeaweedFS …")
    postgresql = PostgreSQL(DATA, log=LOGS / "postgresql.log")
    storage = ObjectStorage(
        STATE / "storage",
        log=LOGS / "storage.log",
        access_key=settings["S3_ACCESS_KEY"],
        secret_key=settings["S3_SECRET_KEY"],
    )
    with postgresql, storage:
        yield Engines(postgresql, storage)


def _prepare_data(engines: Engines, settings: dict[str, str]) -> None:
    """Migrate at every start. The first time, make the demo district beside its place.

    Only a whole one is moved there: a start broken off half-way begins again.
    """
    name, unfinished = settings_file.DATABASE, f"{settings_file.DATABASE}_unfinished"
    if engines.postgresql.has_database(name):
        _release(settings)
        return
    engines.postgresql.drop_database(unfinished)
    engines.postgresql.create_database(unfinished)
    settings = settings | engines.environment(unfinished)
    _release(settings)
    doing = "Loading the demo district (institutions, patients, doses, films)"
    run_step(doing, [PYTHON, "-m", "scripts.demo"], log="demo", env=surroundings() | settings)
    engines.postgresql.rename_database(unfinished, name)


def _release(settings: dict[str, str]) -> None:
    doing = "Bringing database and storage up to date"
    run_step(doing, [PYTHON, "-m", "app.release"], log="release", env=surroundings() | settings)


def _children(settings: dict[str, str], standin_port: int) -> list[Child]:
    standin = [
        *("scripts.wechat_standin", "--port", str(standin_port)),
        *("--appid", settings["WECHAT_APPID"], "--secret", settings["WECHAT_SECRET"]),
        *("--h5-base", f"{settings['PUBLIC_ORIGIN']}/m/"),
        *_push_url(settings["PUBLIC_ORIGIN"]),
        *("--state", str(STANDIN_STATE), "--accounts", str(ACCOUNTS)),
    ]
    programs = {"wechat-standin": standin, "api": ["app.main"], "worker": ["app.worker"]}
    return [
        Child(
            name,
            [PYTHON, "-m", *module],
            log=LOGS / f"{name}.log",
            env=surroundings() | settings,
            cwd=ROOT,
            grace_s=35,
        )
        for name, module in programs.items()
    ]


def _push_url(origin: str) -> list[str]:
    """Let the stand-in push to the API, which it does on this machine only."""
    here = is_loopback(urlsplit(origin).hostname or "")
    return ["--push-url", f"{origin}/wechat/push"] if here else []


def _start(children: list[Child], settings: dict[str, str]) -> None:
    say("Starting the API, the worker and the WeChat stand-in …")
    for child in children:
        child.log.unlink(missing_ok=True)
        child.start()
    by_name = {child.name: child for child in children}
    awaited = {
        "wechat-standin": settings["WECHAT_API_BASE"] + "/",
        "api": settings["PUBLIC_ORIGIN"] + "/readyz",
    }
    for name, url in awaited.items():
        if not wait_until(lambda url=url: _answers(url), within_s=120, child=by_name[name]):  # type: ignore[misc]
            raise SetupError(_ended(by_name[name]))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _watch(children: list[Child], engines: Engines) -> None:
    """Until Ctrl-C, or until one of them ends by itself."""
    while True:
        time.sleep(0.5)
        for child in children:
            if not child.running:
                raise SetupError(_ended(child))
        if not engines.postgresql.running:
            raise SetupError(f"PostgreSQL ended; its log is {LOGS / 'postgresql.log'}.")
        if not engines.storage.running:
            raise SetupError(f"SeaweedFS ended; its log is {LOGS / 'storage.log'}.")


def _ended(child: Child) -> str:
    how = "does not answer" if child.running else f"ended with code {child.exit_code}"
    return f"{child.name} {how}; its log, {child.log}, ends with:\n{child.last_lines()}"


def _stop(children: list[Child]) -> None:
    say("Stopping …")
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


if __name__ == "__main__":
    sys.exit(run_script("run", main))
