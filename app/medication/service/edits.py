"""What an edit of a plan does to the doses that are laid out: pure, day by day; none is deleted.

A dose whose slot is gone is cancelled. Where on one day slots went and others came they are paired
in the order of the day: the old dose is moved to the new one, so that a film of the old one, which
a phone without signal may hold already, is taken in for both (`expectations.stand_again`). A dose
of which something came stays, and its pair is not laid: nobody is asked twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, zip_longest
from typing import Any, NamedTuple
from uuid import UUID

from app.medication import rules
from app.medication.models import Evidence, Expectation, Progress, Slot, TreatmentPhase, Verdict

Key = tuple[date, Slot]
Planned = dict[str, Any]  # a row of `layout.dose_rows`
SLOTS = list(Slot)
STANDS = {Expectation.EXPECTED, Expectation.HELD}
# What an edit may change of a dose of which nothing was said.
RENEWED = ("drugs", "opens_at", "due_at", "closes_at", "expectation", "severe_at")

# Of these the holds decide, whatever was said of a dose.
OF_HOLDS = {"expectation", "severe_at"}


class LaidDose(NamedTuple):
    """A dose as it is laid out; it has all that rules.DoseFacts asks for."""

    id: UUID
    due_on: date
    slot: Slot
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    drugs: list[dict[str, Any]]
    expectation: Expectation
    evidence: Evidence
    verdict: Verdict | None
    progress: Progress
    self_reported_taken: bool | None
    side_effects_at: datetime | None
    severe_at: datetime | None
    moved_to_id: UUID | None

    @property
    def key(self) -> Key:
        return self.due_on, self.slot

    @property
    def stands(self) -> bool:
        return self.expectation in STANDS


class Span(NamedTuple):
    """The days and slots of the phases from the day of the edit on."""

    first: date
    last: date
    slots: AbstractSet[str]

    def holds(self, dose: LaidDose) -> bool:
        return self.first <= dose.due_on <= self.last and dose.slot in self.slots


def span_of(phases: Iterable[TreatmentPhase], first: date) -> Span:
    coming = [phase for phase in phases if phase.ends_on >= first]
    slots = {slot for phase in coming for drug in phase.drugs for slot in drug.slots}
    starts = [phase.starts_on for phase in coming]
    ends = [phase.ends_on for phase in coming]
    return Span(min(starts, default=first), max(ends, default=first), slots)


class Outcome(NamedTuple):
    """Rows to insert or, where the day and slot is laid out, to renew; and what goes."""

    rows: list[Planned]
    cancelled: list[UUID]
    moved: dict[UUID, UUID]


@dataclass
class Edit:
    """From `first` to `until` the doses become what is `wanted`; `laid` knows those of moves, too.

    What was due by `passed` is not asked for any more, unless it was laid out before.
    """

    laid: Mapping[UUID, LaidDose]
    wanted: dict[Key, Planned]
    span: Span
    first: date
    until: date
    at: datetime
    passed: datetime | None
    _by_key: dict[Key, LaidDose] = field(init=False)
    _moved_in: set[UUID] = field(init=False)

    def __post_init__(self) -> None:
        self._by_key = {dose.key: dose for dose in self.laid.values()}
        self._moved_in = {
            dose.moved_to_id
            for dose in self.laid.values()
            if dose.expectation is Expectation.RESCHEDULED and dose.moved_to_id is not None
            if self._end_of(dose).due_on != dose.due_on
        }
        self.wanted = {k: row for k, row in self.wanted.items() if not self._is_over(k, row)}

    def outcome(self) -> Outcome:
        made = Outcome(list(self._kept()), [], {})
        going, coming = _by_day(self._going()), _by_day(self._coming())
        for day in sorted(going.keys() | coming.keys()):
            self._trade(made, going.get(day, []), coming.get(day, []))
        return made

    def _is_over(self, key: Key, row: Planned) -> bool:
        over: bool = self.passed is not None and row["due_at"] <= self.passed
        return over and not self._stands(key)

    def _stands(self, key: Key) -> bool:
        dose = self._by_key.get(key)
        return dose is not None and dose.stands

    def _told(self, dose: LaidDose) -> bool:
        return rules.told(dose, self.at)

    def _said(self, dose: LaidDose) -> bool:
        """Whether anything at all was said of it: its drugs and hours stay."""
        spoken = dose.self_reported_taken is not None or dose.side_effects_at is not None
        return spoken or self._told(dose)

    def _end_of(self, dose: LaidDose) -> LaidDose:
        """Follow the moves from this dose to the last of them."""
        while dose.expectation is Expectation.RESCHEDULED and dose.moved_to_id is not None:
            dose = self.laid[dose.moved_to_id]
        return dose

    def _stays_moved_in(self, dose: LaidDose) -> bool:
        """Say of a dose that a doctor moved to a day without one whether the new plan has room."""
        moved_in = dose.id in self._moved_in and dose.stands and dose.key not in self.wanted
        return moved_in and self.span.holds(dose)

    def _stays_away(self, key: Key) -> bool:
        """Say of a dose that a doctor moved to another day whether it stands, or was taken, there.

        To lay it here again would ask for it twice.
        """
        dose = self._by_key.get(key)
        if dose is None or dose.expectation is not Expectation.RESCHEDULED:
            return False
        end = self._end_of(dose)
        if end.due_on == dose.due_on or end.key in self.wanted:
            return False
        before = end.due_on < self.first and end.stands
        return before or self._stays_moved_in(end) or self._told(end)

    def _kept(self) -> Iterator[Planned]:
        for key, row in self.wanted.items():
            dose = self._by_key.get(key)
            if dose is None or not dose.stands or self._said(dose):
                continue
            if any(row[name] != getattr(dose, name) for name in RENEWED):
                yield row

    def _going(self) -> list[LaidDose]:
        return sorted(
            (
                dose
                for dose in self.laid.values()
                if self.first <= dose.due_on <= self.until and dose.stands
                if dose.key not in self.wanted and not self._stays_moved_in(dose)
            ),
            key=lambda dose: (dose.due_on, dose.due_at, SLOTS.index(dose.slot)),
        )

    def _coming(self) -> list[Planned]:
        return sorted(
            (
                row
                for key, row in self.wanted.items()
                if not self._stands(key) and not self._stays_away(key)
            ),
            key=lambda row: (row["due_on"], row["due_at"], SLOTS.index(row["slot"])),
        )

    def _trade(self, made: Outcome, going: Sequence[LaidDose], coming: Sequence[Planned]) -> None:
        """Pair those of one day, in the order of the day."""
        for old, row in zip_longest(going, coming):
            stays = old is not None and row is not None and self._told(old)
            if row is not None and not stays:
                made.rows.append(self._row(row))
            if old is None or stays:
                continue
            if row is None:
                made.cancelled.append(old.id)
            else:
                known = self._by_key.get((row["due_on"], row["slot"]))
                made.moved[old.id] = known.id if known else row["id"]

    def _row(self, row: Planned) -> Planned:
        """Lay a day and slot that had a dose before with what was said of that one."""
        dose = self._by_key.get((row["due_on"], row["slot"]))
        if dose is None or not self._said(dose):
            return row
        kept = {name: getattr(dose, name) for name in RENEWED if name not in OF_HOLDS}
        return row | kept


def _by_day(doses: Sequence[Any]) -> dict[date, list[Any]]:
    def day(dose: Any) -> date:
        on: date = dose["due_on"] if isinstance(dose, dict) else dose.due_on
        return on

    return {on: list(found) for on, found in groupby(doses, key=day)}
