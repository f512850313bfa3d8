"""`scripts/mutate`: draw faults by chance, try each, and say which no test has noticed.

By default 12 faults from rules, services and queries of every domain, by the seed 1. A survivor is
a missing test, a change that changes nothing, or one that harms nobody: a person judges which.
Whether a new test notices it: --only alerts/rules.py:12 --tests tests/alerts/test_rules.py
"""

import argparse
import sys
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Queue
from random import Random

from scripts.dev.paths import ROOT
from scripts.dev.terminal import run_script, say
from scripts.mutation import covering
from scripts.mutation.covering import Covering
from scripts.mutation.faults import Fault, faults_of
from scripts.mutation.trials import NOTICED, Trial, Workshop

SIDE_BY_SIDE = 2
JUDGED = ("rules", "service", "queries", "reach", "layout", "rates", "calendar", "loaders")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/mutate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1, help="which faults are drawn")
    parser.add_argument("--each", type=int, default=12, help="faults a domain")
    parser.add_argument(
        "--only", nargs="*", default=[], help="domains, files below app/, or lines of them: FILE:12"
    )
    parser.add_argument(
        "--tests", nargs="*", default=[], help="run these, not all that execute the line"
    )
    parser.add_argument("--again", action="store_true", help="see anew which test executes what")
    return parser.parse_args()


def modules_of(domain: Path) -> list[Path]:
    """Where a domain decides, writes and reads; routes, pages and words are not drawn from."""
    named = [p for p in domain.glob("*.py") if p.stem in JUDGED]
    return sorted([*named, *domain.glob("service/*.py"), *domain.glob("queries/*.py")])


def _domains(only: Iterable[str]) -> Iterator[tuple[str, list[Path]]]:
    chosen = {item.partition(":")[0] for item in only}
    for domain in sorted(p for p in (ROOT / "app").iterdir() if (p / "feature.py").exists()):
        modules = modules_of(domain)
        files = [m for m in modules if str(m.relative_to(ROOT / "app")) in chosen]
        if files or not chosen or domain.name in chosen:
            yield domain.name, files or modules


def _is_asked_for(fault: Fault, only: Iterable[str]) -> bool:
    """Where a line is named, the faults of its file are those of that line."""
    file = str(fault.path.relative_to(ROOT / "app"))
    lines = {item for item in only if item.startswith(f"{file}:")}
    return not lines or f"{file}:{fault.line}" in lines


def draw(seed: int, each: int, only: Collection[str]) -> list[Fault]:
    faults: list[Fault] = []
    for name, modules in _domains(only):
        possible = [fault for module in modules for fault in faults_of(module)]
        possible = [fault for fault in possible if _is_asked_for(fault, only)]
        rng = Random(f"{seed} {name}")  # noqa: S311 a choice that can be repeated
        faults += rng.sample(possible, min(each, len(possible)))
    return faults


def _attempt_all(faults: list[Fault], chosen: list[list[str]]) -> Iterator[Trial]:
    free = Queue[Workshop]()
    workshops = [Workshop(number) for number in range(SIDE_BY_SIDE)]
    nothing = replace(faults[0], start=0, end=0, text="")
    if workshops[0].attempt(nothing, chosen[0]).outcome == NOTICED:
        raise SystemExit("tests are red without a fault: nothing would be proved")
    for workshop in workshops:
        free.put(workshop)

    def attempt(fault: Fault, names: list[str]) -> Trial:
        workshop = free.get()
        try:
            return workshop.attempt(fault, names)
        finally:
            free.put(workshop)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield from pool.map(attempt, faults, chosen)
    for workshop in workshops:
        workshop.close()


def _tell(trial: Trial) -> None:
    where = f"{trial.fault.path.relative_to(ROOT)}:{trial.fault.line}"
    say(
        f"{trial.outcome:8} {where} {trial.fault.kind}: {trial.fault.described()} "
        f"({trial.tests} tests)"
    )


def _summary(trials: list[Trial]) -> None:
    domains = sorted({t.fault.path.relative_to(ROOT / "app").parts[0] for t in trials})
    for domain in domains:
        own = [t for t in trials if t.fault.path.relative_to(ROOT / "app").parts[0] == domain]
        say(f"{domain}: {sum(t.outcome == NOTICED for t in own)} of {len(own)} noticed")
    noticed = sum(t.outcome == NOTICED for t in trials)
    say(f"all: {noticed} of {len(trials)} noticed ({noticed / len(trials):.0%})")


def _tests_of(faults: list[Fault], again: bool) -> list[list[str]]:
    if again or not covering.DATA.exists():
        covering.run_all()
    tests = Covering()
    return [tests.tests_of(fault) for fault in faults]


def main() -> int:
    options = _options()
    faults = draw(options.seed, options.each, options.only)
    named: list[str] = options.tests
    chosen = [named for _ in faults] if named else _tests_of(faults, options.again)
    say(f"{len(faults)} faults, seed {options.seed}")
    trials = []
    for trial in _attempt_all(faults, chosen):
        _tell(trial)
        trials.append(trial)
    _summary(trials)
    return 0


if __name__ == "__main__":
    sys.exit(run_script("mutate", main))
