"""Decide which films really exist, under which keys, and who has to be filmed for them."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from app.core.settings import Settings
from app.medication import rules
from scripts.demo.enrolment import Enrolled
from scripts.demo.filming import TYPES, Shoot, content_type_of
from scripts.demo.moments import id_at
from scripts.demo.stories import DoseDay, Film, Story

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Reel:
    """One film of one dose with its place in the storage."""

    enrolled: Enrolled
    dose: DoseDay
    film: Film
    recording_id: UUID
    directory: str
    shoot: str
    day_code: str
    arriving: bool

    @property
    def key(self) -> str:
        return f"films/{self.directory}/source"

    @property
    def content_type(self) -> str:
        return content_type_of(self.film.variant)

    @property
    def created_at(self) -> datetime:
        return self.film.captured_at + timedelta(seconds=40)


class Library:
    """All reels, and the orders to shoot them.

    What waits for a reading is filmed for its own day, with its own code. A patient's films that
    have been read are copies of one, each in its own object, until their day of deletion comes.
    """

    def __init__(self, settings: Settings, now: datetime, seed: int) -> None:
        self.settings, self.now = settings, now
        self.rng = Random(f"{seed}:reels")  # noqa: S311  # keys of a demonstration
        self.reels: list[Reel] = []
        self.shoots: list[Shoot] = []
        self._newest: dict[int, Shoot] = {}
        self._read: dict[int, list[Reel]] = defaultdict(list)

    def is_gone(self, film: Film) -> bool:
        keep = timedelta(days=self.settings.video_retention_days)
        return film.reviewed_at is not None and film.reviewed_at + keep < self.now

    def take_in(self, enrolled: Enrolled, story: Story) -> list[Reel]:
        return [self._take_in(enrolled, story.dose, film) for film in story.films]

    def empty_reel(self, enrolled: Enrolled, dose: DoseDay, film: Film) -> Reel:
        """Name the place of a film that nobody shoots."""
        name = "read" if not film.waits else str(dose.due_on)
        declared = dose.due_on - timedelta(days=1) if film.wrong_code else dose.due_on
        return Reel(
            enrolled,
            dose,
            film,
            id_at(film.captured_at, self.rng),
            "".join(self.rng.choices(LETTERS, k=32)),
            f"{enrolled.number}:{name}",
            rules.day_code(enrolled.id, declared),
            arriving=film.waits and film.variant in TYPES,
        )

    def _take_in(self, enrolled: Enrolled, dose: DoseDay, film: Film) -> Reel:
        reel = self.empty_reel(enrolled, dose, film)
        self.reels.append(reel)
        if film.waits:
            self._order_own(reel)
        elif not self.is_gone(film):
            self._read[enrolled.number].append(reel)
        return reel

    def _order_own(self, reel: Reel) -> None:
        """Film its own day; a replay shows the film before it once more, the old code with it."""
        stills = None if reel.arriving else f"stills/{reel.directory}/"
        order = self._shoot(reel, reel.dose.due_on, reel.day_code, (reel.key,), stills)
        before = self._newest.get(reel.enrolled.number)
        if reel.film.replays and before:
            order = replace(order, take=before.take, code=before.code)
        self._newest[reel.enrolled.number] = order
        self.shoots.append(order)

    def orders(self) -> list[Shoot]:
        for reels in self._read.values():
            newest, keys = reels[-1], tuple(r.key for r in reels)
            stills = f"stills/{newest.directory}/"
            self.shoots.append(
                self._shoot(newest, newest.dose.due_on, newest.day_code, keys, stills)
            )
        return sorted(self.shoots, key=lambda s: len(s.keys), reverse=True)

    def _shoot(
        self, reel: Reel, shown: date, code: str, keys: tuple[str, ...], stills: str | None
    ) -> Shoot:
        return Shoot(
            name=reel.shoot,
            seed=reel.enrolled.number,
            take=shown.toordinal(),
            code=code,
            tablets=reel.dose.tablets,
            variant=reel.film.variant,
            keys=keys,
            stills=stills,
        )
