"""`scripts/bench`: seed, measure, print the table and keep it in .weibu/bench/."""

import argparse
import asyncio
import base64
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from secrets import token_hex

import boto3
import psutil
from botocore.client import Config

from app.core.crypto import install_keyring, keyring_from
from app.core.settings import Settings
from app.core.storage import Storage
from scripts.benchmark import batches, measuring, pgbench, report, streams, supervisor, uploads
from scripts.benchmark.capture import Answer, capture
from scripts.benchmark.measuring import Bench, Party, bare_server, take_turns
from scripts.benchmark.operations import OPERATIONS, Operation, Put
from scripts.benchmark.seeding import migrate, seed
from scripts.benchmark.servers import HOST, Server, as_environment, running
from scripts.benchmark.setting import Scene, film_key
from scripts.benchmark.world import Call, World
from scripts.dev.engines import Engines, ObjectStorage, PostgreSQL
from scripts.dev.paths import STATE
from scripts.dev.ports import first_free
from scripts.dev.terminal import run_script, say

PLACE = STATE / "bench"
LARGE, SMALL = "bench_large", "bench_small"
DOSES = 60
CALLS = 360  # of each party that may not repeat itself
REPEATED_CALLS = 160
PGBENCH_CALLS = 400


@dataclass(frozen=True, slots=True)
class Options:
    patients: int
    small: int
    lanes: int
    seconds: float
    only: list[str]
    keep: bool


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000, help="60 doses each")
    parser.add_argument("--small", type=int, default=1000, help="for the growth of p95")
    parser.add_argument("--lanes", type=int, default=8, help="connections at once")
    parser.add_argument("--seconds", type=float, default=3, help="for a round of reads")
    names = [*(o.name for o in OPERATIONS), "uploads", "streams", "batches", "supervisor"]
    parser.add_argument("--only", nargs="*", default=[], choices=names)
    parser.add_argument("--keep", action="store_true", help="keep the seeded databases for today")
    return Options(**vars(parser.parse_args()))


def main() -> int:
    options = _options()
    with ExitStack() as stack:
        engines = stack.enter_context(_engines(options))
        settings = {name: _settings(engines, name) for name in (LARGE, SMALL)}
        install_keyring(keyring_from(settings[LARGE]))
        Storage(settings[LARGE]).prepare_bucket({"films/": 180})
        _seed(engines, options)
        port = first_free(8100)
        ours: dict[str, Server] = {
            name: stack.enter_context(_our_server(engines, name, port + n))
            for n, name in enumerate((LARGE, SMALL))
        }
        worlds = {
            LARGE: World(settings[LARGE], LARGE, options.patients),
            SMALL: World(settings[SMALL], SMALL, options.small),
        }
        bench = Bench(options.lanes, options.seconds, PLACE)
        runner = Runner(engines, bench, worlds, ours)
        lines = [runner.measure(o) for o in OPERATIONS if o.name in (options.only or o.name)]
        beside = _beside(options, engines, worlds[LARGE], ours[LARGE])
    _tell(options, lines, beside)
    return 0


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
    """Its name is given to a database only when it is whole."""
    day = datetime.now(UTC).date().isoformat()
    for database, patients in ((SMALL, options.small), (LARGE, options.patients)):
        mark = PLACE / f"{database}.seeded"
        what = f"{day} {patients}"
        if engines.postgresql.has_database(database) and mark.exists() and mark.read_text() == what:
            say(f"{database}: seeded earlier today")
            migrate(engines.postgresql.url(database))
            with Scene(engines.postgresql.conninfo(database)) as scene:
                scene.forget_films()
                scene.reopen([1, 2, 3])
            continue
        engines.postgresql.drop_database(database)
        seed(engines.postgresql, database, patients, DOSES, say)
        mark.write_text(what)


def _our_server(engines: Engines, database: str, port: int) -> AbstractContextManager[Server]:
    values = as_environment(_values(engines, database)) | {"PORT": str(port)}
    return running(["app.main"], port, values, PLACE / f"{database}.log")


class Runner:
    def __init__(
        self, engines: Engines, bench: Bench, worlds: dict[str, World], ours: dict[str, Server]
    ) -> None:
        self.engines, self.bench, self.worlds, self.ours = engines, bench, worlds, ours
        self.rng = Random(1)  # noqa: S311  # which patients are drawn
        self.put = _putter(worlds[LARGE].settings)

    def measure(self, operation: Operation) -> report.Line:
        """Ours, bare and pgbench on the large database, ours on the small one, turn by turn."""
        say(f"{operation.name}: preparing")
        large, small = self.worlds[LARGE], self.worlds[SMALL]
        count = REPEATED_CALLS if operation.repeats else CALLS
        shares = operation.draw(large, self.rng, 3, count)
        little = operation.draw(small, self.rng, 1, count)[0]
        with self._scene(LARGE) as scene, self._scene(SMALL) as small_scene:
            for share in {id(s): s for s in shares}.values():
                operation.prepare(scene, share, self.put)
            operation.prepare(small_scene, little, self.put)
            mine, bares, floors = (operation.calls(large, s) for s in shares)
            answers = asyncio.run(capture(large.settings, bares))
            floor_answers = answers if operation.repeats else []
            if not operation.repeats:
                floor_answers = asyncio.run(capture(large.settings, floors))
            line = self._play(
                operation, mine, operation.calls(small, little), answers, floor_answers
            )
            for share in {id(s): s for s in shares}.values():
                operation.undo(scene, share)
            operation.undo(small_scene, little)
        return line

    def _scene(self, database: str) -> Scene:
        return Scene(self.engines.postgresql.conninfo(database))

    def _play(
        self,
        operation: Operation,
        mine: list[Call],
        small: list[Call],
        answers: list[Answer],
        floor_answers: list[Answer],
    ) -> report.Line:
        say(f"{operation.name}: measuring")
        conninfo = self.engines.postgresql.conninfo(LARGE)
        urls = self._storage_urls(operation, answers)
        port = first_free(8120)
        with bare_server(self.bench, "bare", port, conninfo, answers, urls) as bare:
            parties = [
                Party(self.ours[LARGE], [c.raw() for c in mine], operation.repeats),
                Party(bare, _replays(answers), operation.repeats),
                Party(self.ours[SMALL], [c.raw() for c in small], operation.repeats),
            ]
            take_turns(self.bench, parties)
        floor = self._floor(operation, floor_answers)
        return _line(operation, answers, [p.sample for p in parties], floor)

    def _floor(self, operation: Operation, answers: list[Answer]) -> float:
        repeated = answers * (-(-PGBENCH_CALLS // len(answers)) if operation.repeats else 1)
        return pgbench.calls_per_second(
            self.engines.postgresql, LARGE, repeated, self.bench.lanes, PLACE / "pgbench"
        )

    def _storage_urls(self, operation: Operation, answers: list[Answer]) -> list[str | None]:
        """Where ours asks the storage, bare asks by a link made beforehand."""
        if operation.name != "confirm":
            return [None] * len(answers)
        client = _s3(self.worlds[LARGE].settings)
        bucket = self.worlds[LARGE].settings.s3_bucket
        numbers = [int(a.call.path.split("/")[3].rsplit("-", 1)[1], 16) for a in answers]
        return [
            client.generate_presigned_url(
                "head_object", Params={"Bucket": bucket, "Key": film_key(n)}
            )
            for n in numbers
        ]


def _replays(answers: list[Answer]) -> list[bytes]:
    return [
        Call(a.call.method, f"/{n}", {"Content-Type": "application/json"}, a.call.body).raw()
        for n, a in enumerate(answers)
    ]


def _line(
    operation: Operation, answers: list[Answer], samples: list[measuring.Sample], floor: float
) -> report.Line:
    ours, bare, small = samples
    line = report.Line(
        name=operation.name,
        statements=max(a.statements for a in answers),
        rate=ours.rate,
        p50_ms=ours.percentile(50),
        p95_ms=ours.percentile(95),
        cpu_ms=ours.cpu_ms,
        bare_rate=bare.rate,
        bare_p95_ms=bare.percentile(95),
        bare_cpu_ms=bare.cpu_ms,
        pgbench_rate=floor,
        small_p95_ms=small.percentile(95),
    )
    say(f"{operation.name}: {line.rate:.0f}/s, bare {line.bare_rate:.0f}/s, pgbench {floor:.0f}/s")
    return line


def _s3(settings: Settings):  # type: ignore[no-untyped-def]
    return boto3.client(
        "s3",
        endpoint_url=str(settings.s3_endpoint).rstrip("/"),
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def _putter(settings: Settings) -> Put:
    client = _s3(settings)

    def put(key: str) -> None:
        client.put_object(
            Bucket=settings.s3_bucket, Key=key, Body=b"film" * 256, ContentType="video/mp4"
        )

    return put


def _tell(options: Options, lines: list[report.Line], beside: report.Beside) -> None:
    at = datetime.now(UTC)
    load = os.getloadavg()
    about = {
        "at": at.isoformat(timespec="seconds"),
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
    text = report.table(lines, beside, heading)
    report.save(PLACE, lines, beside, about, text)
    print(f"\n{text}\n")


if __name__ == "__main__":
    sys.exit(run_script("bench", main))
