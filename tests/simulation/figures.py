"""What was played and compared, and how a mismatch is told."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from typing_extensions import override

from tests.simulation import model_events as e
from tests.simulation.model import Outcome
from tests.simulation.product import Played
from tests.simulation.product_compare import Difference


@dataclass
class Line:
    """An event as it was played."""

    at: datetime
    event: e.Event
    model: Outcome
    product: Played | None

    @override
    def __str__(self) -> str:
        said = self.model.refused or "done"
        found = self.product and self.product.refused
        return f"    {self.at:%m-%d %H:%M:%S} {said:18} {found or 'done':18} {self.event}"


@dataclass(frozen=True)
class Mismatch:
    """The first thing of a patient that differs; nothing of this patient is played after it."""

    patient: int
    at: datetime
    found: list[Difference]
    history: list[Line]

    @override
    def __str__(self) -> str:
        told = [f"patient {self.patient} at {self.at.isoformat()}"]
        for one in self.found[:6]:
            told.append(f"  {one.what} of {one.dose or one.treatment}")
            told.append(f"    model:   {one.model}\n    product: {one.product}")
        return "\n".join([*told, *map(str, self.history)])


@dataclass
class Figures:
    """What was played and compared."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    looks: int = 0
    pages: int = 0
    rolled_up: int = 0
    comparisons: int = 0
    doses: int = 0
    stopped: datetime | None = None
    mismatches: list[Mismatch] = field(default_factory=list)

    @override
    def __str__(self) -> str:
        return "\n".join(
            [
                f"doses {self.doses}, looks {self.looks}, pages {self.pages}",
                f"teams rolled up {self.rolled_up}",
                f"comparisons {self.comparisons}",
                f"mismatches {len(self.mismatches)}",
                *([f"stopped early, at {self.stopped.isoformat()}"] if self.stopped else []),
                f"done      {dict(self.done)}",
                f"refused   {dict(self.refused)}",
                f"left out  {dict(self.left_out)}",
                *map(str, self.mismatches),
            ]
        )
