"""Measure one operation after the other: ours, the bare handler, and ours at a small size."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, replace
from random import Random

import boto3
from botocore.client import Config

from app.core.settings import Settings
from scripts.benchmark import measuring, pgbench, report
from scripts.benchmark.capture import Answer, capture
from scripts.benchmark.measuring import Bench, Party, bare_server, take_turns
from scripts.benchmark.old import with_old_statements
from scripts.benchmark.operations import Operation, Put, Share
from scripts.benchmark.planning import planned_anew
from scripts.benchmark.servers import Server
from scripts.benchmark.setting import Scene, film_key
from scripts.benchmark.world import Call, World
from scripts.dev.engines import Engines
from scripts.dev.ports import first_free
from scripts.dev.terminal import say

CALLS = 400  # of each party that may not repeat itself
REPEATED_CALLS = 600  # of so many people that none comes near a limit of `core/limits.py`
PGBENCH_CALLS = 400
LARGE, SMALL = "bench_large", "bench_small"


@dataclass(frozen=True, slots=True)
class Captured:
    """What the bare handler replays, how many statements ours sent, and the replanned."""

    answers: list[Answer]
    statements: int
    planned_anew: list[str]


class Runner:
    def __init__(
        self, engines: Engines, bench: Bench, worlds: dict[str, World], ours: dict[str, Server]
    ) -> None:
        self.engines, self.bench, self.worlds, self.ours = engines, bench, worlds, ours
        self.rng = Random(1)  # noqa: S311  # which patients are drawn
        self.put = _putter(worlds[LARGE].settings)

    def measure(self, operation: Operation) -> report.Line:
        """Ours and the bare handler on the large database, ours on the small one, turn by turn."""
        say(f"{operation.name}: preparing")
        parties = 3 if self.bench.floor else 2
        count = REPEATED_CALLS if operation.repeats else CALLS
        shares = operation.draw(self.worlds[LARGE], self.rng, parties, count)
        with ExitStack() as stack:
            prepared = [self._prepared(stack, LARGE, operation, share) for share in _once(shares)]
            mine = prepared[0]
            small = None
            if SMALL in self.worlds:
                little = operation.draw(self.worlds[SMALL], self.rng, 1, count)[0]
                small = self._prepared(stack, SMALL, operation, little)
            bare, floor = prepared[min(1, len(prepared) - 1)], prepared[-1]
            answers = self._captured(operation, bare)
            line = self._play(operation, mine, small, answers)
            if self.bench.floor:
                again = answers if floor is bare else self._captured(operation, floor)
                line = replace(line, pgbench_rate=self._floor(operation, again))
        say(f"{operation.name}: {line.of_bare_cpu:.2f} of bare")
        return line

    def _prepared(
        self, stack: ExitStack, database: str, operation: Operation, share: Share
    ) -> list[Call]:
        scene = stack.enter_context(Scene(self.engines.postgresql.conninfo(database)))
        operation.prepare(scene, share, self.put)
        stack.callback(operation.undo, scene, share)
        return operation.calls(self.worlds[database], share)

    def _captured(self, operation: Operation, calls: list[Call]) -> Captured:
        settings = self.worlds[LARGE].settings
        answers = asyncio.run(capture(settings, calls))
        statements = max(a.statements for a in answers)
        anew = planned_anew(self.engines.postgresql.conninfo(LARGE), answers)
        for statement in anew:
            say(f"{operation.name}: planned anew each time: {' '.join(statement.split())[:300]}")
        return Captured(with_old_statements(operation.name, settings, answers), statements, anew)

    def _play(
        self,
        operation: Operation,
        mine: list[Call],
        small: list[Call] | None,
        captured: Captured,
    ) -> report.Line:
        say(f"{operation.name}: measuring")
        conninfo = self.engines.postgresql.conninfo(LARGE)
        answers = captured.answers
        urls = self._storage_urls(operation, answers)
        port = first_free(8120)
        with bare_server(self.bench, "bare", port, conninfo, answers, urls) as bare:
            parties = [
                Party(self.ours[LARGE], [c.raw() for c in mine], operation.repeats),
                Party(bare, _replays(answers), operation.repeats),
            ]
            if small is not None:
                parties.append(Party(self.ours[SMALL], [c.raw() for c in small], operation.repeats))
            take_turns(self.bench, parties)
        return _line(operation, captured, [p.sample for p in parties])

    def _floor(self, operation: Operation, captured: Captured) -> float:
        answers = captured.answers
        repeated = answers * (-(-PGBENCH_CALLS // len(answers)) if operation.repeats else 1)
        return pgbench.calls_per_second(
            self.engines.postgresql, LARGE, repeated, self.bench.lanes, self.bench.place / "pgbench"
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


def _once(shares: list[Share]) -> list[Share]:
    """Leave out repetitions: parties that read may ask about the same patients."""
    return list({id(share): share for share in shares}.values())


def _line(operation: Operation, captured: Captured, samples: list[measuring.Sample]) -> report.Line:
    ours, bare, *small = samples
    return report.Line(
        name=operation.name,
        statements=captured.statements,
        planned_anew=len(captured.planned_anew),
        rate=ours.rate,
        p50_ms=ours.percentile(50),
        p95_ms=ours.percentile(95),
        cpu_ms=ours.cpu_ms,
        bare_rate=bare.rate,
        bare_p95_ms=bare.percentile(95),
        bare_cpu_ms=bare.cpu_ms,
        small_p95_ms=small[0].percentile(95) if small else None,
    )


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
