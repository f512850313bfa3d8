"""Measure one operation: ours and the bare handler in turns, then pgbench."""

import pickle
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from scripts.benchmark.capture import Answer
from scripts.benchmark.load import Load, Plan, run_load
from scripts.benchmark.servers import HOST, Server, running


@dataclass(slots=True)
class Sample:
    """What one party did over all rounds."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    def add(self, load: Load, cpu_s: float) -> None:
        wrong = {s: n for s, n in load.statuses.items() if not 200 <= s < 300}
        if wrong:
            raise RuntimeError(f"answers that were no success: {wrong}")
        self.rates.append(load.rate)
        self.latencies += load.latencies
        self.cpu_s += cpu_s

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cpu_ms(self) -> float:
        return self.cpu_s / len(self.latencies) * 1000

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return quantiles(self.latencies, n=100)[percent - 1] * 1000


@dataclass(frozen=True, slots=True)
class Bench:
    """How hard: `lanes` connections at once; `seconds` for what may be repeated.

    `floor`: also by pgbench.
    """

    lanes: int
    seconds: float
    rounds: int
    floor: bool
    place: Path


@dataclass(slots=True)
class Party:
    """A server and what it is asked; a round takes its part of the calls, or all for a time."""

    server: Server
    requests: Sequence[bytes]
    repeats: bool
    sample: Sample = field(default_factory=Sample)

    def part(self, number: int, rounds: int) -> Sequence[bytes]:
        if self.repeats:
            return self.requests
        size = len(self.requests) // (rounds + 1)
        return self.requests[number * size : (number + 1) * size]

    def play(self, bench: Bench, number: int, *, counts: bool) -> None:
        requests = self.part(number, bench.rounds)
        lanes = [requests[n :: bench.lanes] for n in range(bench.lanes)]
        seconds = bench.seconds if self.repeats else None
        before = self.server.cpu_seconds()
        load = run_load(Plan(HOST, self.server.port, lanes, seconds))
        if counts:
            self.sample.add(load, self.server.cpu_seconds() - before)


def take_turns(bench: Bench, parties: Sequence[Party]) -> None:
    """One round to warm up, then turn by turn, so that a noisy minute meets all alike."""
    for number in range(bench.rounds + 1):
        for party in parties:
            party.play(bench, number, counts=number > 0)


def bare_server(
    bench: Bench, name: str, port: int, conninfo: str, answers: list[Answer], urls: list[str | None]
) -> AbstractContextManager[Server]:
    path = bench.place / f"{name}.pickle"
    path.write_bytes(pickle.dumps((answers, urls)))
    module = ["scripts.benchmark.bare", str(port), conninfo, str(path)]
    return running(module, port, {}, bench.place / "bare.log")
