"""Try a fault: put it into a copy of the tree and run the tests that execute its line."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from scripts.dev.paths import PYTHON, ROOT, STATE
from scripts.dev.surroundings import surroundings
from scripts.mutation.faults import Fault

COPIED = ("app", "tests", "migrations", "scripts", "pyproject.toml", "alembic.ini", "README.md")
LINKED = ("miniprogram",)
LONGEST_S = 240
# pytest's exit codes: passed, failed, not to be collected (the fault breaks the import). Any other
# says that nothing was tried.
NOTICED, SURVIVED, NO_TEST, TOO_LONG = "noticed", "survived", "no test", "too long"
OUTCOMES = {0: SURVIVED, 1: NOTICED, 2: NOTICED}
# So many first, from all over the list: most faults meet the test that notices them among these.
FIRST = 40


class Trial(NamedTuple):
    fault: Fault
    outcome: str
    tests: int


class Workshop:
    """One copy of the tree; faults go in and out of it one after the other."""

    def __init__(self, number: int) -> None:
        self.place = STATE / "mutation" / f"tree-{number}"
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        for name in COPIED:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, self.place / name)
        for name in LINKED:
            (self.place / name).symlink_to(ROOT / name)

    def close(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)

    def attempt(self, fault: Fault, tests: list[str]) -> Trial:
        if not tests:
            return Trial(fault, NO_TEST, 0)
        target = self.place / fault.path.relative_to(ROOT)
        whole = target.read_bytes()
        target.write_bytes(fault.applied_to(whole))
        first = tests[:: -(-len(tests) // FIRST)]
        rest = [test for test in tests if test not in set(first)]
        try:
            outcome = self._outcome(first)
            if outcome == SURVIVED and rest:
                outcome = self._outcome(rest)
        finally:
            target.write_bytes(whole)
        return Trial(fault, outcome, len(tests))

    def _outcome(self, tests: list[str]) -> str:
        """Run the tests. Whether a fault or their number takes too long, nobody can tell."""
        listed = self.place / "chosen.txt"
        listed.write_text("\n".join(tests))
        command: list[str | Path] = [PYTHON, "-m", "pytest", "-q", "-x", "-n", "0"]
        command += ["-p", "no:randomly", f"@{listed}"]
        log = (self.place / "log.txt").open("wb")
        environment = surroundings() | {"PYTHONDONTWRITEBYTECODE": "1"}
        with (
            log,
            subprocess.Popen(
                command, cwd=self.place, env=environment, stdout=log, stderr=log
            ) as running,
        ):
            try:
                code = running.wait(LONGEST_S)
            except subprocess.TimeoutExpired:
                running.terminate()
                return TOO_LONG
        if code not in OUTCOMES:
            raise SystemExit(f"the tests did not run (exit code {code}); see {log.name}")
        return OUTCOMES[code]
