"""Tell the story of every dose of one patient, from the first tablet until now."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from app.medication.models import Verdict
from scripts.demo import stories
from scripts.demo.enrolment import Enrolled
from scripts.demo.habits import Deed, deed_of
from scripts.demo.moments import CLINIC
from scripts.demo.people import Habit, Part
from scripts.demo.stories import DoseDay, Story

# Days of the first patient that a newcomer should find in the calendar, whatever the lot says.
SCRIPT: dict[str, dict[int, Deed | Verdict]] = {
    "zhangguohua": {
        3: Verdict.REJECTED,
        7: Verdict.PARTIAL,
        11: Verdict.UNVERIFIABLE,
        15: Deed.LIVE,
        19: Deed.IN_PERSON,
        24: Deed.NOTHING,
        27: Deed.REPORT,
        31: Deed.EXCUSE,
    },
    "xudaquan": {2: Verdict.REJECTED, 5: Deed.NOTHING, 6: Deed.NOTHING},
    "maqiuju": {25: Deed.NOTHING},
    "zhoushifen": {2: Deed.NOTHING, 3: Deed.NOTHING, 4: Deed.NOTHING, 5: Deed.NOTHING},
}
VARIANTS = {Part.DARK: "dark", Part.SHORT: "short", Part.STILL: "no_motion"}
RAW = ("hevc_mov", "webm")


class Chronicler:
    """Draws by a lot of its own for each patient, so that one story does not shift another."""

    def __init__(self, enrolled: Enrolled, now: datetime, seed: int) -> None:
        self.enrolled, self.now = enrolled, now
        self.rng = Random(f"{seed}:{enrolled.number}")  # noqa: S311  # a story, not a secret
        self.script = SCRIPT.get(enrolled.villager.user or "", {})

    def tell(self, doses: Sequence[DoseDay], *, films: bool) -> list[Story]:
        """`doses` of one treatment, oldest first, all opened; an open one may have no story yet."""
        told = [story for dose in doses[:-1] if (story := self._tell_day(dose, films=films))]
        newest = self._tell_newest(doses[-1], films=films)
        told += [newest] if newest else []
        if films:
            self._let_wait(told)
        return told

    def _days_ago(self, dose: DoseDay) -> int:
        return (self.now.astimezone(CLINIC).date() - dose.due_on).days

    def _tell_day(self, dose: DoseDay, *, films: bool) -> Story | None:
        days_ago = self._days_ago(dose)
        scripted = self.script.get(days_ago) if films else None
        if isinstance(scripted, Verdict):
            return stories.filmed(dose, self.now, self.rng, scripted)
        villager = self.enrolled.villager
        deed = scripted or deed_of(
            villager.habit, days_ago, self.rng, has_phone=villager.user is not None, films=films
        )
        if deed is Deed.FILM:
            return stories.filmed(dose, self.now, self.rng)
        at = stories.hour_of_taking(dose, self.rng)
        return Story(dose, deed, at) if at < self.now - stories.MINUTE else None

    def _tell_newest(self, dose: DoseDay, *, films: bool) -> Story | None:
        """Today's dose: what the patient plays, else what has happened so far today."""
        ended = dose.closes_at < self.now - stories.DAY
        for part, play in PLAYS.items():
            if films and not ended and self.enrolled.plays(part):
                return play(self, dose)
        if not films or ended or self.enrolled.villager.habit is Habit.LOST:
            return self._tell_day(dose, films=films)
        at = stories.hour_of_taking(dose, self.rng)
        if at > self.now - 4 * stories.MINUTE:
            return None
        return stories.waiting(dose, at, self.rng)

    def _leave_open(self, _: DoseDay) -> None:
        return None

    def _reject(self, dose: DoseDay) -> Story:
        story = stories.waiting(dose, stories.inside(dose, self.now, 0.3), self.rng)
        film = story.films[0]
        film.verdict = Verdict.REJECTED
        film.uploaded_at = stories.inside(dose, self.now, 0.4)
        film.reviewed_at = stories.inside(dose, self.now, 0.7)
        return story

    def _arrive(self, dose: DoseDay) -> Story:
        """Sent a minute ago: the worker will find it. A camera's own format, to be normalised."""
        variant = RAW[self.enrolled.number % 2]
        captured_at = min(self.now - 3 * stories.MINUTE, dose.closes_at - 5 * stories.MINUTE)
        story = stories.waiting(dose, captured_at, self.rng, variant)
        story.films[0].uploaded_at = self.now - stories.MINUTE
        return story

    def _let_wait(self, told: list[Story]) -> None:
        """Leave the newest films unread; make some of them special."""
        if self.enrolled.villager.habit is Habit.LOST or self.enrolled.plays(Part.CURED):
            return
        read = [s for s in told if s.deed is Deed.FILM and self._may_wait(s)]
        unread = read[-self._backlog() :]
        for story in unread:
            del story.films[1:]
            story.films[0].reviewed_at = None
        self._dress_up([s for s in unread if s.films[0].variant == "good"])

    def _may_wait(self, story: Story) -> bool:
        scripted = self.script.get(self._days_ago(story.dose))
        rejected_now = self.enrolled.plays(Part.REJECTED) and story.films[0].verdict is (
            Verdict.REJECTED
        )
        recent = story.films[0].uploaded_at > self.now - timedelta(days=4)
        return scripted is None and not rejected_now and recent

    def _backlog(self) -> int:
        return 3 if self.enrolled.number % 3 == 0 else 2

    def _dress_up(self, unread: list[Story]) -> None:
        if not unread:
            return
        newest = unread[-1].films[0]
        for part, variant in VARIANTS.items():
            if self.enrolled.plays(part):
                newest.variant = variant
        newest.replays = self.enrolled.plays(Part.REPLAY)
        newest.wrong_code = self.enrolled.plays(Part.WRONG_CODE)
        newest.clock_off = self.enrolled.plays(Part.CLOCK_OFF)
        closed = [s for s in unread if s.dose.closes_at < self.now - stories.HOUR]
        if self.enrolled.plays(Part.LATE) and closed:
            closed[-1].films = stories.late(closed[-1].dose, self.now, self.rng).films


Play = Callable[[Chronicler, DoseDay], Story | None]
PLAYS: dict[Part, Play] = {
    Part.OPEN: Chronicler._leave_open,  # noqa: SLF001  # its own table of parts
    Part.REJECTED: Chronicler._reject,  # noqa: SLF001
    Part.PROCESSING: Chronicler._arrive,  # noqa: SLF001
    Part.UPLOADING: Chronicler._leave_open,  # noqa: SLF001
    Part.NOT_A_FILM: Chronicler._leave_open,  # noqa: SLF001
    Part.SEVERE: Chronicler._leave_open,  # noqa: SLF001
}
