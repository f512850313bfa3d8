"""`scripts/bench`: seed, measure, print the table and keep it in .weibu/bench/."""

import argparse
import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

import psutil

from app.core.crypto import install_keyring, keyring_from
from app.core.settings import Settings
from app.core.storage import Storage
from scripts.benchmark import batches, report, streams, supervisor, uploads
from scripts.benchmark.measuring import Bench
from scripts.benchmark.operations import OPERATIONS
from scripts.benchmark.runner import LARGE, SMALL, Runner
from scripts.benchmark.seeding import seed
from scripts.benchmark.servers import HOST, Server, as_environment, running
from scripts.benchmark.setting import Scene
from scripts.benchmark.world import World
from scripts.dev.engines import Engines, ObjectStorage, PostgreSQL
from scripts.dev.paths import ROOT, STATE
from scripts.dev.ports import first_free
from scripts.dev.terminal import run_script, say

PLACE = STATE / "bench"
DOSES = 60
QUICK = {"patients": 2000, "small": 0, "seconds": 1.0, "rounds": 3}


@dataclass(frozen=True, slots=True)
class Options:
    patients: int
    small: int
    lanes: int
    seconds: float
    rounds: int
    only: list[str]
    keep: bool
    floor: bool


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000, help="60 doses each")
    parser.add_argument("--small", type=int, default=1000, help="for the growth of p95; 0: not")
    parser.add_argument("--lanes", type=int, default=8, help="connections at once")
    parser.add_argument("--seconds", type=float, default=1.5, help="for a round of reads")
    parser.add_argument("--rounds", type=int, default=4)
    names = [*(o.name for o in OPERATIONS), "uploads", "streams", "batches", "supervisor"]
    parser.add_argument(
        "--only", nargs="*", default=[], choices=names, help="earlier figures of the others stay"
    )
    parser.add_argument("--keep", action="store_true", help="keep the seeded databases for today")
    parser.add_argument("--floor", action="store_true", help="pgbench with the same statements")
    parser.add_argument("--quick", action="store_true", help=f"as if by {QUICK}: CPU and SQL only")
    given = vars(parser.parse_args())
    return Options(**given | (QUICK if given.pop("quick") else {}))


def main() -> int:
    options = _options()
    with ExitStack() as stack:
        engines = stack.enter_context(_engines(options))
        sizes = _sizes(options)
        settings = {name: _settings(engines, name) for name in sizes}
        install_keyring(keyring_from(settings[LARGE]))
        Storage(settings[LARGE]).prepare_bucket({"films/": 180})
        _seed(engines, options)
        port = first_free(8100)
        ours: dict[str, Server] = {
            name: stack.enter_context(_our_server(engines, name, port + n))
            for n, name in enumerate(sizes)
        }
        worlds = {name: World(settings[name], name, sizes[name]) for name in sizes}
        bench = Bench(options.lanes, options.seconds, options.rounds, options.floor, PLACE)
        runner = Runner(engines, bench, worlds, ours)
        lines = [runner.measure(o) for o in OPERATIONS if o.name in (options.only or o.name)]
        beside = _beside(options, engines, worlds[LARGE], ours[LARGE])
    _tell(options, lines, beside)
    return 0


def _sizes(options: Options) -> dict[str, int]:
    small = {SMALL: options.small} if options.small else {}
    return small | {LARGE: options.patients}


def _beside(options: Options, engines: Engines, world: World, server: Server) -> report.Beside:
    def wanted(name: str) -> bool:
        chosen = not options.only or name in options.only
        if chosen:
            say(f"{name}: measuring")
        return chosen

    settings, conninfo = world.settings, engines.postgresql.conninfo(LARGE)
    return report.Beside(
        uploads.measure(settings) if wanted("uploads") else None,
        streams.measure(settings, conninfo, server) if wanted("streams") else None,
        batches.measure(settings, world.patients) if wanted("batches") else None,
        supervisor.measure(
            engines.postgresql, lambda name: _settings(engines, name), world, DOSES, say
        )
        if wanted("supervisor")
        else None,
    )


@contextmanager
def _engines(options: Options) -> Iterator[Engines]:
    """Durable, as in production: a commit waits for the disk."""
    place = PLACE / "engines"
    if not options.keep:
        shutil.rmtree(place, ignore_errors=True)
    postgresql = PostgreSQL(place / "postgresql", log=PLACE / "postgresql.log")
    storage = ObjectStorage(
        place / "storage", log=PLACE / "storage.log", access_key="bench", secret_key=token_hex(16)
    )
    with postgresql, storage:
        yield Engines(postgresql, storage)
    if not options.keep:
        shutil.rmtree(place, ignore_errors=True)


def _values(engines: Engines, database: str) -> dict[str, object]:
    values: dict[str, object] = {
        "ENVIRONMENT": "test",
        "PUBLIC_ORIGIN": "http://bench",
        "TOKEN_KEY": "dev-token-key-of-at-least-thirty-two-bytes",
        "FIELD_KEYS": {"dev-1": base64.b64encode(b"1" * 32).decode()},
        "FIELD_KEY_ID": "dev-1",
        "LOOKUP_KEY": "dev-lookup",
        "WECHAT_API_BASE": f"http://{HOST}:9",
        "WECHAT_APPID": "wxbench",
        "WECHAT_SECRET": "dev-wechat",
    }
    return values | dict(engines.environment(database))


def _settings(engines: Engines, database: str) -> Settings:
    return Settings.model_validate({k.lower(): v for k, v in _values(engines, database).items()})


def _seed(engines: Engines, options: Options) -> None:
    for database, patients in _sizes(options).items():
        if seed(engines.postgresql, database, patients, DOSES, say):
            continue
        say(f"{database}: seeded earlier today")
        with Scene(engines.postgresql.conninfo(database)) as scene:
            scene.log_in_again()
            scene.forget_films()
            scene.reopen([1, 2, 3])


def _our_server(engines: Engines, database: str, port: int) -> AbstractContextManager[Server]:
    values = as_environment(_values(engines, database)) | {"PORT": str(port)}
    return running(["app.main"], port, values, PLACE / f"{database}.log")


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip()


def _tell(options: Options, lines: list[report.Line], beside: report.Beside) -> None:
    at = datetime.now(UTC)
    load = os.getloadavg()
    about = {
        "at": at.isoformat(timespec="seconds"),
        "commit": _commit(),
        "patients": options.patients,
        "doses": options.patients * DOSES,
        "small": options.small,
        "lanes": options.lanes,
        "cores": psutil.cpu_count(),
        "load": round(load[1], 1),
    }
    heading = (
        f"Run of {at:%Y-%m-%d %H:%M} UTC: {options.patients:,} patients, "
        f"{options.patients * DOSES:,} doses, beside {options.small:,} patients; "
        f"{options.lanes} connections, one worker process each, {psutil.cpu_count()} shared cores "
        f"(load {load[1]:.1f})."
    )
    print(f"\n{report.save(PLACE, lines, beside, about, heading)}\n")


if __name__ == "__main__":
    sys.exit(run_script("bench", main))
