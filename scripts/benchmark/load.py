"""What the load client is asked, what it tells, and how it is run."""

import pickle
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from scripts.dev.paths import PYTHON, ROOT
from scripts.dev.surroundings import surroundings


@dataclass(frozen=True, slots=True)
class Plan:
    """`lanes`: one connection each. For `seconds` round and round, or once through when None."""

    host: str
    port: int
    lanes: Sequence[Sequence[bytes]]
    seconds: float | None = None


@dataclass(slots=True)
class Load:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


def run_load(plan: Plan) -> Load:
    """Run the plan in a new process and wait for it."""
    done = subprocess.run(
        [PYTHON, "-m", "scripts.benchmark.client"],
        input=pickle.dumps(plan),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=surroundings(),
        check=True,
    )
    load: Load = pickle.loads(done.stdout)  # noqa: S301  # our own process
    return load
